// Block-quantised weights as GGUF files hold them (ggml-common.h, ggml-quants.c): runs of 32 or 256 weights share scales.
#pragma once

#include <cstddef>
#include <span>

#include "engine/base/dtype.h"

namespace ms {

/// Widens `count` weights that begin at a block; `count` is a multiple of the type's block. Any alignment.
void dequantise(DType type, const std::byte* blocks, std::size_t count, float* out);

/// Relative error ‖rounding‖ / ‖weights‖ that these blocks are expected to have left, by weights spread evenly between two
/// steps: sqrt(Σ step² / 12) / ‖w‖. 0 for plain types and for weights of zero.
[[nodiscard]] double quantisationError(DType type, std::span<const std::byte> bytes);

}  // namespace ms
