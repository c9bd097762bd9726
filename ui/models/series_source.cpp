#include "ui/models/series_source.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace ms {

bool isMissing(float value) {
    return std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(kMissingValue);
}

SeriesSource SeriesSource::layers(std::shared_ptr<const CaptureStore> store, ProbePoint point, const ModelDims& dims) {
    SeriesSource source;
    source.m_store = std::move(store);
    source.m_point = point;
    source.m_rows = dims.n_layer;
    return source;
}

SeriesSource SeriesSource::channels(std::shared_ptr<const CaptureStore> store, ProbePoint point, LayerIndex layer,
                                    const ModelDims& dims) {
    SeriesSource source;
    source.m_store = std::move(store);
    source.m_point = point;
    source.m_layer = layer;
    source.m_rows = rowWidth(point, dims);
    return source;
}

SeriesKey SeriesSource::key(qint64 row) const {
    if (m_layer) return {m_point, *m_layer, Reduction::None};
    return {m_point, LayerIndex(row), Reduction::MeanChannels};
}

void SeriesSource::read(qint64 first, qint64 count, std::span<float> out) const {
    if (m_layer) {
        const auto whole = out.first(static_cast<std::size_t>(count * m_rows));
        m_store->read(key(0), TokenPos(first), count, 0, m_rows, whole);
        return;
    }
    m_column.resize(static_cast<std::size_t>(count));
    for (qint64 row = 0; row < m_rows; ++row) {
        m_store->read(key(row), TokenPos(first), count, 0, 1, m_column);
        for (qint64 t = 0; t < count; ++t)
            out[static_cast<std::size_t>(t * m_rows + row)] = m_column[static_cast<std::size_t>(t)];
    }
}

float SeriesSource::at(qint64 token, qint64 row) const {
    float value = kMissingValue;
    m_store->read(key(row), TokenPos(token), 1, m_layer ? row : 0, 1, {&value, 1});
    return value;
}

CaptureRequest SeriesSource::request() const {
    CaptureRequest request;
    request.point = m_point;
    request.reduction = m_layer ? Reduction::None : Reduction::MeanChannels;
    if (m_layer) request.layers = {*m_layer};
    return request;
}

}  // namespace ms
