// The window's composition root.
#include <QApplication>
#include <QDialog>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "end_signals.h"
#include "render.h"
#include "settings.h"
#include "ui/window/session_files.h"
#include "ui/window/stream_bench.h"

namespace {

/// Writes the window to a file once enough tokens have streamed, or once the engine has nothing more to do.
void takePicture(ms::MainWindow& window, const ms::CommandLine& line) {
    const QString file = line.screenshot;
    const std::int64_t afterTokens = line.afterTokens;
    auto* timer = new QTimer(&window);
    timer->setInterval(50);
    QObject::connect(timer, &QTimer::timeout, &window, [&window, file, afterTokens, timer, line] {
        const bool enough = window.engine().feed().tokens().size() >= afterTokens;
        const bool quiet =
            window.engine().state() == ms::EngineState::Idle && window.engine().feed().tokens().size() > 0;
        if (!enough && !quiet) return;
        timer->stop();
        window.engine().pause();
        if (line.layer >= 0) window.selection().setLayer(line.layer);
        if (line.channel >= 0) window.selection().setChannel(line.channel);
        if (line.token >= 0) window.selection().setToken(line.token);
        const int settle = line.window.layout.isEmpty() ? 600 : 2500;  // views that compute beside the window
        QTimer::singleShot(settle, &window, [&window, file] {  // let the limits and read-outs settle
            const bool written = window.grab().save(file);
            if (!written)
                std::fprintf(stderr, "mambascope: cannot write %s; choose a writable folder and an ending like .png\n",
                             qUtf8Printable(file));
            QCoreApplication::exit(written ? 0 : 1);
        });
    });
    QObject::connect(&window.engine(), &ms::EngineHost::failed, &window, [](const QString& message) {
        std::fprintf(stderr, "mambascope: %s\n", qUtf8Printable(message));
        QCoreApplication::exit(1);
    });
    timer->start();
}

}  // namespace

int main(int argc, char* argv[]) {
    QCoreApplication::setOrganizationName(QStringLiteral("MambaScope"));
    QCoreApplication::setApplicationName(QStringLiteral("MambaScope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(MAMBASCOPE_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("org.mambascope.MambaScope"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QStringList arguments;
    for (int i = 0; i < argc; ++i) arguments.append(QString::fromLocal8Bit(argv[i]));
    if (arguments.value(1) == QLatin1String("render")) return ms::render(argc, argv, arguments);
    ms::CommandLine line = ms::parseCommandLine(arguments);
    if (!ms::displayAvailable()) {
        if (line.screenshot.isEmpty()) {
            std::fputs(
                "mambascope: no display: neither DISPLAY nor WAYLAND_DISPLAY is set; log in to a desktop, use ssh -X, "
                "or use "
                "mambascope-cli\n",
                stderr);
            return 2;
        }
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication application(argc, argv);
    const int stored = QSettings().value(QStringLiteral("appearance"), 0).toInt();
    ms::applyAppearance(application, line.appearance.value_or(static_cast<ms::Appearance>(std::clamp(stored, 0, 2))));

    if (ms::SessionFiles::isSession(line.window.model)) line.window.session = std::exchange(line.window.model, {});
    const bool isPassing = !line.screenshot.isEmpty() || line.benchTokens > 0;  // nobody would miss it
    if (!isPassing) line.window.recoveryFolder = QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) + QStringLiteral("/recovery");
    if (ms::isSoundFile(line.window.model)) line.window.sound = std::exchange(line.window.model, {});
    line.window.standardSpeechModel = ms::embeddedModel(QStringLiteral("speech"));
    if (line.window.speechModel.isEmpty()) line.window.speechModel = line.window.standardSpeechModel;
    line.window.standardLanguageModel = ms::embeddedModel(QStringLiteral("language"));
    if (line.window.model.isEmpty()) line.window.model = line.window.standardLanguageModel;
    line.window.taskModels = ms::embeddedModel(QStringLiteral("tasks"));
    if (line.benchTokens > 0) line.window.autorun = false;
    line.window.firstRunTour = !isPassing;
    ms::MainWindow window(line.window);
    if (line.size.isValid()) window.resize(line.size);
    if (!line.screenshot.isEmpty()) takePicture(window, line);
    std::unique_ptr<ms::StreamBench> bench;
    if (line.benchTokens > 0) bench = std::make_unique<ms::StreamBench>(window, line.benchTokens);
    // As if the user had closed the window: what was not saved is kept, and the next start has nothing to ask.
    const ms::EndSignals ends;
    QObject::connect(&ends, &ms::EndSignals::received, &window, [&window] {
        for (QWidget* widget : QApplication::topLevelWidgets())  // a dialog would hold the window
            if (auto* dialog = qobject_cast<QDialog*>(widget)) dialog->reject();
        window.close();
    });
    window.show();
    return QApplication::exec();
}
