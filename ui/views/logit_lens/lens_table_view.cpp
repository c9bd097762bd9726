#include "ui/views/logit_lens/lens_table_view.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>

#include "ui/style/appearance.h"
#include "ui/views/logit_lens/lens_table_model.h"

namespace ms {

namespace {

/// Keeps the cell's colour when it is selected: the colour is the value.
class LensDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QStyleOptionViewItem cell = option;
        initStyleOption(&cell, index);
        const QBrush back = cell.backgroundBrush.style() == Qt::NoBrush ? option.palette.brush(QPalette::Base) : cell.backgroundBrush;
        painter->fillRect(option.rect, back);
        const QVariant ink = index.data(Qt::ForegroundRole);
        painter->setPen(ink.isValid() ? ink.value<QColor>() : option.palette.color(QPalette::Text));
        QFont font = cell.font;
        const bool mark = index.data(LensTableModel::kMarkRole).toBool();
        font.setBold(mark);
        font.setUnderline(mark);
        painter->setFont(font);
        const QRect text = option.rect.adjusted(5, 0, -5, 0);
        painter->drawText(text, static_cast<int>(cell.displayAlignment), QFontMetrics(font).elidedText(cell.text, Qt::ElideRight, text.width()));
        if (!option.state.testFlag(QStyle::State_Selected)) return;
        const PlotColours colours = plotColours(option.palette);
        const QRect box = option.rect;
        painter->setPen(QPen(option.palette.color(QPalette::Highlight), 2));
        painter->drawLine(box.left(), box.top() + 1, box.right(), box.top() + 1);
        painter->drawLine(box.left(), box.bottom(), box.right(), box.bottom());
        if (!option.state.testFlag(QStyle::State_HasFocus)) return;
        painter->setPen(colours.cursorEdge);
        painter->drawRect(box.adjusted(0, 0, -1, -1));
        painter->setPen(colours.cursor);
        painter->drawRect(box.adjusted(1, 1, -2, -2));
    }
};

}  // namespace

LensTableView::LensTableView(LensTableModel* model, QWidget* parent) : QTableView(parent), m_model(model) {
    setModel(model);
    setItemDelegate(new LensDelegate(this));
    setMouseTracking(true);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setTabKeyNavigation(false);
    setWordWrap(false);
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollMode(ScrollPerPixel);
    setContextMenuPolicy(Qt::NoContextMenu);  // the view's own comes instead
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    horizontalHeader()->setHighlightSections(false);
    fitFont();
    connect(model, &QAbstractItemModel::modelReset, this, [this] {
        layoutColumns();
        if (m_figure) updateGeometry();
    });
    connect(model, &QAbstractItemModel::dataChanged, this, &LensTableView::readoutChanged);
}

void LensTableView::fitFont() {
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 4);
    verticalHeader()->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("state")) + 14);
    horizontalHeader()->setFixedHeight(fontMetrics().height() + 6);
}

void LensTableView::changeEvent(QEvent* event) {
    QTableView::changeEvent(event);
    if (event->type() != QEvent::FontChange) return;
    fitFont();
    layoutColumns();
}

QSize LensTableView::minimumSizeHint() const {
    if (!m_figure) return QTableView::minimumSizeHint();
    int width = verticalHeader()->width();
    for (int column = 0; column < m_model->columnCount(); ++column)
        width += column < LensTableModel::FirstGuess ? columnWidth(column) : leastGuess();
    return {width + 2 * frameWidth(), horizontalHeader()->height() + m_model->rowCount() * verticalHeader()->defaultSectionSize() + 2 * frameWidth()};
}

void LensTableView::layoutColumns() {
    const int columns = m_model->columnCount(), guesses = columns - LensTableModel::FirstGuess;
    if (guesses <= 0) return;
    const QFontMetrics m = fontMetrics();
    int used = 0;
    const auto set = [&](int column, const QString& widest) {
        const int width = m.horizontalAdvance(widest) + 14;
        setColumnWidth(column, width);
        used += width;
    };
    set(LensTableModel::Entropy, QStringLiteral("00.00"));
    set(LensTableModel::NextProbability, QStringLiteral("0.00e−00"));
    set(LensTableModel::NextRank, QStringLiteral("00 000"));
    const int width = std::clamp((viewport()->width() - used) / guesses, leastGuess(), 18 * m.averageCharWidth());
    for (int g = 0; g < guesses; ++g) setColumnWidth(LensTableModel::FirstGuess + g, width);
}

/// Without scroll bars, and, unless marks are wanted, without the row of the selected layer.
void LensTableView::setFigureStyle(const FigureStyle& style) {
    m_figure = true;
    updateGeometry();
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // The program's style sheet knows the program's colours only.
    const QPalette p = palette();
    const QString section = QStringLiteral("QHeaderView, QHeaderView::section, QTableCornerButton::section { background: transparent; color: %1; border: none; } "
                                           "QHeaderView::section { border-bottom: 1px solid %2; padding: 2px 4px; }")
                                .arg(p.color(QPalette::Text).name(), p.color(QPalette::Mid).name());
    for (QHeaderView* header : {horizontalHeader(), verticalHeader()}) header->setStyleSheet(section);
    if (!style.marks) setSelectionMode(NoSelection);
    if (!style.marks) clearSelection();
}

void LensTableView::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    layoutColumns();
}

QString LensTableView::readout() const {
    const QModelIndex index = m_hovered.isValid() ? QModelIndex(m_hovered) : currentIndex();
    return index.data(LensTableModel::kReadoutRole).toString();
}

void LensTableView::showLayer(qint64 layer) {
    if (m_model->layerOf(currentIndex().row()) == layer) return;
    const int row = m_model->rowOf(layer);
    m_following = true;
    if (row < 0) setCurrentIndex({});
    else setCurrentIndex(m_model->index(row, std::max(currentIndex().column(), static_cast<int>(LensTableModel::FirstGuess))));
    m_following = false;
}

void LensTableView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QTableView::currentChanged(current, previous);
    if (!m_following && current.isValid()) Q_EMIT layerChosen(m_model->layerOf(current.row()));
    Q_EMIT readoutChanged();
}

bool LensTableView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::MouseMove || event->type() == QEvent::Leave) {
        m_hovered = event->type() == QEvent::Leave ? QModelIndex() : indexAt(static_cast<QMouseEvent*>(event)->position().toPoint());
        Q_EMIT readoutChanged();
    }
    return QTableView::viewportEvent(event);
}

void LensTableView::keyPressEvent(QKeyEvent* event) {
    // Copy belongs to the view around the table: it copies the read-out, not the bare cell.
    if (event->matches(QKeySequence::Copy)) return event->ignore();
    if (event->key() == Qt::Key_Space) return Q_EMIT runPauseRequested();
    QTableView::keyPressEvent(event);
}

}  // namespace ms
