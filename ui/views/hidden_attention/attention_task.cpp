#include "ui/views/hidden_attention/attention_task.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "ui/models/series_source.h"
#include "ui/views/base/captured_run.h"

namespace ms {

namespace {

constexpr std::size_t kRankedTokens = 10;

WeightSource sourceOf(const AttentionQuery& query) { return weightSourceOf(query.model, query.layer); }

std::vector<SeriesKey> keysOf(const AttentionQuery& query) {
    std::vector<SeriesKey> keys;
    for (const ProbePoint point : pointsOf(sourceOf(query))) keys.push_back({point, query.layer, Reduction::None});
    return keys;
}

RowReader captured(const AttentionQuery& query, ProbePoint point) { return readerOf(*query.store, {point, query.layer, Reduction::None}); }

/// Columns of a reader's rows from `from` on.
RowReader columnsOf(RowReader reader, std::int64_t from) {
    return [reader = std::move(reader), from](std::int64_t first, std::int64_t rows, std::int64_t column, std::int64_t columns, std::span<float> out) {
        return reader(first, rows, from + column, columns, out);
    };
}

/// What a scan's hidden attention is worked out from.
struct ScanInputs {
    std::vector<float> A;  // of a head, the same for all of its states
    AttentionInputs in;
};

ScanInputs inputsOf(const AttentionQuery& query, qint64 first, qint64 end) {
    const LayerDims layer = query.model->dims.layer(query.layer);
    const std::vector<float>& A = query.model->scan[static_cast<std::size_t>(query.layer.value)].A;
    ScanInputs inputs;
    AttentionInputs& in = inputs.in;
    in.first = first;
    in.tokens = end - first;
    in.d_inner = layer.d_inner;
    in.d_state = layer.d_state;
    in.A = A;
    in.B = captured(query, ProbePoint::B);
    in.C = captured(query, ProbePoint::C);
    in.dt = captured(query, ProbePoint::Dt);
    if (sourceOf(query) != WeightSource::ScanHeads) return inputs;
    // A head of Mamba-2 is one channel of Mamba-1 whose states all decay alike.
    const std::int64_t head = query.channel.value_or(0), group = head / (layer.n_heads / layer.n_groups);
    inputs.A.assign(static_cast<std::size_t>(layer.d_state), A[static_cast<std::size_t>(head)]);
    in.A = inputs.A;
    in.d_inner = 1;
    in.dt = columnsOf(std::move(in.dt), head);
    in.B = columnsOf(std::move(in.B), group * layer.d_state);
    in.C = columnsOf(std::move(in.C), group * layer.d_state);
    return inputs;
}

HeadAttentionInputs headsOf(const AttentionQuery& query, qint64 first, qint64 end) {
    const LayerDims layer = query.model->dims.layer(query.layer);
    return {first, end - first, layer.n_heads, layer.n_kv_heads, layer.head_dim, captured(query, ProbePoint::AttentionQuery),
            captured(query, ProbePoint::AttentionKey)};
}

ProgressCallback progressOf(const AttentionQuery& query) {
    if (!query.percent) return {};
    return [percent = query.percent, from = query.percentFrom, share = query.percentShare](const Progress& p) {
        if (p.total > 0) percent->store(from + static_cast<int>(share * p.current / p.total), std::memory_order_relaxed);
    };
}

AttentionOptions optionsOf(const AttentionQuery& query, const std::stop_token& stop) {
    AttentionOptions options;
    if (query.channel && sourceOf(query) == WeightSource::Channels) options.channels = std::span(&*query.channel, 1);
    options.form = query.form;
    options.stop = stop;
    options.progress = progressOf(query);
    return options;
}

HeadAttentionOptions headOptionsOf(const AttentionQuery& query, const std::stop_token& stop) {
    HeadAttentionOptions options;
    options.head = query.channel;
    options.stop = stop;
    options.progress = progressOf(query);
    return options;
}

/// One past the last token of which all that is needed has been captured.
qint64 capturedTo(const AttentionQuery& query, qint64 end) {
    for (const SeriesKey& key : keysOf(query)) {
        const auto series = query.store->find(key);
        end = std::min<qint64>(end, series ? series->end.value : 0);
    }
    return end;
}

Error nothingCaptured(const AttentionQuery& query) {
    const bool attends = sourceOf(query) == WeightSource::Attention;
    return {ErrorCode::NotFound, std::string(attends ? "queries and keys" : "Δ, B and C") + " of these tokens have not been captured yet"};
}

/// What rows [t0, t1) are divided by, from `first` on.
Result<std::shared_ptr<const RowSums>> rowSumsOf(const AttentionQuery& query, qint64 first, qint64 t0, qint64 t1, const std::stop_token& stop) {
    auto sums = std::make_shared<RowSums>();
    sums->layer = query.layer;
    sums->channel = query.channel;
    sums->t0 = t0;
    sums->t1 = t1;
    sums->first = first;
    if (sourceOf(query) == WeightSource::Attention) {
        MS_TRY(sums->values, headAttentionLogSums(headsOf(query, first, t1), t0, t1, headOptionsOf(query, stop)));
    } else {
        const ScanInputs inputs = inputsOf(query, first, t1);
        MS_TRY(sums->values, attentionRowSums(inputs.in, t0, t1, optionsOf(query, stop)));
    }
    return std::shared_ptr<const RowSums>(std::move(sums));
}

/// Rows [t0, t1) and columns [s0, s1), all captured. `sums` of these rows, where the form or the layer has some.
Result<std::vector<float>> valuesOf(const AttentionQuery& query, qint64 first, const TileWindow& part, const std::vector<double>& sums,
                                    const std::stop_token& stop) {
    if (sourceOf(query) == WeightSource::Attention) {
        HeadAttentionOptions options = headOptionsOf(query, stop);
        options.logSums = sums;
        return headAttentionTile(headsOf(query, first, part.t1), part.t0, part.t1, part.s0, part.s1, options);
    }
    AttentionOptions options = optionsOf(query, stop);
    options.rowSums = sums;
    const ScanInputs inputs = inputsOf(query, first, part.t1);
    return attentionTile(inputs.in, part.t0, part.t1, part.s0, part.s1, options);
}

}  // namespace

bool RowSums::holds(const AttentionQuery& query, qint64 from, qint64 begin, qint64 end) const {
    return layer == query.layer && channel == query.channel && first == from && t0 <= begin && t1 >= end;
}

std::vector<double> RowSums::of(qint64 begin, qint64 end) const {
    std::vector<double> some;
    const qint64 rows = t1 - t0;
    for (auto row = values.begin(); row != values.end(); row += rows) some.insert(some.end(), row + (begin - t0), row + (end - t0));
    return some;
}

Result<AttentionTile> attentionTileOf(const AttentionQuery& query, const TileWindow& window,
                                      std::shared_ptr<const RowSums> known, const std::stop_token& stop) {
    AttentionTile tile;
    tile.window = window;
    const auto [t0, t1, s0, s1] = window;
    const qint64 columns = s1 - s0;
    tile.values.assign(static_cast<std::size_t>((t1 - t0) * columns), kMissingValue);

    const bool divided = query.form == AttentionForm::RowNormalised || sourceOf(query) == WeightSource::Attention;
    const qint64 least = divided ? 0 : std::min(t0, s0), end = capturedTo(query, t1);
    const qint64 first = capturedFrom(*query.store, keysOf(query), end, std::min(least, end));
    const qint64 top = std::max({t0, s0, first}), left = std::max(s0, first), right = std::min(s1, end);
    if (std::max(t0, first) >= end) return nothingCaptured(query);
    tile.whole = end == t1 && first <= least;
    if (top >= end || left >= right) return tile;  // all of it is later than its queries

    std::vector<double> sums;
    if (divided) {
        if (!known || !known->holds(query, first, top, end)) {
            MS_TRY(known, rowSumsOf(query, first, top, end, stop));
        }
        sums = known->of(top, end);
        tile.rowSums = known;
    }
    MS_TRY(const std::vector<float> values, valuesOf(query, first, {top, end, left, right}, sums, stop));
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
    row.first = capturedFrom(*query.store, keysOf(query), token + 1);
    if (row.first > token) return nothingCaptured(query);
    if (sourceOf(query) == WeightSource::Attention) {
        MS_TRY(row.values, headAttentionTile(headsOf(query, row.first, token + 1), token, token + 1, row.first, token + 1, headOptionsOf(query, stop)));
    } else {
        const ScanInputs inputs = inputsOf(query, row.first, token + 1);
        MS_TRY(row.values, attentionRow(inputs.in, token, row.first, token + 1, optionsOf(query, stop)));
    }
    row.largest = rankTokens(row.values, row.first, kRankedTokens);
    return row;
}

}  // namespace ms
