// A long sound in the whole window: how long transcribing takes, what stays in memory, and how fast views follow while one
// scrolls. bench_speech_window SOUND [LAYOUT], with the embedded models; offscreen unless a platform is chosen.
#include <QApplication>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QStandardPaths>
#include <QTimer>
#include <algorithm>
#include <cstdio>

#include "ui/views/base/scope_view.h"
#include "ui/window/main_window.h"
#include "ui/window/stream_bench.h"
#include "ui/window/view_host.h"

namespace ms {
namespace {

constexpr int kProbeMilliseconds = 10;
constexpr int kScrolls = 120;

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// How long the window's thread lets others wait.
class Pulse : public QObject {
public:
    Pulse() {
        m_since.start();
        m_timer.setTimerType(Qt::PreciseTimer);
        connect(&m_timer, &QTimer::timeout, this, [this] {
            waits.push_back(std::max(0.0, static_cast<double>(m_since.nsecsElapsed()) * 1e-6 - kProbeMilliseconds));
            m_since.start();
        });
        m_timer.start(kProbeMilliseconds);
    }
    std::vector<double> waits;  // milliseconds

private:
    QTimer m_timer;
    QElapsedTimer m_since;
};

double resident() { return static_cast<double>(residentBytes()) / 1e6; }

/// One look at every step of the wheel: the axis moves, everything that shows it is painted.
void scroll(MainWindow& window, const char* name) {
    TimeAxis& axis = window.timeAxis();
    std::vector<double> all;
    QElapsedTimer timer;
    for (int i = 0; i < kScrolls; ++i) {
        const qint64 first = axis.tokenCount() * ((i * 37) % kScrolls) / kScrolls + i % 7;
        timer.start();
        axis.scrollTo(first);
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
        all.push_back(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    }
    std::printf("%-28s %6.1f ms median  %6.1f ms 95th  %6.1f ms slowest\n", name, percentile(all, 0.5), percentile(all, 0.95), percentile(all, 1));
    for (ScopeView* view : window.views().views()) {
        if (!view->isVisible()) continue;
        std::vector<double> own;
        for (int i = 0; i < 20; ++i) {
            axis.scrollTo(axis.tokenCount() * ((i * 7) % 20) / 20);
            QCoreApplication::processEvents();
            QPixmap picture(view->size());
            timer.start();
            view->render(&picture);
            own.push_back(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
        }
        std::printf("    %-24s %6.1f ms median  %6.1f ms slowest\n", qUtf8Printable(view->id()), percentile(own, 0.5), percentile(own, 1));
    }
}

int measure(const QString& sound, const QString& layout) {
    WindowOptions options;
    options.model = QStringLiteral(MS_RESOURCES "/models/language");
    options.speechModel = QStringLiteral(MS_RESOURCES "/models/speech");
    options.sound = sound;
    options.layout = layout;
    options.autorun = false;
    options.engine.device = QStringLiteral("host");
    MainWindow window(options);
    window.resize(1440, 900);
    window.show();
    QElapsedTimer timer;
    timer.start();
    Pulse pulse;
    bool heard = false;
    QObject::connect(&window.engine(), &EngineHost::failed, &window, [](const QString& why) { std::fprintf(stderr, "%s\n", qUtf8Printable(why)); });
    double next = 0;
    while (!heard || window.engine().state() == EngineState::Listening) {
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
        heard = heard || window.engine().state() == EngineState::Listening;
        const double seconds = window.engine().speech().audioSeconds();
        if (!heard || seconds < next) continue;
        next += 360;
        const RunStatistics& s = window.engine().statistics();
        std::printf("%7.0f s of sound after %6.1f s   resident %6.1f MB   captures %6.1f MB + %6.1f MB on disk\n", seconds,
                    static_cast<double>(timer.elapsed()) * 1e-3, resident(), static_cast<double>(s.captureMemoryBytes) / 1e6,
                    static_cast<double>(s.captureSpilledBytes) / 1e6);
        std::fflush(stdout);
    }
    std::printf("done: %.1f s of sound, %zu words, after %.1f s; resident %.1f MB\n", window.engine().speech().audioSeconds(),
                window.engine().speech().words().size(), static_cast<double>(timer.elapsed()) * 1e-3, resident());
    std::printf("the window's thread let others wait %.1f ms at the 95th percentile, %.1f ms at most\n", percentile(pulse.waits, 0.95),
                percentile(pulse.waits, 1));
    window.timeAxis().setFollow(false);
    scroll(window, "scrolling, 4 pixels a frame");
    window.timeAxis().zoom(-6, -1);
    scroll(window, "six steps farther out");
    window.timeAxis().fitAll();
    scroll(window, "all of it");
    std::printf("resident %.1f MB\n", resident());
    return 0;
}

}  // namespace
}  // namespace ms

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    if (argc < 2) {
        std::fputs("bench_speech_window SOUND [LAYOUT]\n", stderr);
        return 2;
    }
    return ms::measure(QString::fromLocal8Bit(argv[1]), argc > 2 ? QString::fromLocal8Bit(argv[2]) : QStringLiteral("speech"));
}
