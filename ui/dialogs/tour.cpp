#include "ui/dialogs/tour.h"

#include <QEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace ms {

namespace {
constexpr int kWidth = 340;
constexpr int kGap = 12;
}  // namespace

Tour::Tour(std::vector<TourStep> steps, QWidget* window)
    : QFrame(window), m_steps(std::move(steps)), m_title(new QLabel), m_text(new QLabel), m_count(new QLabel),
      m_back(new QPushButton(tr("&Back"))), m_next(new QPushButton(tr("&Next"))), m_frame(new QFrame(window)) {
    setObjectName(QStringLiteral("tour"));
    setAttribute(Qt::WA_DeleteOnClose);
    setAutoFillBackground(true);
    setFrameShape(QFrame::Box);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Tour of the window"));
    m_frame->setObjectName(QStringLiteral("tourFrame"));
    m_frame->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_frame->setStyleSheet(QStringLiteral("#tourFrame { border: 3px solid palette(highlight); background: transparent; }"));
    QFont bold = m_title->font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.15);
    m_title->setFont(bold);
    m_text->setWordWrap(true);
    m_text->setObjectName(QStringLiteral("tourText"));
    m_count->setForegroundRole(QPalette::PlaceholderText);
    m_back->setObjectName(QStringLiteral("tourBack"));
    m_next->setObjectName(QStringLiteral("tourNext"));
    m_next->setDefault(true);
    auto* skip = new QPushButton(tr("&Skip"));
    skip->setObjectName(QStringLiteral("tourSkip"));
    for (QPushButton* button : {m_back, m_next, skip}) button->setAccessibleName(button->text().remove(QLatin1Char('&')));
    connect(m_back, &QPushButton::clicked, this, [this] { showStep(m_step - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { showStep(m_step + 1); });
    connect(skip, &QPushButton::clicked, this, &Tour::end);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_count);
    buttons->addStretch(1);
    for (QPushButton* button : {skip, m_back, m_next}) buttons->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    layout->addLayout(buttons);
    window->installEventFilter(this);
    showStep(0);
    show();
    raise();
    m_next->setFocus(Qt::PopupFocusReason);
}

void Tour::showStep(int step) {
    if (step >= static_cast<int>(m_steps.size())) return end();
    m_step = std::max(0, step);
    const TourStep& shown = m_steps[static_cast<std::size_t>(m_step)];
    m_title->setText(shown.title);
    m_text->setText(shown.text);
    m_count->setText(tr("%1 of %2").arg(m_step + 1).arg(m_steps.size()));
    m_back->setEnabled(m_step > 0);
    m_next->setText(m_step + 1 == static_cast<int>(m_steps.size()) ? tr("&Done") : tr("&Next"));
    place();
}

void Tour::place() {
    setFixedWidth(std::min(kWidth, parentWidget()->width() - 2 * kGap));
    setFixedHeight(layout()->heightForWidth(width()) > 0 ? layout()->totalHeightForWidth(width()) : sizeHint().height());
    const QWidget* target = m_steps[static_cast<std::size_t>(m_step)].target;
    const QRect all = parentWidget()->rect();
    QRect at(all.center(), QSize(1, 1));
    const bool visible = target != nullptr && target->isVisible();
    if (visible) at = QRect(target->mapTo(parentWidget(), QPoint()), target->size());
    m_frame->setVisible(visible);
    m_frame->setGeometry(at.adjusted(-2, -2, 2, 2));
    m_frame->raise();
    raise();
    // Beside the target where there is room, else over its middle.
    QPoint corner(at.center() - rect().center());
    if (at.right() + kGap + width() < all.right()) corner = {at.right() + kGap, at.top()};
    else if (at.left() - kGap - width() > all.left()) corner = {at.left() - kGap - width(), at.top()};
    else if (at.top() - kGap - height() > all.top()) corner = {at.left() + kGap, at.top() - kGap - height()};
    move(std::clamp(corner.x(), kGap, std::max(kGap, all.right() - width() - kGap)),
         std::clamp(corner.y(), kGap, std::max(kGap, all.bottom() - height() - kGap)));
}

void Tour::end() {
    m_frame->deleteLater();
    Q_EMIT finished();
    close();
}

void Tour::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) return end();
    QFrame::keyPressEvent(event);
}

bool Tour::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) place();
    return QFrame::eventFilter(watched, event);
}

}  // namespace ms
