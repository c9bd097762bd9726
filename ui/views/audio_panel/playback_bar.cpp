#include "ui/views/audio_panel/playback_bar.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "engine/audio/sound_track.h"
#include "ui/style/icons.h"
#include "ui/views/audio_panel/audio_actions.h"
#include "ui/views/audio_panel/playback.h"
#include "ui/views/audio_panel/transcript_view.h"

namespace ms {

PlaybackBar::PlaybackBar(Playback& playback, SpeechLog& log, AudioActions& actions, QWidget* parent)
    : QWidget(parent), m_playback(playback), m_log(log), m_actions(actions), m_time(new QLabel) {
    setObjectName(QStringLiteral("playbackBar"));
    m_time->setObjectName(QStringLiteral("playbackTime"));
    m_time->setAccessibleName(tr("Position and length of the sound"));
    m_time->setToolTip(tr("Position of the cursor, and length of the sound"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(actionButton(actions.play, tr("Play"), Qt::ToolButtonTextBesideIcon));
    layout->addWidget(actionButton(actions.stopPlaying, tr("Stop"), Qt::ToolButtonIconOnly));
    layout->addWidget(m_time);
    layout->addStretch(1);
    layout->addWidget(actionButton(actions.exportTranscript, tr("Export text…"), Qt::ToolButtonTextOnly));
    layout->addWidget(actionButton(actions.saveRecording, tr("Save sound…"), Qt::ToolButtonTextOnly));
    connect(actions.play, &QAction::triggered, &playback, &Playback::toggle);
    connect(actions.playRange, &QAction::triggered, &playback, &Playback::playRange);
    connect(actions.stopPlaying, &QAction::triggered, &playback, &Playback::stop);
    connect(&playback, &Playback::playingChanged, this, &PlaybackBar::updateActions);
    connect(&playback, &Playback::positionChanged, this, &PlaybackBar::updateTime);
    updateActions();
}

void PlaybackBar::updateActions() {
    const bool playing = m_playback.isPlaying();
    m_actions.play->setEnabled(playing || m_playback.canPlay());
    m_actions.play->setText(playing ? tr("&Pause playing") : tr("P&lay from the cursor"));
    m_actions.play->setIconText(playing ? tr("Pause") : tr("Play"));
    m_actions.play->setIcon(icon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
    m_actions.playRange->setEnabled(m_playback.canPlayRange());
    m_actions.stopPlaying->setEnabled(playing);
    updateTime();
}

void PlaybackBar::updateTime() {
    const double length = m_log.sound() ? m_log.sound()->seconds() : 0;
    m_time->setText(QStringLiteral("%1 / %2").arg(clockText(std::min(m_playback.position(), length)), clockText(length)));
}

}  // namespace ms
