// From feature rows as they come to the windows that a model's front end reads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/probe/model_dims.h"

namespace ms {

/// Of the training data, per feature; constants of a checkpoint.
struct FeatureStatistics {
    std::vector<float> mean, std;  // [width]
};

/// (value - mean) / std in place; rows [n, width].
void normaliseFeatures(const FeatureStatistics& statistics, std::span<float> rows);

/// Buffers raw feature rows and hands out windows of normalised ones, with zeros where there is no signal. However the rows
/// are cut, and whatever windows are taken, the frames are the same. Holds what is not taken yet and no more.
class FeatureWindow {
public:
    FeatureWindow(FeatureStatistics statistics, const InputDims& input);

    /// Raw rows [n, width], behind the ones pushed before. Not after finish().
    void push(std::span<const float> rows);
    /// The signal ends here: frames whose look-ahead reaches beyond it become ready. ceil(rows pushed / step) in all.
    void finish();
    /// Frames that can be taken now.
    [[nodiscard]] std::int64_t ready() const;
    /// The window [InputDims::rows(frames), width] of the next `frames` frames, 1 to ready(); as many of them are behind
    /// the reader then. Valid until the next call that is not const.
    [[nodiscard]] std::span<const float> take(std::int64_t frames);

    [[nodiscard]] std::int64_t framesTaken() const { return m_taken; }
    [[nodiscard]] std::int64_t rowsPushed() const { return m_pushed; }
    /// As new, for another signal.
    void reset();

private:
    FeatureStatistics m_statistics;
    InputDims m_input;
    std::vector<float> m_rows;    // [·, width], normalised, zeros before the first
    std::size_t m_consumed = 0;   // values of m_rows that no frame reads any more
    std::int64_t m_pushed = 0, m_taken = 0;
    bool m_finished = false;
};

}  // namespace ms
