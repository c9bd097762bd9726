// When a view computes anew: soon after the user chose something, now and then while tokens stream.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <chrono>

namespace ms {

class Pace : public QObject {
    Q_OBJECT
public:
    /// `settle`: how long a choice must stand; `between`: least time from one computation for new tokens to the next.
    Pace(std::chrono::milliseconds settle, std::chrono::milliseconds between, QObject* parent = nullptr);

    /// Something else is wanted: `due` comes once nothing more was chosen for a moment, whatever is being computed.
    void choose();
    /// There is more to compute from: `due` comes after what is being computed now, and not too soon after its start.
    void refresh();
    void stop();

    void started();
    void finished();
    [[nodiscard]] bool running() const { return m_running; }
    /// Something is being computed, or due in a moment.
    [[nodiscard]] bool busy() const { return m_running || m_timer.isActive(); }

Q_SIGNALS:
    void due();
    /// What is computed takes long enough to say so.
    void slow();

private:
    std::chrono::milliseconds m_settle, m_between;
    QTimer m_timer, m_slow;
    QElapsedTimer m_sinceStart, m_sinceFinish;
    std::chrono::milliseconds m_rest{0};  // to leave after the last computation
    bool m_running = false, m_stale = false;
};

}  // namespace ms
