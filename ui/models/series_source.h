// A matrix of captured values for one view: rows (layers, or the channels of one layer) by tokens.
#pragma once

#include <QtGlobal>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/probe/capture_store.h"
#include "engine/probe/model_dims.h"

namespace ms {

/// True for a value nobody captured: the store answers those with the quiet NaN of the language. Arithmetic on the
/// devices we run on makes NaNs with another bit pattern, which must be shown as what they are.
[[nodiscard]] bool isMissing(float value);
inline constexpr float kMissingValue = std::numeric_limits<float>::quiet_NaN();

class SeriesSource {
public:
    SeriesSource() = default;
    /// All layers: one row per layer, the mean over its channels.
    static SeriesSource layers(std::shared_ptr<const CaptureStore> store, ProbePoint point, const ModelDims& dims);
    /// One layer: one row per channel.
    static SeriesSource channels(std::shared_ptr<const CaptureStore> store, ProbePoint point, LayerIndex layer,
                                 const ModelDims& dims);

    [[nodiscard]] qint64 rows() const { return m_rows; }
    [[nodiscard]] ProbePoint point() const { return m_point; }
    [[nodiscard]] std::optional<LayerIndex> layer() const { return m_layer; }
    [[nodiscard]] explicit operator bool() const { return m_store && m_rows > 0; }

    /// Values of tokens [first, first + count), token by token: out [count, rows]. Missing ones are kMissingValue.
    void read(qint64 first, qint64 count, std::span<float> out) const;
    /// One value, exactly as captured.
    [[nodiscard]] float at(qint64 token, qint64 row) const;
    /// What the capture must hold for this source to have values.
    [[nodiscard]] CaptureRequest request() const;

private:
    [[nodiscard]] SeriesKey key(qint64 row) const;

    std::shared_ptr<const CaptureStore> m_store;
    ProbePoint m_point = ProbePoint::Dt;
    std::optional<LayerIndex> m_layer;
    qint64 m_rows = 0;
    mutable std::vector<float> m_column;  // scratch of read(), kept to save allocations
};

}  // namespace ms
