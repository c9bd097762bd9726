#include "ui/views/hidden_attention/attention_task.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/models/series_source.h"
#include "ui/views/base/captured_run.h"

namespace ms {

namespace {

constexpr std::size_t kRankedTokens = 10;

std::array<SeriesKey, 3> keysOf(LayerIndex layer) {
    return {SeriesKey{ProbePoint::B, layer, Reduction::None}, SeriesKey{ProbePoint::C, layer, Reduction::None},
            SeriesKey{ProbePoint::Dt, layer, Reduction::None}};
}

AttentionInputs inputsOf(const AttentionQuery& query, qint64 first, qint64 end) {
    const auto keys = keysOf(query.layer);
    AttentionInputs in;
    in.first = first;
    in.tokens = end - first;
    in.d_inner = query.model->dims.d_inner;
    in.d_state = query.model->dims.d_state;
    in.A = query.model->scan[static_cast<std::size_t>(query.layer.value)].A;
    in.B = readerOf(*query.store, keys[0]);
    in.C = readerOf(*query.store, keys[1]);
    in.dt = readerOf(*query.store, keys[2]);
    return in;
}

AttentionOptions optionsOf(const AttentionQuery& query, const std::stop_token& stop) {
    AttentionOptions options;
    if (query.channel) options.channels = std::span(&*query.channel, 1);
    options.form = query.form;
    options.stop = stop;
    if (query.percent)
        options.progress = [percent = query.percent, from = query.percentFrom, share = query.percentShare](const Progress& p) {
            if (p.total > 0) percent->store(from + static_cast<int>(share * p.current / p.total), std::memory_order_relaxed);
        };
    return options;
}

/// One past the last token of which all that is needed has been captured.
qint64 capturedTo(const AttentionQuery& query, qint64 end) {
    for (const SeriesKey& key : keysOf(query.layer)) {
        const auto series = query.store->find(key);
        end = std::min<qint64>(end, series ? series->end.value : 0);
    }
    return end;
}

Error nothingCaptured() { return {ErrorCode::NotFound, "Δ, B and C of these tokens have not been captured yet"}; }

}  // namespace

Result<AttentionTile> attentionTileOf(const AttentionQuery& query, const TileWindow& window,
                                      std::shared_ptr<const RowSums> known, const std::stop_token& stop) {
    AttentionTile tile;
    tile.window = window;
    const auto [t0, t1, s0, s1] = window;
    const qint64 columns = s1 - s0;
    tile.values.assign(static_cast<std::size_t>((t1 - t0) * columns), kMissingValue);

    const bool normalised = query.form == AttentionForm::RowNormalised;
    const qint64 least = normalised ? 0 : std::min(t0, s0), end = capturedTo(query, t1);
    const qint64 first = capturedFrom(*query.store, keysOf(query.layer), end, std::min(least, end));
    const qint64 top = std::max({t0, s0, first}), left = std::max(s0, first), right = std::min(s1, end);
    if (std::max(t0, first) >= end) return nothingCaptured();
    tile.whole = end == t1 && first <= least;
    if (top >= end || left >= right) return tile;  // all of it is later than its queries

    const AttentionInputs in = inputsOf(query, first, end);
    AttentionOptions options = optionsOf(query, stop);
    std::vector<double> sums;
    if (normalised) {
        const bool holds = known && known->first == first && known->t0 <= top && known->t0 + static_cast<qint64>(known->values.size()) >= end;
        if (!holds) {
            auto computed = std::make_shared<RowSums>();
            computed->t0 = top;
            computed->first = first;
            MS_TRY(computed->values, attentionRowSums(in, top, end, options));
            known = computed;
        }
        sums.assign(known->values.begin() + (top - known->t0), known->values.begin() + (end - known->t0));
        options.rowSums = sums;
        tile.rowSums = known;
    }
    MS_TRY(const std::vector<float> values, attentionTile(in, top, end, left, right, options));
    for (qint64 t = top; t < end; ++t)
        for (qint64 s = left; s < std::min(right, t + 1); ++s) {
            const float v = values[static_cast<std::size_t>((t - top) * (right - left) + s - left)];
            tile.values[static_cast<std::size_t>((t - t0) * columns + s - s0)] = std::isnan(v) ? -kMissingValue : v;
        }
    return tile;
}

Result<AttentionTile> attentionTileDifference(const AttentionQuery& changed, const AttentionQuery& baseline, const TileWindow& window,
                                              const RunSums& known, const std::stop_token& stop) {
    AttentionQuery first = changed, second = baseline;
    first.percentShare = second.percentFrom = second.percentShare = 50;
    MS_TRY(AttentionTile tile, attentionTileOf(first, window, known.changed, stop));
    MS_TRY(AttentionTile other, attentionTileOf(second, window, known.baseline, stop));
    tile.changed = tile.values;
    tile.baseline = std::move(other.values);
    for (std::size_t i = 0; i < tile.values.size(); ++i) tile.values[i] = subtracted(tile.changed[i], tile.baseline[i]);
    tile.whole = tile.whole && other.whole;
    tile.baselineRowSums = std::move(other.rowSums);
    return tile;
}

Result<AttentionRow> attentionRowDifference(const AttentionQuery& changed, const AttentionQuery& baseline, qint64 token,
                                            const std::stop_token& stop) {
    MS_TRY(AttentionRow row, attentionRowOf(changed, token, stop));
    MS_TRY(AttentionRow other, attentionRowOf(baseline, token, stop));
    const qint64 first = std::max(row.first, other.first);
    const auto from = [first](const AttentionRow& r) {
        return std::vector<float>(r.values.begin() + (first - r.first), r.values.end());
    };
    row.changed = from(row);
    row.baseline = from(other);
    row.first = first;
    row.values = row.changed;
    for (std::size_t i = 0; i < row.values.size(); ++i) row.values[i] -= row.baseline[i];
    row.largest = rankTokens(row.values, first, kRankedTokens);
    return row;
}

Result<AttentionRow> attentionRowOf(const AttentionQuery& query, qint64 token, const std::stop_token& stop) {
    AttentionRow row;
    row.token = token;
    row.layer = query.layer;
    row.channel = query.channel;
    row.form = query.form;
    row.first = capturedFrom(*query.store, keysOf(query.layer), token + 1);
    if (row.first > token) return nothingCaptured();
    const AttentionInputs in = inputsOf(query, row.first, token + 1);
    MS_TRY(row.values, attentionRow(in, token, row.first, token + 1, optionsOf(query, stop)));
    row.largest = rankTokens(row.values, row.first, kRankedTokens);
    return row;
}

}  // namespace ms
