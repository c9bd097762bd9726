// The numbers that define log-mel features; they come with a checkpoint.
#pragma once

#include <cstdint>

#include "engine/base/result.h"

namespace ms {

struct FeatureConfig {
    int sample_rate = 16000;  ///< Hz
    int window = 400;         ///< samples of a frame
    int hop = 160;            ///< samples between frames
    int fft = 512;            ///< transform size; frames are padded with zeros
    int mels = 80;
    double low_hz = 20.0, high_hz = 7600.0;  ///< outer corners of the first and last filter
    double floor = 1e-5;                     ///< added to each filter's output before the logarithm

    /// InvalidArgument naming the field; the limits keep foreign values from costing memory.
    [[nodiscard]] Result<void> validate() const;
    /// Frames wholly inside so many samples.
    [[nodiscard]] std::int64_t rows(std::int64_t samples) const {
        return samples < window ? 0 : (samples - window) / hop + 1;
    }

    friend bool operator==(const FeatureConfig&, const FeatureConfig&) = default;
};

}  // namespace ms
