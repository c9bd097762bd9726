#include "ui/widgets/message_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QTimer>
#include <QToolButton>

#include "ui/style/appearance.h"
#include "ui/style/icons.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
constexpr int kNoteMilliseconds = 6000;
}

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), m_label(new ElidedLabel), m_close(new QToolButton) {
    setObjectName(QStringLiteral("messageBar"));
    setAccessibleName(tr("Messages"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_label->setObjectName(QStringLiteral("messageText"));
    m_label->setElideMode(Qt::ElideMiddle);
    m_label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_close->setObjectName(QStringLiteral("messageClose"));
    m_close->setAutoRaise(true);
    m_close->setIcon(icon(QStringLiteral("close")));
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss message"));
    m_layout = new QHBoxLayout(this);
    m_layout->setContentsMargins(10, 3, 4, 3);
    m_layout->addWidget(m_label, 1);
    m_layout->addWidget(m_close);
    connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);
}

QString MessageBar::text() const { return m_label->text(); }

void MessageBar::show(Kind kind, const QString& message) {
    display(kind, message, {});
    if (kind == Kind::Note)
        QTimer::singleShot(kNoteMilliseconds, this, [this, shown = m_shown] {
            if (shown == m_shown) dismiss();
        });
}

void MessageBar::offer(const QString& message, const QString& button, const std::function<void()>& taken) {
    display(Kind::Note, message, {{QStringLiteral("messageAction"), button, taken}});
}

void MessageBar::ask(const QString& question, const QList<Choice>& choices) {
    m_question = Question{question, choices};
    showQuestion();
}

void MessageBar::showQuestion() {
    display(Kind::Note, m_question->text, m_question->choices);
    m_questionShows = true;
}

void MessageBar::display(Kind kind, const QString& message, const QList<Choice>& choices) {
    for (QToolButton* button : std::as_const(m_choices)) {
        button->hide();
        button->deleteLater();  // it may be the one that was pressed
    }
    m_choices.clear();
    for (const Choice& choice : choices) {
        auto* button = new QToolButton;
        button->setObjectName(choice.name);
        button->setText(choice.text);
        button->setAccessibleName(choice.text);
        button->setToolButtonStyle(Qt::ToolButtonTextOnly);
        button->setFocusPolicy(Qt::TabFocus);
        connect(button, &QToolButton::clicked, this, [this, chosen = choice.chosen] {
            dismiss();
            if (chosen) chosen();
        });
        m_layout->insertWidget(m_layout->indexOf(m_close), button);
        m_choices.append(button);
    }
    m_kind = kind;
    m_label->setText(message);
    m_label->setToolTip(message);
    restyle();
    m_questionShows = false;
    m_showing = true;
    ++m_shown;
    Q_EMIT showingChanged(true);
}

void MessageBar::dismiss() {
    if (!m_showing) return;
    if (m_questionShows) m_question.reset();
    if (m_question) return showQuestion();
    m_questionShows = false;
    m_showing = false;
    Q_EMIT showingChanged(false);
}

void MessageBar::changeEvent(QEvent* event) {
    if (event->type() == QEvent::ApplicationPaletteChange) restyle();
    QFrame::changeEvent(event);
}

void MessageBar::restyle() {
    const bool dark = isDark(palette());
    const bool error = m_kind == Kind::Error;
    const char* background = error ? (dark ? "#4a2327" : "#fbe4e4") : (dark ? "#223446" : "#e3eef8");
    const char* edge = error ? (dark ? "#b4474f" : "#d06a6a") : (dark ? "#4f86b8" : "#7fa9cf");
    setStyleSheet(QStringLiteral("#messageBar { background: %1; border: 1px solid %2; border-radius: 4px; }")
                      .arg(QLatin1String(background), QLatin1String(edge)));
}

}  // namespace ms
