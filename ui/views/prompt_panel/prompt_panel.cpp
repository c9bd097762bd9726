#include "ui/views/prompt_panel/prompt_panel.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>

#include "ui/models/layer_tree_model.h"
#include "ui/models/without_model.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/prompt_panel/sampling_form.h"
#include "ui/views/prompt_panel/surprisal_legend.h"
#include "ui/views/prompt_panel/token_chips.h"
#include "ui/views/prompt_panel/token_details.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
constexpr int kLeastWidth = 560;
/// From here on there is room for what the model expected beside the tokens.
constexpr int kDetailsWidth = 760;
}  // namespace

PromptPanel::PromptPanel(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent)
    : QWidget(parent),
      m_tokens(tokens),
      m_edit(new QPlainTextEdit),
      m_label(new QLabel(tr("&Prompt"))),
      m_sampling(new SamplingForm),
      m_chips(new TokenChips(tokens, axis, selection)),
      m_speed(new ElidedLabel),
      m_run(addButton(QStringLiteral("run"), QStringLiteral("play"), tr("Run"),
                      tr("Read the prompt from the start and write on (Ctrl+Return)"))),
      m_pause(addButton(QStringLiteral("pause"), QStringLiteral("pause"), tr("Pause"),
                        tr("Pause, or go on (Space in a heatmap)"))),
      m_stop(addButton(QStringLiteral("stop"), QStringLiteral("stop"), tr("Stop"),
                       tr("Stop reading or writing (Ctrl+.)"))),
      m_step(addButton(QStringLiteral("step"), QStringLiteral("step"), tr("Step"), tr("Write one token (F10)"))) {
    setObjectName(QStringLiteral("promptPanel"));
    m_details = new TokenDetails(tokens, selection);
    m_details->setFixedWidth(m_details->sizeHint().width());
    nameWidgets();
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 6);
    layout->setSpacing(10);
    layout->addWidget(inputSide(), 2);
    layout->addLayout(tokenSide(), 5);
    layout->addWidget(m_details, 0, Qt::AlignTop);
    setMinimumWidth(kLeastWidth);
    connectButtons();
    connect(&tokens, &TokenLog::appended, this, [this](qint64 first) {
        if (first == 0) updateButtons();
    });
    connect(&tokens, &TokenLog::cleared, this, &PromptPanel::updateButtons);
    updateButtons();
}

void PromptPanel::nameWidgets() {
    m_edit->setObjectName(QStringLiteral("promptEdit"));
    m_edit->setAccessibleName(tr("Prompt"));
    m_edit->setTabChangesFocus(true);
    m_edit->installEventFilter(this);
    m_edit->setMinimumHeight(44);
    m_label->setBuddy(m_edit);
    m_label->setWordWrap(true);
    m_speed->setObjectName(QStringLiteral("speed"));
    m_speed->setAccessibleName(tr("Speed"));
    m_speed->setToolTip(tr("Speed, and memory held on the device"));
    m_speed->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_speed->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_chips->setEmptyText(tr("Tokens appear here, coloured by how much they surprised the model."));
}

QWidget* PromptPanel::inputSide() {
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(4);
    for (QPushButton* button : {m_run, m_pause, m_stop, m_step}) buttons->addWidget(button, 1);
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(5);
    layout->addWidget(m_label);
    layout->addWidget(m_edit, 1);
    layout->addLayout(buttons);
    layout->addWidget(m_sampling);
    side->setMinimumWidth(320);
    side->setMaximumWidth(380);
    return side;
}

QLayout* PromptPanel::tokenSide() {
    auto* below = new QHBoxLayout;
    below->addWidget(new SurprisalLegend);
    below->addWidget(m_speed, 1);
    auto* side = new QVBoxLayout;
    side->setSpacing(4);
    side->addWidget(m_chips, 1);
    side->addLayout(below);
    return side;
}

void PromptPanel::connectButtons() {
    connect(m_run, &QPushButton::clicked, this, &PromptPanel::run);
    connect(m_pause, &QPushButton::clicked, this, &PromptPanel::pauseOrResume);
    connect(m_stop, &QPushButton::clicked, this, &PromptPanel::stopRequested);
    connect(m_step, &QPushButton::clicked, this, [this] { Q_EMIT stepRequested(request()); });
    connect(m_sampling, &SamplingForm::samplingChanged, this, &PromptPanel::samplingChanged);
}

void PromptPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_details->setVisible(width() >= kDetailsWidth);  // the tokens themselves come first
}

QPushButton* PromptPanel::addButton(const QString& objectName, const QString& iconName, const QString& text,
                                    const QString& help) {
    auto* button = new QPushButton(icon(iconName), text);
    button->setObjectName(objectName);
    button->setToolTip(help);
    button->setAccessibleName(text);
    button->setMinimumWidth(40);
    return button;
}

void PromptPanel::setModel(const ModelSummaryPtr& model) {
    m_model = model;
    const bool idsOnly = model && !model->hasTokenizer;
    m_hears = model && model->speech;
    m_details->setFrameSeconds(m_hears ? model->speech->frameSeconds : 0);
    const bool shown = isWithoutWeights(model);
    m_label->setToolTip(shown ? withoutModelText() : QString());
    m_label->setText(shown     ? tr("Shown without its model")  // one line: no view gets smaller
                     : m_hears   ? tr("This model listens: record, or open a sound file")
                     : idsOnly ? tr("&Prompt: this model has no tokenizer, type token ids like 1 2 3")
                               : tr("&Prompt"));
    m_edit->setEnabled(!m_hears && !shown);
    m_sampling->setEnabled(!m_hears && !shown);
    updateButtons();
}

void PromptPanel::setState(EngineState state) {
    m_state = state;
    updateButtons();
}

void PromptPanel::setStatistics(const RunStatistics& s) {
    m_speed->setText(tr("%1 tokens/s · %2").arg(rateText(s.tokensPerSecond), formatBytes(s.deviceBytes)));
}

void PromptPanel::updateButtons() {
    const bool hasModel = m_model && !m_hears && m_state != EngineState::NoModel && m_state != EngineState::Loading;
    const bool busy = m_state == EngineState::Reading || m_state == EngineState::Generating;
    const bool running = m_state == EngineState::Generating;
    m_run->setEnabled(hasModel);
    m_stop->setEnabled(busy || m_state == EngineState::Paused);
    m_step->setEnabled(hasModel && !busy);
    m_pause->setEnabled(running || (hasModel && !busy && m_tokens.size() > 0));
    const QString text = running || m_tokens.size() == 0  ? tr("Pause")
                         : m_state == EngineState::Paused ? tr("Resume")
                                                          : tr("Continue");
    m_pause->setText(text);
    m_pause->setAccessibleName(text);
    m_pause->setIcon(icon(running || m_tokens.size() == 0 ? QStringLiteral("pause") : QStringLiteral("play")));
}

RunRequest PromptPanel::request() const {
    RunRequest request;
    request.text = m_edit->toPlainText();
    request.maxNew = m_sampling->maxNew();
    request.sampling = m_sampling->sampling();
    return request;
}

void PromptPanel::setPrompt(const QString& text) { m_edit->setPlainText(text); }
QString PromptPanel::prompt() const { return m_edit->toPlainText(); }

void PromptPanel::run() {
    if (m_run->isEnabled()) Q_EMIT runRequested(request());
}

void PromptPanel::pauseOrResume() {
    if (m_state == EngineState::Generating) Q_EMIT pauseRequested();
    else Q_EMIT resumeRequested(request());
}

void PromptPanel::runOrPause() {
    if (m_pause->isEnabled()) pauseOrResume();
    else run();
}

bool PromptPanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            run();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace ms
