#include "ui/views/traces/trace_chips.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

namespace ms {

namespace {

QIcon line(const QColor& colour, bool dashed) {
    QPixmap pixmap(16, 12);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setPen(QPen(colour, 3, dashed ? Qt::DotLine : Qt::SolidLine));
    painter.drawLine(0, 6, 16, 6);
    return QIcon(pixmap);
}

}  // namespace

TraceChips::TraceChips(QWidget* parent) : QWidget(parent), m_layout(new QHBoxLayout(this)) {
    m_layout->setContentsMargins(8, 2, 8, 0);
    m_layout->setSpacing(2);
    m_layout->addStretch(1);
}

void TraceChips::addControl(QWidget* control) {
    m_layout->insertWidget(m_layout->count() - 1 - static_cast<int>(m_buttons.size()), control);
}

void TraceChips::setChips(const QString& one, const std::vector<TraceChip>& chips) {
    if (one == m_one && chips == m_chips) return;  // a button must not go away under the mouse
    m_one = one;
    m_chips = chips;
    for (QWidget* button : m_buttons) {
        button->hide();
        button->deleteLater();  // one of them may be the sender
    }
    m_buttons.clear();
    for (const TraceChip& chip : chips) {
        auto* button = new QToolButton(this);
        const QString name = QStringLiteral("%1 %2").arg(one).arg(chip.index);
        button->setObjectName(QStringLiteral("traces_chip%1").arg(chip.index));
        button->setText(chip.pinned ? tr("%1 ×").arg(chip.index) : QString::number(chip.index));
        button->setIcon(line(chip.colour, !chip.pinned));
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAutoRaise(true);
        button->setFocusPolicy(chip.pinned ? Qt::TabFocus : Qt::NoFocus);
        const QString text = chip.pinned ? tr("Take the curve of %1 away").arg(name)
                                         : tr("%1: the current one; pin it to keep it").arg(name);
        button->setAccessibleName(text);
        button->setToolTip(text);
        if (chip.pinned)
            connect(button, &QToolButton::clicked, this, [this, index = chip.index] { Q_EMIT removed(index); });
        m_layout->insertWidget(m_layout->count() - 1, button);
        button->show();
        m_buttons.push_back(button);
    }
}

}  // namespace ms
