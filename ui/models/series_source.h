// A matrix of captured values for one view: rows (layers, or the channels or states of one layer) by tokens.
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

/// value − other; missing as soon as one of the two is.
[[nodiscard]] float subtracted(float value, float other);

/// Which of two runs is shown when a changed model runs beside its baseline.
enum class Compare { Changed, Baseline, Difference };

class SeriesSource {
public:
    SeriesSource() = default;
    /// All layers: one row per layer, its channels reduced.
    static SeriesSource layers(std::shared_ptr<const CaptureStore> store, ProbePoint point, const ModelDims& dims,
                               Reduction reduction = Reduction::MeanChannels);
    /// One layer: one row per channel (per state for B and C).
    static SeriesSource channels(std::shared_ptr<const CaptureStore> store, ProbePoint point, LayerIndex layer,
                                 const ModelDims& dims);

    /// Every value minus the one of the token before; the first token has none.
    void setDifference(bool difference) { m_difference = difference; }
    /// Every token's values become exp(x) / Σ exp(x) over the rows: posteriors instead of logits. Of channels only.
    void setSoftmax(bool softmax) { m_softmax = softmax; }
    /// Row r shows the channel order[r]; null: as stored. Channels may be left out, none may come twice. Of channels only.
    void setOrder(std::shared_ptr<const std::vector<int>> order);
    /// Values of a baseline run, shown instead of or subtracted from these.
    void setBaseline(std::shared_ptr<const CaptureStore> baseline, Compare compare);

    [[nodiscard]] qint64 rows() const { return m_rows; }
    [[nodiscard]] ProbePoint point() const { return m_point; }
    [[nodiscard]] std::optional<LayerIndex> layer() const { return m_layer; }
    [[nodiscard]] Compare compare() const { return m_compare; }
    [[nodiscard]] bool isDifference() const { return m_difference; }
    [[nodiscard]] bool isSoftmax() const { return m_softmax; }
    [[nodiscard]] explicit operator bool() const { return m_store && m_rows > 0; }
    /// Channel (or layer) that a row shows, and the row that shows a channel; -1: it is left out.
    [[nodiscard]] qint64 channelOf(qint64 row) const;
    [[nodiscard]] qint64 rowOf(qint64 channel) const;

    /// Values of tokens [first, first + count), token by token: out [count, rows]. Missing ones are kMissingValue.
    void read(qint64 first, qint64 count, std::span<float> out) const;
    /// One row's values of tokens [first, first + count): out [count].
    void readRow(qint64 row, qint64 first, qint64 count, std::span<float> out) const;
    /// One value, exactly as captured (or the exact difference of two).
    [[nodiscard]] float at(qint64 token, qint64 row) const;
    /// What the capture must hold for this source to have values.
    [[nodiscard]] CaptureRequest request() const;

private:
    [[nodiscard]] SeriesKey key(qint64 row) const;
    void readStore(const CaptureStore& store, qint64 first, qint64 count, std::span<float> out) const;
    void readLayers(const CaptureStore& store, qint64 first, qint64 count, std::span<float> out) const;
    void readChannels(const CaptureStore& store, qint64 first, qint64 count, std::span<float> out) const;
    void readCompared(qint64 first, qint64 count, std::span<float> out) const;

    std::shared_ptr<const CaptureStore> m_store, m_baseline;
    ProbePoint m_point = ProbePoint::Dt;
    Reduction m_reduction = Reduction::MeanChannels;
    std::optional<LayerIndex> m_layer;
    qint64 m_rows = 0;
    qint64 m_width = 0;  // channels stored; rows may show fewer
    bool m_difference = false;
    bool m_softmax = false;
    Compare m_compare = Compare::Changed;
    std::shared_ptr<const std::vector<int>> m_order;     // row -> channel
    std::shared_ptr<const std::vector<int>> m_rowOrder;  // channel -> row, -1
    mutable std::vector<float> m_column, m_other, m_unordered;  // scratch of read(), kept to save allocations
};

}  // namespace ms
