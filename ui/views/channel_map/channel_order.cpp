#include "ui/views/channel_map/channel_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/analysis/similarity.h"
#include "engine/analysis/time_scales.h"

namespace ms {

namespace {

constexpr qint64 kReadTokens = 256;
/// similarityOrder compares longer courses by their means over so many spans: made here, a piece at a time, they need
/// not fit into memory whole.
constexpr qint64 kSpans = 256;

Error nothingCaptured() { return {ErrorCode::NotFound, "no values of these tokens have been captured"}; }

/// Means over [first, end), NaN left out, NaN where there is nothing else: [channels].
Result<std::vector<float>> means(const SeriesSource& source, qint64 first, qint64 end, const std::stop_token& stop) {
    const auto channels = static_cast<std::size_t>(source.rows());
    std::vector<double> sums(channels);
    std::vector<qint64> counts(channels);
    std::vector<float> values;
    for (qint64 token = first; token < end; token += kReadTokens) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "sorting was cancelled"};
        const qint64 count = std::min(kReadTokens, end - token);
        values.resize(static_cast<std::size_t>(count) * channels);
        source.read(token, count, values);
        for (std::size_t i = 0, c = 0; i < values.size(); ++i, c = c + 1 == channels ? 0 : c + 1) {
            if (std::isnan(values[i])) continue;
            sums[c] += static_cast<double>(values[i]);
            ++counts[c];
        }
    }
    std::vector<float> result(channels, kMissingValue);
    for (std::size_t c = 0; c < channels; ++c)
        if (counts[c] > 0) result[c] = static_cast<float>(sums[c] / static_cast<double>(counts[c]));
    return result;
}

/// [channels, spans]
Result<std::vector<float>> courses(const SeriesSource& source, TokenRange range, const std::stop_token& stop) {
    const qint64 tokens = range.end - range.first, spans = std::min(tokens, kSpans), channels = source.rows();
    std::vector<float> result(static_cast<std::size_t>(channels * spans));
    for (qint64 s = 0; s < spans; ++s) {
        MS_TRY(const std::vector<float> span,
               means(source, range.first + s * tokens / spans, range.first + (s + 1) * tokens / spans, stop));
        for (qint64 c = 0; c < channels; ++c)
            result[static_cast<std::size_t>(c * spans + s)] = span[static_cast<std::size_t>(c)];
    }
    return result;
}

bool allNan(const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float v) { return std::isnan(v); });
}

std::vector<int> narrowed(const std::vector<std::int64_t>& order) { return {order.begin(), order.end()}; }

}  // namespace

QString settingsKey(ChannelSort sort) {
    switch (sort) {
        case ChannelSort::Index:
            return QStringLiteral("index");
        case ChannelSort::Mean:
            return QStringLiteral("mean");
        case ChannelSort::Value:
            return QStringLiteral("value");
        case ChannelSort::HalfLife:
            return QStringLiteral("half_life");
        case ChannelSort::Similarity:
            return QStringLiteral("similarity");
    }
    return {};
}

Result<std::vector<int>> channelOrder(const OrderQuery& query, const std::stop_token& stop) {
    const qint64 channels = query.source.rows();
    std::vector<float> values;
    switch (query.sort) {
        case ChannelSort::Index: {
            std::vector<int> order(static_cast<std::size_t>(channels));
            std::iota(order.begin(), order.end(), 0);
            return order;
        }
        case ChannelSort::Mean: {
            MS_TRY(values, means(query.source, query.range.first, query.range.end, stop));
            break;
        }
        case ChannelSort::Value:
            values.assign(static_cast<std::size_t>(channels), kMissingValue);
            if (query.token >= 0) query.source.read(query.token, 1, values);
            break;
        case ChannelSort::HalfLife: {
            MS_TRY(const std::vector<float> steps, means(query.steps, query.range.first, query.range.end, stop));
            if (!allNan(steps)) values = channelHalfLives(steps, query.A, query.d_state);
            break;
        }
        case ChannelSort::Similarity: {
            MS_TRY(values, courses(query.source, query.range, stop));
            if (allNan(values)) return nothingCaptured();
            return narrowed(similarityOrder(values, channels));
        }
    }
    if (values.empty() || allNan(values)) return nothingCaptured();
    return narrowed(orderByValue(values));
}

}  // namespace ms
