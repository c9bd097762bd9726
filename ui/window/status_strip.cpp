#include "ui/window/status_strip.h"

#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include "ui/models/layer_tree_model.h"
#include "ui/models/without_model.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/widgets/elided_label.h"

namespace ms {

StatusStrip::StatusStrip(QWidget* parent)
    : QStatusBar(parent),
      m_state(new QLabel),
      m_job(new ElidedLabel),
      m_bar(new QProgressBar),
      m_cancel(new QToolButton),
      m_speed(new QLabel),
      m_capture(new QLabel),
      m_device(new QLabel) {
    setObjectName(QStringLiteral("statusStrip"));
    setSizeGripEnabled(false);
    const auto name = [](QWidget* widget, const char* objectName, const QString& accessible) {
        widget->setObjectName(QLatin1String(objectName));
        widget->setAccessibleName(accessible);
    };
    name(m_state, "statusState", tr("State"));
    name(m_job, "statusJob", tr("What is being done"));
    name(m_bar, "statusProgress", tr("Progress"));
    name(m_cancel, "statusCancel", tr("Cancel"));
    name(m_speed, "statusSpeed", tr("Tokens and speed"));
    name(m_capture, "statusCapture", tr("Captured data"));
    name(m_device, "statusDevice", tr("Device"));
    m_job->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_bar->setFixedWidth(140);
    m_bar->setMaximumHeight(fontMetrics().height());
    m_bar->setTextVisible(false);
    m_cancel->setAutoRaise(true);
    m_cancel->setIcon(icon(QStringLiteral("close")));
    m_cancel->setToolTip(tr("Cancel"));
    connect(m_cancel, &QToolButton::clicked, this, &StatusStrip::cancelRequested);
    m_state->setContentsMargins(8, 0, 4, 0);
    addWidget(m_state);
    addWidget(m_bar);
    addWidget(m_cancel);
    addWidget(m_job, 1);
    for (QLabel* label : {m_speed, m_capture, m_device}) {
        label->setContentsMargins(8, 0, 4, 0);
        addPermanentWidget(label);
    }
    setProgress({});
    setState(EngineState::NoModel);
    setStatistics({});
}

void StatusStrip::setModel(const ModelSummaryPtr& model) {
    m_device->setText(model ? model->device : QString());
    m_device->setToolTip(tr("Device the model runs on"));
    m_withoutModel = isWithoutWeights(model);
    m_frameSeconds = model && model->speech ? model->speech->frameSeconds : 0;
}

void StatusStrip::setState(EngineState state) {
    switch (state) {
        case EngineState::NoModel: return m_state->setText(m_withoutModel ? tr("Without model") : tr("No model"));
        case EngineState::Loading: return m_state->setText(tr("Opening"));
        case EngineState::Idle: return m_state->setText(tr("Ready"));
        case EngineState::Reading: return m_state->setText(tr("Reading"));
        case EngineState::Generating: return m_state->setText(tr("Writing"));
        case EngineState::Listening: return m_state->setText(tr("Listening"));
        case EngineState::Paused: return m_state->setText(tr("Paused"));
    }
}

void StatusStrip::setStatistics(const RunStatistics& s) {
    if (m_frameSeconds > 0)
        m_speed->setText(tr("%1 frames · %2 × real time").arg(groupedText(s.position), rateText(s.tokensPerSecond * m_frameSeconds)));
    else m_speed->setText(tr("%1 tokens · %2 tokens/s").arg(groupedText(s.position), rateText(s.tokensPerSecond)));
    QString capture =
        (m_frameSeconds > 0 ? tr("captures %1, %2 a frame") : tr("captures %1, %2 a token"))
            .arg(formatBytes(s.captureMemoryBytes), formatBytes(static_cast<quint64>(s.captureBytesPerToken)));
    if (s.captureSpilledBytes > 0) capture += tr(", %1 on disk").arg(formatBytes(s.captureSpilledBytes));
    if (s.lostRows > 0) capture += tr(", %1 rows lost").arg(groupedText(s.lostRows));
    m_capture->setText(capture);
    m_capture->setToolTip(
        tr("Memory held by captured values, and what each further token costs. Rows are lost only when memory and disk "
           "are full."));
}

void StatusStrip::setProgress(const JobProgress& progress) {
    m_bar->setVisible(progress.active);
    m_cancel->setVisible(progress.active);
    m_bar->setRange(0, progress.total > 0 ? 1000 : 0);
    if (progress.total > 0) m_bar->setValue(static_cast<int>(1000 * progress.current / progress.total));
    m_job->setText(progress.active ? QStringLiteral("%1: %2").arg(progress.title, progress.status) : QString());
}

}  // namespace ms
