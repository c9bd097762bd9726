#include "ui/models/series_source.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace ms {

bool isMissing(float value) {
    return std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(kMissingValue);
}

namespace {

/// In place; a token that was not captured stays missing. In float64: posteriors of one frame add up to one.
void softmax(std::span<float> values) {
    if (std::any_of(values.begin(), values.end(), isMissing)) return;
    const float largest = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (const float x : values) sum += std::exp(static_cast<double>(x - largest));
    for (float& x : values) x = static_cast<float>(std::exp(static_cast<double>(x - largest)) / sum);
}

}  // namespace

float subtracted(float value, float other) {
    return isMissing(value) || isMissing(other) ? kMissingValue : value - other;
}

SeriesSource SeriesSource::layers(std::shared_ptr<const CaptureStore> store, ProbePoint point, const ModelDims& dims,
                                  Reduction reduction) {
    SeriesSource source;
    source.m_store = std::move(store);
    source.m_point = point;
    source.m_reduction = reduction;
    source.m_rows = dims.n_layer;
    return source;
}

SeriesSource SeriesSource::channels(std::shared_ptr<const CaptureStore> store, ProbePoint point, LayerIndex layer,
                                    const ModelDims& dims) {
    SeriesSource source;
    source.m_store = std::move(store);
    source.m_point = point;
    source.m_reduction = Reduction::None;
    source.m_layer = layer;
    source.m_rows = source.m_width = dims.width(point, layer);
    return source;
}

void SeriesSource::setOrder(std::shared_ptr<const std::vector<int>> order) {
    m_order.reset();
    m_rowOrder.reset();
    m_rows = m_layer ? m_width : m_rows;
    if (!order || order->empty() || !m_layer) return;
    auto rows = std::make_shared<std::vector<int>>(static_cast<std::size_t>(m_width), -1);
    for (std::size_t r = 0; r < order->size(); ++r) {
        const int channel = (*order)[r];
        if (channel < 0 || channel >= m_width || (*rows)[static_cast<std::size_t>(channel)] >= 0) return;  // of another model
        (*rows)[static_cast<std::size_t>(channel)] = static_cast<int>(r);
    }
    m_rows = static_cast<qint64>(order->size());
    m_order = std::move(order);
    m_rowOrder = std::move(rows);
}

void SeriesSource::setBaseline(std::shared_ptr<const CaptureStore> baseline, Compare compare) {
    m_compare = baseline ? compare : Compare::Changed;
    m_baseline = std::move(baseline);
}

qint64 SeriesSource::channelOf(qint64 row) const {
    return m_order && row >= 0 && row < m_rows ? (*m_order)[static_cast<std::size_t>(row)] : row;
}

qint64 SeriesSource::rowOf(qint64 channel) const {
    return m_rowOrder && channel >= 0 && channel < m_width ? (*m_rowOrder)[static_cast<std::size_t>(channel)] : channel;
}

SeriesKey SeriesSource::key(qint64 row) const { return {m_point, m_layer ? *m_layer : LayerIndex(row), m_reduction}; }

void SeriesSource::readStore(const CaptureStore& store, qint64 first, qint64 count, std::span<float> out) const {
    if (m_layer) readChannels(store, first, count, out);
    else readLayers(store, first, count, out);
}

void SeriesSource::readChannels(const CaptureStore& store, qint64 first, qint64 count, std::span<float> out) const {
    const auto rows = static_cast<std::size_t>(m_rows), width = static_cast<std::size_t>(m_width);
    std::span<float> stored = out.first(static_cast<std::size_t>(count) * rows);
    if (m_order) {
        m_unordered.resize(static_cast<std::size_t>(count) * width);
        stored = m_unordered;
    }
    store.read(key(0), TokenPos(first), count, 0, m_width, stored);
    if (m_softmax)  // over all channels, also those that no row shows
        for (std::size_t at = 0; at < stored.size(); at += width) softmax(stored.subspan(at, width));
    if (!m_order) return;
    for (std::size_t t = 0; t < static_cast<std::size_t>(count); ++t)
        for (std::size_t r = 0; r < rows; ++r) out[t * rows + r] = stored[t * width + static_cast<std::size_t>((*m_order)[r])];
}

void SeriesSource::readLayers(const CaptureStore& store, qint64 first, qint64 count, std::span<float> out) const {
    m_column.resize(static_cast<std::size_t>(count));
    for (qint64 row = 0; row < m_rows; ++row) {
        store.read(key(row), TokenPos(first), count, 0, 1, m_column);
        for (qint64 t = 0; t < count; ++t)
            out[static_cast<std::size_t>(t * m_rows + row)] = m_column[static_cast<std::size_t>(t)];
    }
}

void SeriesSource::readCompared(qint64 first, qint64 count, std::span<float> out) const {
    readStore(m_compare == Compare::Baseline ? *m_baseline : *m_store, first, count, out);
    if (m_compare != Compare::Difference) return;
    std::vector<float> other(static_cast<std::size_t>(count * m_rows));
    readStore(*m_baseline, first, count, other);
    for (std::size_t i = 0; i < other.size(); ++i) out[i] = subtracted(out[i], other[i]);
}

void SeriesSource::read(qint64 first, qint64 count, std::span<float> out) const {
    readCompared(first, count, out);
    if (!m_difference) return;
    const auto rows = static_cast<std::size_t>(m_rows);
    m_other.assign(rows, kMissingValue);
    if (first > 0) {
        std::vector<float> before(rows);
        readCompared(first - 1, 1, before);
        m_other = std::move(before);
    }
    for (auto t = static_cast<std::size_t>(count); t-- > 0;)  // backwards: the row before is still as captured
        for (std::size_t r = 0; r < rows; ++r)
            out[t * rows + r] = subtracted(out[t * rows + r], t > 0 ? out[(t - 1) * rows + r] : m_other[r]);
}

void SeriesSource::readRow(qint64 row, qint64 first, qint64 count, std::span<float> out) const {
    if (m_softmax) {  // a value depends on the others of its token
        const auto rows = static_cast<std::size_t>(m_rows);
        std::vector<float> all(static_cast<std::size_t>(count) * rows);
        read(first, count, all);
        for (std::size_t t = 0; t < static_cast<std::size_t>(count); ++t) out[t] = all[t * rows + static_cast<std::size_t>(row)];
        return;
    }
    // Of a difference the token before is read along, into a scratch of one more.
    const qint64 before = m_difference && first > 0 ? 1 : 0;
    const auto tokens = static_cast<std::size_t>(count + before);
    const auto readFrom = [&](const CaptureStore& store) {
        std::vector<float> values(tokens);
        store.read(key(row), TokenPos(first - before), count + before, m_layer ? channelOf(row) : 0, 1, values);
        return values;
    };
    std::vector<float> values = readFrom(m_compare == Compare::Baseline ? *m_baseline : *m_store);
    if (m_compare == Compare::Difference) {
        const std::vector<float> other = readFrom(*m_baseline);
        for (std::size_t t = 0; t < tokens; ++t) values[t] = subtracted(values[t], other[t]);
    }
    for (qint64 t = 0; t < count; ++t) {
        const auto at = static_cast<std::size_t>(t + before);
        out[static_cast<std::size_t>(t)] =
            !m_difference ? values[at] : at > 0 ? subtracted(values[at], values[at - 1]) : kMissingValue;
    }
}

float SeriesSource::at(qint64 token, qint64 row) const {
    if (m_softmax) {
        float v = kMissingValue;
        if (token >= 0) readRow(row, token, 1, {&v, 1});
        return v;
    }
    const auto value = [&](const CaptureStore& store, qint64 t) {
        float v = kMissingValue;
        if (t >= 0) store.read(key(row), TokenPos(t), 1, m_layer ? channelOf(row) : 0, 1, {&v, 1});
        return v;
    };
    const auto compared = [&](qint64 t) {
        const float v = value(m_compare == Compare::Baseline ? *m_baseline : *m_store, t);
        return m_compare == Compare::Difference ? subtracted(v, value(*m_baseline, t)) : v;
    };
    return m_difference ? subtracted(compared(token), compared(token - 1)) : compared(token);
}

CaptureRequest SeriesSource::request() const {
    CaptureRequest request;
    request.point = m_point;
    request.reduction = m_reduction;
    if (m_layer && info(m_point).perLayer) request.layers = {*m_layer};
    return request;
}

}  // namespace ms
