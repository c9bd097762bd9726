#include "ui/lab/compare_table.h"

#include <QEvent>
#include <QHeaderView>
#include <QPixmap>
#include <algorithm>
#include <cmath>
#include <string>

#include "engine/export/number_table.h"
#include "ui/lab/comparison.h"
#include "ui/lab/influence_strip.h"
#include "ui/models/layer_tree_model.h"
#include "ui/plot/curve.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

constexpr int kSwatch = 10;
constexpr int kWidestName = 200;
constexpr int kRowPadding = 6;
constexpr int kMostRows = 4;  // shown without scrolling
const QString kNothing = QStringLiteral("—");

QString decimals(double value, int count) { return std::isfinite(value) ? QString::number(value, 'f', count) : kNothing; }

void appendField(std::string& line, const QString& text) {
    if (!line.empty()) line += ',';
    appendCsvField(line, text.toStdString());
}

QString numberField(double value) { return std::isfinite(value) ? QString::number(value, 'g', 9) : QString(); }

}  // namespace

CompareTable::CompareTable(QWidget* parent) : QTableWidget(parent) {
    setObjectName(QStringLiteral("labCompareTable"));
    setAccessibleName(tr("What each model made of the piece at the cursor, and of all"));
    setEditTriggers(NoEditTriggers);
    setColumnCount(ColumnCount);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + kRowPadding);
    setTabKeyNavigation(false);
    verticalHeader()->setMaximumWidth(kWidestName);
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
}

QSize CompareTable::sizeHint() const {
    const int rows = std::clamp(rowCount(), 1, kMostRows);
    return {QTableWidget::sizeHint().width(), horizontalHeader()->sizeHint().height() + rows * verticalHeader()->defaultSectionSize() + 2 * frameWidth() + 2};
}

void CompareTable::show(const Comparison& shown, qint64 piece, TokenRange range, const LabInfluence& influence) {
    const auto models = static_cast<int>(shown.models());
    if (rowCount() != models) {
        setRowCount(models);
        updateGeometry();
    }
    setHorizontalHeaderLabels({tr("surprisal / bits"), tr("state held"), tr("kept"), tr("most influence from"), shown.readsIds() ? tr("bits per token") : tr("bits per byte"),
                               tr("tokens"), tr("state at the end")});
    const QString over = range.empty() ? tr("Mean over all that was read, but for pieces that a model had nothing to predict from")
                                       : tr("Mean over pieces %1 to %2").arg(range.first).arg(range.end - 1);
    for (int row = 0; row < models; ++row) {
        const auto model = static_cast<std::size_t>(row);
        auto* name = new QTableWidgetItem(shown.names()[row]);
        name->setToolTip(shown.names()[row]);
        setVerticalHeaderItem(row, name);
        const LabReading* at = shown.at(model, piece);
        const LabReading* last = shown.at(model, shown.piecesRead() - 1);
        const qint64 most = influence.piece == piece ? mostInfluential(influence, model) : -1;
        const bool without = influence.piece == piece && model < influence.shares.size() && influence.shares[model].empty();
        const Comparison::Totals totals = shown.totals(model, range);
        set(row, Surprisal, at != nullptr ? decimals(at->surprisalBits, 2) : kNothing);
        set(row, State, at != nullptr ? formatBytes(at->stateBytes) : kNothing);
        set(row, Kept, at != nullptr ? decimals(at->kept, 3) : kNothing, tr("Share of its memory that the model kept over the piece, mean over channels and layers"));
        const float share = most >= 0 ? influence.shares[model][static_cast<std::size_t>(most)] : 0;
        set(row, Influential, most >= 0 ? tr("%1, share %2").arg(shown.name(most), shortText(static_cast<double>(share))) : kNothing,
            without ? influence.why[row] : tr("The earlier piece with the largest share in the output at the cursor"));
        set(row, BitsPerUnit, decimals(shown.readsIds() ? totals.bitsPerToken() : totals.bitsPerByte(), 3), over);
        set(row, Tokens, groupedText(totals.tokens), over);
        set(row, FinalState, last != nullptr ? formatBytes(last->stateBytes) : kNothing);
    }
    drawSwatches();
}

void CompareTable::set(int row, Column column, const QString& text, const QString& toolTip) {
    if (item(row, column) == nullptr) {
        auto* made = new QTableWidgetItem;
        made->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        setItem(row, column, made);
    }
    item(row, column)->setText(text);
    item(row, column)->setToolTip(toolTip);
}

/// The colours of the curves.
void CompareTable::drawSwatches() {
    for (int row = 0; row < rowCount(); ++row) {
        QPixmap swatch(kSwatch, kSwatch);
        swatch.fill(curveColour(row, isDark(palette())));
        if (verticalHeaderItem(row) != nullptr) verticalHeaderItem(row)->setIcon(swatch);
    }
}

void CompareTable::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) drawSwatches();
    QTableWidget::changeEvent(event);
}

QString CompareTable::csv() const {
    std::string all, line;
    appendField(line, tr("model"));
    for (int column = 0; column < columnCount(); ++column) appendField(line, horizontalHeaderItem(column)->text());
    all = line + '\n';
    for (int row = 0; row < rowCount(); ++row) {
        line.clear();
        appendField(line, verticalHeaderItem(row)->text());
        for (int column = 0; column < columnCount(); ++column) appendField(line, item(row, column)->text() == kNothing ? QString() : item(row, column)->text());
        all += line + '\n';
    }
    return QString::fromStdString(all);
}

QString readingsCsv(const Comparison& shown) {
    std::string all = "piece,text,model,surprisal_bits,state_bytes,kept\n";
    for (qint64 piece = 0; piece < shown.piecesRead(); ++piece)
        for (std::size_t model = 0; model < shown.models(); ++model) {
            const LabReading& r = *shown.at(model, piece);
            std::string line;
            appendField(line, QString::number(piece));
            appendField(line, shown.rawText(piece));
            appendField(line, shown.names()[static_cast<qsizetype>(model)]);
            appendField(line, numberField(r.surprisalBits));
            appendField(line, QString::number(r.stateBytes));
            appendField(line, numberField(r.kept));
            all += line + '\n';
        }
    return QString::fromStdString(all);
}

}  // namespace ms
