// What the hidden attention view computes, and when.
#include <QCheckBox>
#include <QComboBox>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/models/layer_tree_model.h"
#include "ui/models/series_source.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/plot/matrix_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/base/cell_readout.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/hidden_attention/hidden_attention_view.h"
#include "ui/views/hidden_attention/row_curve.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
/// Captures that take more than this are worth a word.
constexpr quint64 kLargeCapture = 100'000'000;
}  // namespace

void HiddenAttentionView::follow() {
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &HiddenAttentionView::setSettings);
    connect(&context().selection, &Selection::tokenChanged, this, &HiddenAttentionView::tokenChanged);
    connect(&m_tilePace, &Pace::due, this, &HiddenAttentionView::computeTile);
    connect(&m_rowPace, &Pace::due, this, &HiddenAttentionView::computeRow);
    connect(&m_tilePace, &Pace::slow, this, [this] {
        m_progress.start();
        m_cancel->show();
        showNote();
    });
    connect(&m_rowPace, &Pace::slow, this, [this] {
        m_cancel->show();
        m_rowTitle->setText(tr("computing the row…"));
    });
    connect(&m_progress, &QTimer::timeout, this, &HiddenAttentionView::showNote);
}

QString HiddenAttentionView::emptyText(const QString& why) const {
    return emptyTextFor(tr("This model has no layers."), why, tr("Computing…"));
}

std::optional<AttentionQuery> HiddenAttentionView::query(Compare run) const {
    AttentionQuery query{run == Compare::Baseline ? context().baseline : context().store, model(), layer(), {}, form(), {}};
    if (attends()) query.form = AttentionForm::Signed;  // as they are
    if (hasHeads()) {
        if (m_heads->value() >= 0) query.channel = m_heads->value();
        return query;
    }
    query.channel = wantedChannel();
    if (query.channel == -1) return {};
    return query;
}

/// Of a difference: what is subtracted.
std::optional<AttentionQuery> HiddenAttentionView::otherRun() const {
    return compare() == Compare::Difference ? query(Compare::Baseline) : std::nullopt;
}

void HiddenAttentionView::updateSource() {
    const QSignalBlocker quiet(m_heads);
    m_heads->setRange(attends() ? -1 : 0, hasHeads() ? static_cast<int>(model()->dims.layer(layer()).n_heads) - 1 : 0);
    m_heads->setSpecialValueText(attends() ? tr("mean of heads") : QString());
    m_heads->setValue(static_cast<int>(m_head));
    m_heads->setVisible(hasHeads());
    m_forms->setVisible(!attends());
    channelOnly()->setVisible(!hasHeads());
    if (source() == m_source) return;
    m_source = source();
    clear({});
    clearRow({});
}

void HiddenAttentionView::modelChanged() {
    LayerTokenView::modelChanged();
    updateSource();
    for (int i = 0; i < m_sizes->count(); ++i)
        m_sizes->setItemText(i, (model() && model()->speech ? tr("%1 frames") : tr("%1 tokens")).arg(m_sizes->itemData(i).toLongLong()));
    stopAll();
    m_rowSums = {};
    m_follows = true;
    clear({});
    choose(true, true);
}

void HiddenAttentionView::chosen(Choice choice) {
    m_rowSums = {};
    if (choice == Choice::Layer) updateSource();
    choose(true, true);
}

void HiddenAttentionView::choose(bool tile, bool row) {
    if (!isActive() || !model() || model()->scan.empty()) return;
    if (tile) m_tilePace.choose();
    if (row) m_rowPace.choose();
}

void HiddenAttentionView::activeChanged() {
    if (isActive()) choose(true, true);
    else stopAll();
}

void HiddenAttentionView::stopAll() {
    m_tileTask.cancel();
    m_rowTask.cancel();
    m_tilePace.stop();
    m_rowPace.stop();
    m_progress.stop();
    m_cancel->hide();
}

void HiddenAttentionView::cancel() {
    stopAll();
    m_cancelled = true;
    m_rowTitle->setText(m_row ? tr("What %1 reads").arg(tokenText(m_row->token)) : QString());
    showNote();
}

void HiddenAttentionView::dataChanged(qint64 first, qint64 end) {
    const qint64 count = context().tokens.size();
    if (end > count) {  // the session began anew, or returned to an earlier token
        m_rowSums = {};
        const bool gone = (m_tile && m_tile->window.t1 > count) || (m_row && m_row->token >= count);
        if (gone || count == 0) {
            stopAll();
            m_follows = true;
            clear({});
        }
    }
    if (count == 0 || !isActive() || !model() || m_cancelled) return;
    const bool newest = context().selection.token() < 0;
    if (!m_tile || (newest && m_follows) || !m_tile->whole || first < m_tile->window.t1) m_tilePace.refresh();
    if (!m_row || newest || m_row->first > 0 || first <= m_row->token) m_rowPace.refresh();
}

void HiddenAttentionView::centre() {
    m_follows = true;
    const qint64 count = context().tokens.size();
    if (count == 0) return;
    place(windowAround(cursorToken(), tileSize(), count));
    choose(true, false);
}

void HiddenAttentionView::place(const QRectF& window) {
    m_window = window;
    m_placing = true;
    m_plot->setVisibleCells(window);
    m_placing = false;
    updateLabels();
}

/// The user zoomed or panned.
void HiddenAttentionView::moved() {
    if (m_placing || !m_plot->matrix()) return;
    const qint64 count = m_plot->matrix()->rows;
    m_follows = false;
    place(keptSmall(m_plot->visibleCells(), count));
    if (!m_tile || !m_tile->window.contains(tileOf(m_window, count))) choose(true, false);
}

void HiddenAttentionView::tokenChanged() {
    m_keyColumn = -1;
    const qint64 token = context().selection.token(), count = context().tokens.size();
    const bool seen = token >= 0 && !m_window.isEmpty() && static_cast<double>(token) >= m_window.top() &&
                      static_cast<double>(token + 1) <= m_window.bottom();
    markCursor();
    if (!seen && count > 0) {
        m_follows = true;
        if (m_plot->matrix()) place(windowAround(cursorToken(), tileSize(), std::min(count, m_plot->matrix()->rows)));
    } else {
        m_follows = false;  // the window stays where the cursor is seen
    }
    choose(!seen, true);
}

void HiddenAttentionView::markCursor() { m_plot->setCursorCell(cursorToken(), m_keyColumn); }

void HiddenAttentionView::computeTile() {
    m_cancelled = false;
    const qint64 count = context().tokens.size();
    if (!model() || model()->scan.empty() || count == 0) return clear({});
    if (const QString lacks = whyNoWeights(model(), layer()); !lacks.isEmpty()) return clear(lacks);
    auto asked = query(compare() == Compare::Baseline ? Compare::Baseline : Compare::Changed);
    if (!asked) return clear(selectChannelText());
    if (m_follows || m_window.isEmpty()) m_window = windowAround(cursorToken(), tileSize(), count);
    else m_window = keptSmall(m_window, count);
    m_percent = std::make_shared<std::atomic<int>>(0);
    asked->percent = m_percent;
    auto other = otherRun();
    if (other) other->percent = m_percent;
    m_tilePace.started();
    m_tileTask.start([changed = *asked, other, window = tileOf(m_window, count), known = m_rowSums](const std::stop_token& stop) {
        return other ? attentionTileDifference(changed, *other, window, known, stop) : attentionTileOf(changed, window, known.changed, stop);
    }, [this, compare = compare()](Result<AttentionTile> result) {
        if (compare == this->compare()) showTile(std::move(result));  // else another is on its way
    });
}

void HiddenAttentionView::computeRow() {
    const qint64 token = cursorToken();
    if (!model() || model()->scan.empty() || token < 0) return clearRow({});
    if (source() == WeightSource::None) return clearRow({});
    const auto asked = query(compare() == Compare::Baseline ? Compare::Baseline : Compare::Changed);
    if (!asked) return clearRow(tr("No channel is selected."));
    m_rowPace.started();
    m_rowTask.start([changed = *asked, other = otherRun(), token](const std::stop_token& stop) {
        return other ? attentionRowDifference(changed, *other, token, stop) : attentionRowOf(changed, token, stop);
    }, [this, compare = compare()](Result<AttentionRow> result) {
        if (compare == this->compare()) showRow(std::move(result));
    });
}

void HiddenAttentionView::showTile(Result<AttentionTile> result) {
    m_tilePace.finished();
    m_progress.stop();
    if (!m_rowTask.running()) m_cancel->hide();
    if (!result) return clear(tr("Nothing to show yet: %1.").arg(utf8(result.error().message)));
    m_tile = std::move(*result);
    m_tileCompare = compare();
    if (m_tile->rowSums) m_rowSums.changed = m_tile->rowSums;
    if (m_tile->baselineRowSums) m_rowSums.baseline = m_tile->baselineRowSums;
    updateForm();
    CellReadout::Details details;
    if (m_tileCompare == Compare::Difference) details = [this](qint64 query, qint64 key) { return detailsOf(query, key); };
    m_readout->setDetails(details);
    auto matrix = std::make_shared<Matrix>();
    matrix->rows = matrix->columns = context().tokens.size();
    const TileWindow& w = m_tile->window;
    matrix->part = MatrixPart{w.t0, w.t1 - w.t0, w.s0, w.s1 - w.s0, w.t1 - w.t0, w.s1 - w.s0};
    matrix->values = m_tile->values;
    m_placing = true;  // another count of tokens shows all of them for a moment
    m_plot->setMatrix(matrix);
    m_placing = false;
    place(m_window);
    markCursor();
    showNote();
}

void HiddenAttentionView::showRow(Result<AttentionRow> result) {
    m_rowPace.finished();
    if (!m_tileTask.running()) m_cancel->hide();
    if (!result) return clearRow(tr("Nothing to show yet."));
    m_row = std::move(*result);
    m_rowTitle->setText(m_row->first == 0 ? tr("What %1 reads").arg(tokenText(m_row->token))
                                          : tr("What %1 reads, from %2 on").arg(tokenText(m_row->token), names().place(m_row->first)));
    m_curve->setRow(m_row->values, m_row->first);
    chips()->show(m_row->largest);
}

void HiddenAttentionView::clear(const QString& why) {
    if (m_tileTask.running()) {
        m_tileTask.cancel();
        m_tilePace.stop();
        m_progress.stop();
    }
    m_tile.reset();
    m_window = {};
    updateForm();
    m_placing = true;
    m_plot->setMatrix(nullptr);
    m_placing = false;
    m_plot->setEmptyText(emptyText(why));
    if (!model() || context().tokens.size() == 0) clearRow({});
    showNote();
}

void HiddenAttentionView::clearRow(const QString& why) {
    if (m_rowTask.running()) {
        m_rowTask.cancel();
        m_rowPace.stop();
    }
    m_row.reset();
    m_rowTitle->setText({});
    m_curve->clearRow();
    m_curve->setEmptyText(why);
    chips()->show(std::vector<RankedToken>{});
}

QString HiddenAttentionView::capturedText() const {
    if (source() == WeightSource::None) return {};
    const ModelDims& dims = model()->dims;
    const qint64 width = attends() ? dims.width(ProbePoint::AttentionQuery, layer()) + dims.width(ProbePoint::AttentionKey, layer())
                                   : dims.width(ProbePoint::Dt, layer());
    const auto bytes = static_cast<quint64>(context().tokens.size() * width) * sizeof(float);
    if (bytes < kLargeCapture) return {};
    return (attends() ? tr("captured queries and keys of this layer: %1") : tr("captured Δ of this layer: %1")).arg(formatBytes(bytes));
}

void HiddenAttentionView::showNote() {
    const QString computing = !m_progress.isActive() ? QString() : m_percent && *m_percent > 0 ? tr("computing… %1 %").arg(m_percent->load()) : tr("computing…");
    m_plot->setNote(computing);
    QStringList parts;
    if (!computing.isEmpty()) parts << computing;
    if (m_cancelled) parts << tr("cancelled");
    if (m_tile) {
        const TileWindow& w = m_tile->window;
        parts << tr("queries %1 to %2, keys %3 to %4").arg(names().shortPlace(w.t0), names().shortPlace(w.t1 - 1), names().shortPlace(w.s0), names().shortPlace(w.s1 - 1));
        if (m_tile->rowSums && m_tile->rowSums->first > 0) parts << tr("sums from %1 on").arg(names().place(m_tile->rowSums->first));
    }
    if (const QString captured = capturedText(); !captured.isEmpty()) parts << captured;
    setNote(parts);
}

}  // namespace ms
