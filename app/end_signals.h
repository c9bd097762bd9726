// SIGTERM, SIGINT and SIGHUP as a Qt signal: the program is asked to end, by the desktop, a terminal or `kill`.
#pragma once

#include <QObject>

class QSocketNotifier;

namespace ms {

/// One at a time, in the thread with the event loop. The first signal is told; a second one ends the process at once.
class EndSignals : public QObject {
    Q_OBJECT
public:
    explicit EndSignals(QObject* parent = nullptr);
    ~EndSignals() override;  ///< signals do again what they did before

Q_SIGNALS:
    void received(int signal);

private:
    QSocketNotifier* m_notifier = nullptr;
};

}  // namespace ms
