// Small answers that several ops need when they pick a kernel variant.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "engine/base/dtype.h"
#include "shaders/include/shared.h"

namespace ms {

/// The shaders' number for a weight's storage type.
constexpr std::uint32_t storageCode(DType type) {
    return type == DType::BF16 ? kernels::kTypeBF16 : type == DType::F16 ? kernels::kTypeF16 : kernels::kTypeF32;
}

constexpr std::uint32_t ceilDiv(std::uint32_t a, std::uint32_t b) { return (a + b - 1) / b; }

}  // namespace ms
