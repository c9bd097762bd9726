// Measures the promise "100 000 tokens streamed into the window": speed, repaints, memory, the cursor.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include "ui/window/main_window.h"

namespace ms {

/// Streams tokens of the open model and prints a line at every tenth, then quits the program.
class StreamBench : public QObject {
    Q_OBJECT
public:
    StreamBench(MainWindow& window, std::int64_t tokens);

private:
    void onTokens();
    void report();
    void finish();
    [[nodiscard]] qint64 paints() const;

    MainWindow& m_window;
    std::int64_t m_tokens;
    std::int64_t m_nextReport = 0;
    QElapsedTimer m_time;
    qint64 m_paintsBefore = 0, m_millisecondsBefore = 0, m_tokensBefore = 0;
    double m_worstPaint = 0, m_worstRate = 1e9;
    bool m_started = false;
    static constexpr qint64 kCursor = 5;
    float m_cursorValue = 0;
};

/// Resident memory of this process.
[[nodiscard]] quint64 residentBytes();

}  // namespace ms
