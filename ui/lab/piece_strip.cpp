#include "ui/lab/piece_strip.h"

#include <QPainter>

#include "ui/lab/comparison.h"

namespace ms {

namespace {
constexpr int kTextColumn = 24;  // narrower columns have no room for a text each: some stand over their neighbours' columns
constexpr int kTextGap = 10;     // between those
constexpr int kPadding = 3;
}  // namespace

PieceStrip::PieceStrip(const Comparison& shown, TimeAxis& axis, Selection& selection, QWidget* parent)
    : TokenStrip(axis, selection, parent), m_shown(shown) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize PieceStrip::sizeHint() const { return {640, 2 * fontMetrics().height() + 18}; }

bool PieceStrip::hasData() const { return m_shown.pieces() > 0; }

void PieceStrip::paintData(QPainter& painter, const TokenColumns& columns) {
    const QFontMetrics metrics = painter.fontMetrics();
    const QRect& plot = columns.plot;
    const int width = columns.scale.columnPixels;
    const bool each = width >= kTextColumn;
    int textEnd = plot.left();
    for (qint64 piece = columns.firstToken(); piece < m_shown.pieces(); piece += columns.scale.tokensPerColumn) {
        const int x = columns.xOf(piece);
        if (x > plot.right()) break;
        if (!each && x < textEnd) continue;
        painter.setPen(colours().frame);
        painter.drawLine(x, plot.top(), x, plot.bottom());
        const QString text = m_shown.text(piece);
        const int room = each ? width - 2 * kPadding : metrics.horizontalAdvance(text);
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(QRect(x + kPadding, plot.top(), room + 1, plot.height()), Qt::AlignVCenter | (each ? Qt::AlignHCenter : Qt::AlignLeft),
                         each ? metrics.elidedText(text, Qt::ElideRight, room) : text);
        textEnd = x + kPadding + room + kTextGap;
    }
}

QString PieceStrip::readout() const {
    const qint64 piece = hovered().x() >= 0 ? tokenAt(hovered()) : selection().token();
    if (piece < 0 || piece >= m_shown.pieces()) return {};
    return tr("piece %1   %2").arg(m_shown.name(piece), m_shown.tokens(piece));
}

}  // namespace ms
