// What a family says of layers that forget at one pace, whatever they read.
#pragma once

#include <vector>

#include "engine/base/typed_index.h"

namespace ms {

class SteadyRetention {
public:
    virtual ~SteadyRetention() = default;

    /// The share of its memory that each channel of a layer keeps over a token: |exp(Δ A)|, mean over its states. [d_inner]
    [[nodiscard]] virtual std::vector<float> steadyRetention(LayerIndex layer) const = 0;
};

}  // namespace ms
