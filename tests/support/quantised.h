// Block-quantised weights made from their parts: scales and small integers are drawn or fitted first, packed as GGUF files
// have them (ggml-quants.c), and the weights that they stand for are worked out from the parts, not from the packed bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/dtype.h"

namespace ms::reference {

struct Quantised {
    std::vector<std::byte> bytes;
    std::vector<float> values;  ///< what the bytes stand for
};

/// The nearest blocks of `type` to `weights`, whose count is a multiple of the block: plain rounding, no search for scales.
Quantised quantise(DType type, std::span<const float> weights);

}  // namespace ms::reference
