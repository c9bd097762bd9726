#include "end_signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <QSocketNotifier>
#include <array>
#include <utility>

namespace ms {

namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};
std::array<int, 2> s_pipe{-1, -1};  // read, write
std::array<struct sigaction, kSignals.size()> s_before;

/// Nothing else may be done in a signal handler: the event loop hears of it through the pipe.
void tellPipe(int signal) {
    const auto number = static_cast<unsigned char>(signal);
    [[maybe_unused]] const auto written = ::write(s_pipe[1], &number, 1);
}

}  // namespace

EndSignals::EndSignals(QObject* parent) : QObject(parent) {
    if (::pipe2(s_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;  // signals end the process as they always did
    m_notifier = new QSocketNotifier(s_pipe[0], QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, [this] {
        unsigned char number = 0;
        if (::read(s_pipe[0], &number, 1) == 1) Q_EMIT received(number);
    });
    struct sigaction action {};
    action.sa_handler = tellPipe;
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], nullptr, &s_before[i]);
        if (s_before[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);  // nohup means it
    }
}

EndSignals::~EndSignals() {
    if (m_notifier == nullptr) return;
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &s_before[i], nullptr);
    for (int& end : s_pipe) ::close(std::exchange(end, -1));
}

}  // namespace ms
