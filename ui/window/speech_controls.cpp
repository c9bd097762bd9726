#include "ui/window/speech_controls.h"

#include <QAction>
#include <QDockWidget>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <utility>

#include "ui/views/audio_panel/audio_panel.h"
#include "ui/views/audio_panel/playback.h"
#include "ui/views/waveform/waveform_view.h"
#include "ui/views/words/words_view.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/dock_layout.h"
#include "ui/window/status_strip.h"
#include "ui/window/view_host.h"

namespace ms {

SpeechControls::SpeechControls(QMainWindow& window, EngineHost& engine, TimeAxis& axis, Selection& selection, DockLayout& docks,
                               MessageBar& messages, StatusStrip& status)
    : QObject(&window), m_engine(engine), m_selection(selection), m_docks(docks),
      m_panel(new AudioPanel(engine.speech(), axis, selection)) {
    docks.add(QStringLiteral("audio"), tr("Speech"), m_panel);
    connectPanel(messages, status);
    addMenu(window);
}

void SpeechControls::connectPanel(MessageBar& messages, StatusStrip& status) {
    connect(m_panel, &AudioPanel::recordRequested, &m_engine, &EngineHost::beginListening);
    connect(m_panel, &AudioPanel::blockReady, &m_engine, &EngineHost::hear);
    connect(m_panel, &AudioPanel::recordingEnded, &m_engine, &EngineHost::endListening);
    connect(m_panel, &AudioPanel::fileChosen, &m_engine, &EngineHost::transcribe);
    connect(m_panel, &AudioPanel::cancelRequested, &m_engine, &EngineHost::stop);
    connect(m_panel, &AudioPanel::progressChanged, &status, &StatusStrip::setProgress);
    connect(&status, &StatusStrip::cancelRequested, m_panel, &AudioPanel::cancelSaving);
    connect(m_panel, &AudioPanel::wordSelected, this, [this](qint64 word) {
        const auto& words = m_engine.speech().words();
        if (word < 0 || word >= static_cast<qint64>(words.size())) return;
        const SpeechWord& w = words[static_cast<std::size_t>(word)];
        m_selection.setRange({w.firstFrame, w.endFrame});
    });
    const auto note = [&messages](const QString& text) { messages.show(MessageBar::Kind::Note, text); };
    const auto error = [&messages](const QString& text) { messages.show(MessageBar::Kind::Error, text); };
    connect(m_panel, &AudioPanel::noted, &messages, note);
    connect(m_panel, &AudioPanel::failed, &messages, error);
    connect(&m_engine, &EngineHost::listeningRefused, m_panel, &AudioPanel::onListeningRefused);
    connect(&m_engine, &EngineHost::modelChanged, m_panel, &AudioPanel::setModel);
    connect(&m_engine, &EngineHost::stateChanged, m_panel, &AudioPanel::setState);
    connect(&m_engine, &EngineHost::stateChanged, this, [this](EngineState state) {
        if (state == EngineState::Listening) showSpeech();
    });
}

void SpeechControls::addMenu(QMainWindow& window) {
    QMenu* menu = new QMenu(tr("&Speech"), &window);
    menu->setObjectName(QStringLiteral("speechMenu"));
    menu->addActions(m_panel->actions().sound());
    menu->addSeparator();
    menu->addActions(m_panel->actions().words());
    window.addActions(m_panel->actions().sound());
    // Before Help, which stays last.
    const QList<QAction*> menus = window.menuBar()->actions();
    window.menuBar()->insertMenu(menus.isEmpty() ? nullptr : menus.last(), menu);
}

void SpeechControls::connectViews(ViewHost& views) {
    if (auto* waveform = qobject_cast<WaveformView*>(views.view(QStringLiteral("waveform"))))
        connect(waveform, &WaveformView::playRequested, this, [this] {  // from the cursor, which the same click has placed
            if (!m_panel->playback().isPlaying()) m_panel->playback().toggle();
        });
    if (auto* words = qobject_cast<WordsView*>(views.view(QStringLiteral("words"))))
        connect(words, &WordsView::playRequested, this, [this](double start, double) {
            const auto& all = m_engine.speech().words();
            for (std::size_t i = 0; i < all.size(); ++i)
                if (all[i].start >= start - 1e-9) return m_panel->playback().playWord(static_cast<qint64>(i));
        });
}

void SpeechControls::showSpeech() {
    if (std::exchange(m_keepsDocks, false)) return;
    const QDockWidget* audio = m_docks.dock(QStringLiteral("audio"));
    const QDockWidget* wave = m_docks.dock(QStringLiteral("waveform"));
    if (audio->isVisible() || (wave != nullptr && wave->isVisible())) return;
    if (const Arrangement* speech = DockLayout::arrangement(QStringLiteral("speech"))) m_docks.arrange(*speech);
}

}  // namespace ms
