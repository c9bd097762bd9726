#include "ui/views/base/ranked_tokens.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>
#include <cmath>

#include "ui/plot/token_names.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

enum Role { kToken = Qt::UserRole, kValue, kValueText, kShare };

constexpr int kPadding = 5;
constexpr int kGap = 2;            // around a chip
constexpr int kWidestText = 110;   // pixels; longer tokens are cut
constexpr int kBar = 3;
constexpr int kSlack = 3;         // widths are rounded here and there

/// Text, value, and below them a bar as long as the value compared with the largest: blue adds, orange opposes.
class ChipDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QFontMetrics& metrics = option.fontMetrics;
        const int text = std::min(kWidestText, metrics.horizontalAdvance(index.data().toString()));
        const int value = metrics.horizontalAdvance(index.data(kValueText).toString());
        return {text + value + 3 * kPadding + 2 * kGap + kSlack, metrics.height() + kBar + 4 + 2 * kGap};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QPalette& palette = option.palette;
        const QRect chip = option.rect.adjusted(kGap, kGap, -kGap, -kGap);
        const bool current = option.state.testFlag(QStyle::State_HasFocus);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(current ? palette.color(QPalette::Highlight) : plotColours(palette).frame);
        painter->setBrush(option.state.testFlag(QStyle::State_MouseOver) ? palette.color(QPalette::Midlight)
                                                                         : palette.color(QPalette::Base));
        painter->drawRoundedRect(QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
        const QRect inside = chip.adjusted(kPadding, 1, -kPadding, -kBar - 2);
        const QString value = index.data(kValueText).toString();
        const int valueWidth = option.fontMetrics.horizontalAdvance(value);
        painter->setPen(palette.color(QPalette::Text));
        painter->drawText(inside.adjusted(0, 0, -valueWidth - kPadding, 0), Qt::AlignLeft | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, inside.width() - valueWidth - kPadding));
        painter->setPen(palette.color(QPalette::PlaceholderText));
        painter->drawText(inside, Qt::AlignRight | Qt::AlignVCenter, value);
        const bool dark = isDark(palette);
        const QColor colour = index.data(kValue).toFloat() < 0 ? QColor(dark ? 0xff9a4d : 0xd55e00) : QColor(dark ? 0x5ab4f0 : 0x0072b2);
        const double share = index.data(kShare).toDouble();
        painter->fillRect(QRectF(inside.left(), chip.bottom() - kBar - 1, std::max(1.0, inside.width() * share), kBar), colour);
        painter->restore();
    }
};

}  // namespace

std::vector<RankedToken> rankTokens(std::span<const float> values, qint64 first, std::size_t count) {
    std::vector<RankedToken> ranked;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::abs(values[i]) > 0) ranked.push_back({first + static_cast<qint64>(i), values[i]});
    count = std::min(count, ranked.size());
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count), ranked.end(),
                      [](const RankedToken& a, const RankedToken& b) {
                          return std::abs(a.value) != std::abs(b.value) ? std::abs(a.value) > std::abs(b.value) : a.token > b.token;
                      });
    ranked.resize(count);
    return ranked;
}

RankedTokens::RankedTokens(const TokenLog& tokens, QWidget* parent) : QListWidget(parent), m_tokens(tokens) {
    setFlow(QListView::LeftToRight);
    setWrapping(true);
    setResizeMode(QListView::Adjust);
    setUniformItemSizes(false);
    setSelectionMode(QAbstractItemView::NoSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    setItemDelegate(new ChipDelegate(this));
    const auto token = [](const QListWidgetItem* item) { return item != nullptr ? item->data(kToken).toLongLong() : qint64(-1); };
    connect(this, &QListWidget::itemClicked, this, [this, token](QListWidgetItem* item) { Q_EMIT tokenChosen(token(item)); });
    connect(this, &QListWidget::itemEntered, this, [this, token](QListWidgetItem* item) { Q_EMIT tokenHovered(token(item)); });
    connect(this, &QAbstractItemView::viewportEntered, this, [this] { Q_EMIT tokenHovered(-1); });
    connect(this, &QListWidget::currentItemChanged, this, [this, token](QListWidgetItem* item) {
        if (hasFocus()) Q_EMIT tokenHovered(token(item));
    });
}

void RankedTokens::setRows(int rows) {
    m_rows = rows;
    setSizePolicy(QSizePolicy::Expanding, rows > 0 ? QSizePolicy::Fixed : QSizePolicy::Expanding);
    fitHeight();
}

int RankedTokens::lineHeight() const { return fontMetrics().height() + kBar + 4 + 2 * kGap; }
QSize RankedTokens::sizeHint() const { return {300, lineHeight() * (m_rows > 0 ? m_usedRows : 4)}; }
QSize RankedTokens::minimumSizeHint() const { return {80, lineHeight() * (m_rows > 0 ? m_usedRows : 1)}; }

/// Lines once needed stay until the width changes: plots above must not jump with every token.
void RankedTokens::fitHeight() {
    if (m_rows == 0) return;
    const int needed = count() > 0 ? (visualItemRect(item(count() - 1)).bottom() + verticalOffset()) / lineHeight() + 1 : 1;
    m_usedRows = std::clamp(needed, m_usedRows, std::max(m_usedRows, m_rows));
    updateGeometry();
}

void RankedTokens::resizeEvent(QResizeEvent* event) {
    QListWidget::resizeEvent(event);
    if (event->size().width() != event->oldSize().width()) m_usedRows = 1;
    doItemsLayout();
    fitHeight();
}

void RankedTokens::show(const std::vector<RankedToken>& ranked) {
    const int row = currentRow();  // the keyboard's place stays
    m_ranked = ranked;
    const QSignalBlocker quiet(this);
    clear();
    for (const RankedToken& each : ranked) {
        if (each.token < 0 || each.token >= m_tokens.size()) continue;
        const TokenNames names(m_tokens, m_frameSeconds);
        // Many frames have the same symbol: their times tell them apart.
        auto* item = new QListWidgetItem(m_frameSeconds > 0 ? names.text(each.token) : m_tokens.visibleText(m_tokens.row(each.token).id), this);
        const double value = static_cast<double>(each.value);
        const QString percent = QString::number(100 * value, 'f', std::abs(value) < 0.0995 ? 1 : 0).replace(QLatin1Char('-'), QChar(0x2212));
        const QString plain = QString::number(value, 'g', 2).replace(QLatin1Char('-'), QChar(0x2212));  // a rank, not a reading
        const QString text = m_percent ? percent + QStringLiteral("\u202f%") : plain;
        item->setData(kToken, each.token);
        item->setData(kValue, each.value);
        item->setData(kValueText, text);
        item->setData(kShare, std::abs(value) / std::abs(static_cast<double>(ranked.front().value)));
        item->setData(Qt::AccessibleTextRole, tr("%1, %2").arg(names.name(each.token), text));
        item->setToolTip(item->data(Qt::AccessibleTextRole).toString());
    }
    if (count() > 0 && row >= 0) setCurrentRow(std::min(row, count() - 1));
    doItemsLayout();
    fitHeight();
}

void RankedTokens::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) return event->ignore();  // the view copies its read-out
    switch (event->key()) {
        case Qt::Key_Return: case Qt::Key_Enter:
            if (currentItem() != nullptr) Q_EMIT tokenChosen(currentItem()->data(kToken).toLongLong());
            return;
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        default: QListWidget::keyPressEvent(event);
    }
}

void RankedTokens::leaveEvent(QEvent* event) {
    QListWidget::leaveEvent(event);
    Q_EMIT tokenHovered(-1);
}

void RankedTokens::setFigureStyle(const FigureStyle&) {
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

/// What would be cut off is left out: nobody can scroll in a figure.
bool RankedTokens::settle() {
    for (int i = 0; i < count(); ++i) item(i)->setHidden(false);
    doItemsLayout();
    for (int i = 0; i < count(); ++i)
        if (visualItemRect(item(i)).bottom() > viewport()->height()) item(i)->setHidden(true);
    return true;
}

}  // namespace ms
