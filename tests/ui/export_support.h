// Windows on small real models, and what figures are made of.
#pragma once

#include <QDockWidget>
#include <QTest>
#include <memory>

#include "own_settings.h"
#include "ui/export/figure_source.h"
#include "ui/window/main_window.h"
#include "ui/window/view_host.h"
#include "ui/window/view_registry.h"

namespace ms::test {

/// A window with the host's model, once it has read so many tokens or frames and rests; without docks.
inline std::unique_ptr<MainWindow> openWindow(WindowOptions options, qint64 tokens) {
    options.engine.device = QStringLiteral("host");
    auto window = std::make_unique<MainWindow>(options);
    window->show();
    const bool read = QTest::qWaitFor([&] {
        return window->engine().feed().tokens().size() >= tokens && window->engine().state() == EngineState::Idle;
    }, kPatience);
    for (QDockWidget* dock : window->findChildren<QDockWidget*>()) dock->close();
    return read ? std::move(window) : nullptr;
}

inline std::unique_ptr<MainWindow> openTextWindow() {
    WindowOptions text;
    text.model = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
    for (int id = 1; id <= 40; ++id) text.prompt += QString::number(id) + QLatin1Char(' ');
    text.maxNew = 20;
    auto window = openWindow(text, 60);
    if (!window) return nullptr;
    window->selection().setLayer(1);
    window->selection().setChannel(3);
    window->selection().setToken(45);
    window->selection().setTensor(window->engine().model()->tensors.back().name);
    return window;
}

inline std::unique_ptr<MainWindow> openSpeechWindow() {
    WindowOptions speech;
    speech.sound = QStringLiteral(MS_TEST_DATA "/audio/speech.flac");
    speech.speechModel = QStringLiteral(MS_RESOURCES "/models/speech");
    auto window = openWindow(speech, 100);
    if (window) window->selection().setToken(30);
    return window;
}

inline bool isOfSpeech(const QString& view) {
    return QStringList{QStringLiteral("waveform"), QStringLiteral("spectrogram"), QStringLiteral("posteriors"), QStringLiteral("words")}.contains(view);
}

/// What figures of a window's views are made of.
inline FigureSource sourceOf(MainWindow& window) {
    EngineHost& engine = window.engine();
    FigureSource source{window.views().context(), engine.model()};
    source.create = createView;
    source.request = [&engine](const QObject* view, std::vector<CaptureRequest> requests) { engine.feed().setRequests(view, std::move(requests)); };
    source.isWorking = [&engine] { return engine.progress().active || engine.state() != EngineState::Idle; };
    return source;
}

}  // namespace ms::test
