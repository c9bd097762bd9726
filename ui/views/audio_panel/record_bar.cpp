#include "ui/views/audio_panel/record_bar.h"

#include <QAction>
#include <QLabel>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/audio_panel/audio_actions.h"
#include "ui/views/audio_panel/input_box.h"
#include "ui/views/audio_panel/level_meter_widget.h"
#include "ui/views/audio_panel/transcript_view.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {

constexpr int kStatusMilliseconds = 100;
/// A transcriber in real time is behind by its look-ahead and the pieces in which sound comes and is read.
constexpr double kUsualLag = 0.6;

}  // namespace

RecordBar::RecordBar(SpeechLog& log, AudioActions& actions, QWidget* parent)
    : QWidget(parent), m_log(log), m_actions(actions), m_microphone(m_inputs), m_box(new InputBox(m_inputs)),
      m_meter(new LevelMeterWidget), m_elapsed(new QLabel(QStringLiteral("0:00"))), m_message(new QLabel), m_status(new ElidedLabel),
      m_timer(new QTimer(this)) {
    setObjectName(QStringLiteral("recordBar"));
    m_elapsed->setObjectName(QStringLiteral("elapsed"));
    m_elapsed->setAccessibleName(tr("Time heard"));
    m_elapsed->setToolTip(tr("Time heard"));
    m_status->setObjectName(QStringLiteral("speechStatus"));
    m_status->setAccessibleName(tr("How the transcriber keeps up"));
    m_status->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_message->setObjectName(QStringLiteral("audioMessage"));
    m_message->setAccessibleName(tr("Message about the microphone"));
    m_message->setWordWrap(true);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    arrange(actions);
    connectActions();
    connectMicrophone();
    connect(&log, &SpeechLog::begun, this, [this] {
        m_live = isRecording();
        m_latency = -1;
        m_fileRate = 0;
        m_since.start();
        updateStatus();
    });
    connect(m_timer, &QTimer::timeout, this, &RecordBar::updateStatus);
    m_timer->setInterval(kStatusMilliseconds);
    connect(&log, &SpeechLog::tentativeChanged, this, &RecordBar::updateStatus);
    connect(&log, &SpeechLog::wordsChanged, this, &RecordBar::updateStatus);
    showFailure({});
    updateActions();
}

void RecordBar::arrange(AudioActions& actions) {
    auto* device = new QHBoxLayout;
    device->setSpacing(4);
    device->addWidget(m_box, 1);
    device->addWidget(actionButton(actions.openSound, tr("Open file…"), Qt::ToolButtonTextBesideIcon));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(4);
    for (const auto& [action, text] : {std::pair{actions.record, tr("Record")}, {actions.pause, tr("Pause")}, {actions.stop, tr("Stop")}}) {
        QToolButton* made = actionButton(action, text, Qt::ToolButtonTextBesideIcon);
        made->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        buttons->addWidget(made);
    }
    auto* status = new QHBoxLayout;
    status->addWidget(m_elapsed);
    status->addWidget(m_status, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addLayout(device);
    layout->addLayout(buttons);
    layout->addWidget(m_meter);
    layout->addLayout(status);
    layout->addWidget(m_message);
}

void RecordBar::connectActions() {
    connect(m_actions.record, &QAction::triggered, this, [this] {
        showFailure({});
        m_engineHeard = false;
        m_recorded = 0;
        m_microphone.start(m_box->chosen());
        if (!isRecording()) return;  // told by `failed`
        m_meter->resetClip();
        Q_EMIT recordRequested();
    });
    connect(m_actions.pause, &QAction::triggered, this, [this] {
        if (isHearing()) m_microphone.pause();
        else m_microphone.resume();
    });
    connect(m_actions.stop, &QAction::triggered, this, [this] {
        if (isRecording()) m_microphone.stop();
        else Q_EMIT cancelRequested();
    });
}

void RecordBar::connectMicrophone() {
    connect(&m_inputs, &AudioInputs::changed, this, [this] {
        showFailure(m_failure);
        updateActions();
    });
    connect(&m_microphone, &Microphone::failed, this, &RecordBar::showFailure);
    connect(&m_microphone, &Microphone::blockReady, this, [this](const AudioBlock& block) {
        m_recorded += static_cast<double>(block.samples.size()) / block.channels / block.sampleRate;
        m_meter->push(block.samples);
        Q_EMIT blockReady(block);
    });
    connect(&m_microphone, &Microphone::stateChanged, this, [this](Microphone::State state) {
        m_meter->setActive(state == Microphone::State::Recording);
        updateActions();
        updateStatus();
        if (state == Microphone::State::Stopped) Q_EMIT recordingEnded();
        Q_EMIT recordingChanged();
    });
}

void RecordBar::endRecording(const QString& why) {
    if (!isRecording()) return;
    m_microphone.stop();
    showFailure(why);
}

void RecordBar::setState(EngineState state) {
    m_state = state;
    if (state == EngineState::Listening) m_engineHeard = true;
    else if (m_engineHeard && state != EngineState::Loading) endRecording();  // nobody listens any more
    updateActions();
    updateStatus();
}

void RecordBar::showFailure(const QString& why) {
    m_failure = why;
    QStringList lines{why};
    if (m_inputs.advice() != why) lines << m_inputs.advice();
    lines.removeAll(QString());
    m_message->setText(lines.join(QLatin1Char('\n')));
    m_message->setVisible(!lines.isEmpty());
}

void RecordBar::updateActions() {
    const bool recording = isRecording();
    m_box->setEnabled(!recording && !m_inputs.list().empty());
    m_actions.record->setEnabled(!recording && !m_inputs.list().empty() && m_state != EngineState::Loading);
    m_actions.pause->setEnabled(recording);
    m_actions.stop->setEnabled(recording || m_state == EngineState::Listening);
    m_actions.openSound->setEnabled(!recording && m_state != EngineState::Loading);
    const bool paused = m_microphone.state() == Microphone::State::Paused;
    m_actions.pause->setText(paused ? tr("&Resume recording") : tr("&Pause recording"));
    m_actions.pause->setIconText(paused ? tr("Resume") : tr("Pause"));
    m_actions.pause->setIcon(icon(paused ? QStringLiteral("record") : QStringLiteral("pause")));
    if (recording || m_state == EngineState::Listening) m_timer->start();
    else m_timer->stop();
}

void RecordBar::updateStatus() {
    if (m_log.latencySeconds() >= 0) m_latency = m_log.latencySeconds();
    if (!m_live && m_state == EngineState::Listening && m_since.isValid() && m_since.elapsed() > 0)
        m_fileRate = m_log.audioSeconds() / (static_cast<double>(m_since.elapsed()) * 1e-3);
    const double seconds = isRecording() ? m_recorded : m_log.audioSeconds();
    m_elapsed->setText(QStringLiteral("%1.%2").arg(clockText(seconds)).arg(static_cast<int>(seconds * 10) % 10));
    m_status->setText(paceText());
}

QString RecordBar::paceText() const {
    QStringList parts;
    if (m_microphone.state() == Microphone::State::Paused) parts << tr("paused");
    if (m_live && m_latency >= 0) parts << tr("text after %1 s").arg(m_latency, 0, 'f', 2);
    const double behind = m_recorded - m_log.audioSeconds();
    if (m_live && isRecording()) parts << (behind <= kUsualLag ? tr("in real time") : tr("%1 s behind").arg(behind, 0, 'f', 1));
    if (!m_live && m_fileRate > 0) parts << tr("%1 × real time").arg(rateText(m_fileRate));
    return parts.join(QStringLiteral(" · "));
}

}  // namespace ms
