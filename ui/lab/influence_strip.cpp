#include "ui/lab/influence_strip.h"

#include <QPainter>
#include <algorithm>

#include "ui/lab/comparison.h"
#include "ui/plot/colour_bar.h"
#include "ui/plot/curve.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr int kRowGap = 2;
constexpr int kLowestRow = 6, kHighestRow = 60;
constexpr int kSwatch = 8;
constexpr int kPadding = 4;
constexpr ColourMapId kMap = ColourMapId::Viridis;
}  // namespace

InfluenceStrip::InfluenceStrip(const Comparison& shown, TimeAxis& axis, Selection& selection, QWidget* parent)
    : TokenStrip(axis, selection, parent), m_shown(shown) {}

void InfluenceStrip::setInfluence(LabInfluence influence) {
    m_influence = std::move(influence);
    float most = 0;
    for (std::size_t model = 0; model < m_influence.shares.size(); ++model)
        if (const qint64 piece = mostInfluential(m_influence, model); piece >= 0) most = std::max(most, m_influence.shares[model][static_cast<std::size_t>(piece)]);
    m_scale = {0, most > 0 ? most : 1, ScaleKind::Linear};
    setMaximumHeight(heightFor(kHighestRow));
    updateGeometry();
    update();
    tellReadout();
}

int InfluenceStrip::heightFor(int rowHeight) const {
    const int around = 2 * fontMetrics().height() + 12;  // the axis, and the unit below the colour bar
    return around + static_cast<int>(std::max<std::size_t>(m_shown.models(), 2)) * rowHeight;
}

QSize InfluenceStrip::sizeHint() const { return {640, heightFor(28)}; }

/// Many models share the room of four.
QSize InfluenceStrip::minimumSizeHint() const {
    const int models = static_cast<int>(std::max<std::size_t>(m_shown.models(), 4));
    return {200, heightFor(std::max(kLowestRow, 4 * fontMetrics().height() / models))};
}

QRect InfluenceStrip::rowRect(std::size_t model) const {
    const QRect plot = layoutNow().plot;
    const int rows = static_cast<int>(std::max<std::size_t>(m_influence.shares.size(), 1)), row = static_cast<int>(model);
    const int top = plot.top() + row * plot.height() / rows, end = plot.top() + (row + 1) * plot.height() / rows;
    return {plot.left(), top, plot.width(), end - top - (row + 1 < rows ? kRowGap : 0)};
}

void InfluenceStrip::paintData(QPainter& painter, const TokenColumns& columns) {
    for (std::size_t model = 0; model < m_influence.shares.size(); ++model) paintRow(painter, columns, model);
}

/// Where several pieces share a column the largest share is seen: a mean would hide a single piece that matters.
void InfluenceStrip::paintRow(QPainter& painter, const TokenColumns& columns, std::size_t model) const {
    const QRect row = rowRect(model);
    const std::vector<float>& shares = m_influence.shares[model];
    if (shares.empty()) {
        painter.setPen(colours().axis);
        const QString why = m_influence.why[static_cast<qsizetype>(model)];
        painter.drawText(row.adjusted(kPadding, 0, -kPadding, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(why, Qt::ElideRight, row.width() - 2 * kPadding));
        return;
    }
    const ColourMap& map = ColourMap::get(kMap);
    const qint64 step = columns.scale.tokensPerColumn, end = static_cast<qint64>(shares.size());
    for (qint64 piece = columns.firstToken(); piece < end; piece += step) {
        const int x = columns.xOf(piece);
        if (x > row.right()) break;
        const auto first = shares.begin() + piece;
        const float share = *std::max_element(first, first + std::min(step, end - piece));
        painter.fillRect(QRect(x, row.top(), columns.scale.columnPixels, row.height()), QColor::fromRgb(map.at(m_scale.position(share))));
    }
}

void InfluenceStrip::paintSides(QPainter& painter, const HeatmapLayout& layout) {
    const bool dark = isDark(palette());
    for (std::size_t model = 0; model < m_influence.shares.size(); ++model) {
        const QRect row = rowRect(model), label(layout.rowAxis.left(), row.top(), layout.rowAxis.width() - kPadding, row.height());
        const QRect swatch(label.right() - kSwatch, row.top() + 1, kSwatch, row.height() - 2), text = label.adjusted(0, 0, -kSwatch - kPadding, 0);
        painter.fillRect(swatch, curveColour(static_cast<int>(model), dark));
        const QString name = m_shown.names()[static_cast<qsizetype>(model)];
        if (painter.fontMetrics().horizontalAdvance(name) > text.width()) continue;  // the legend and the read-out have it
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, name);
    }
    paintColourBar(painter, layout.colourBar, kMap, m_scale, tr("share"), colours());
}

QString InfluenceStrip::readout() const {
    const bool hovers = hovered().x() >= 0;
    const qint64 piece = hovers ? tokenAt(hovered()) : -1;
    for (std::size_t model = 0; hovers && model < m_influence.shares.size(); ++model) {
        if (!rowRect(model).contains(QPoint(rowRect(model).left(), hovered().y()))) continue;
        const QString name = m_shown.names()[static_cast<qsizetype>(model)];
        const std::vector<float>& shares = m_influence.shares[model];
        if (shares.empty()) return m_influence.why[static_cast<qsizetype>(model)];
        if (piece < 0 || piece >= static_cast<qint64>(shares.size())) return name;
        return tr("%1: share %2 of piece %3 in the output at %4")
            .arg(name, shortText(static_cast<double>(shares[static_cast<std::size_t>(piece)])), m_shown.name(piece), m_shown.name(m_influence.piece));
    }
    return {};
}

qint64 mostInfluential(const LabInfluence& influence, std::size_t model) {
    if (model >= influence.shares.size() || influence.shares[model].empty()) return -1;
    const std::vector<float>& shares = influence.shares[model];
    if (shares.size() == 1) return 0;
    return std::max_element(shares.begin(), shares.end() - 1) - shares.begin();
}

}  // namespace ms
