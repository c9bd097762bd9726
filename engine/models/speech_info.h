// What a speech checkpoint says beside its network: the features it reads and the symbols it writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/audio/feature_config.h"
#include "engine/probe/model_dims.h"

namespace ms {

/// A convolution over time of the front end, without padding, with a bias and SiLU behind it.
struct FrontendConv {
    std::int64_t kernel = 0, stride = 0, channels = 0;
    friend bool operator==(const FrontendConv&, const FrontendConv&) = default;
};

struct SpeechInfo {
    FeatureConfig features;
    std::vector<FrontendConv> frontend;  ///< in order; the last one's output is projected to d_model
    std::vector<std::string> vocab;      ///< output symbols, one or more characters each; "" is the blank, " " parts words
    std::int32_t blankId = 0;            ///< of CTC

    /// Seconds from one frame (row of logits) to the next.
    [[nodiscard]] double frameSeconds(const InputDims& input) const {
        return static_cast<double>(input.step * features.hop) / features.sample_rate;
    }
    /// Seconds of audio from a frame's start that it depends on: the algorithmic look-ahead.
    [[nodiscard]] double lookAheadSeconds(const InputDims& input) const {
        return static_cast<double>((input.step + input.after - 1) * features.hop + features.window) / features.sample_rate;
    }
};

}  // namespace ms
