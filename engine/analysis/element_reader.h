// A stored tensor's elements as doubles, a piece at a time, with 64-bit positions.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/result.h"
#include "engine/formats/tensor_info.h"

namespace ms {

/// Format unless the tensor's bytes are exactly shape × type.
Result<void> checkBytes(const TensorInfo& info);

/// Widens elements [first, first + out.size()), row-major; they must exist. 64-bit integers round beyond 2⁵³.
void readElements(const TensorInfo& info, std::int64_t first, std::span<double> out);

}  // namespace ms
