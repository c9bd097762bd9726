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
    switch (type) {
        case DType::BF16: return kernels::kTypeBF16;
        case DType::F16: return kernels::kTypeF16;
        case DType::Q8_0: return kernels::kTypeQ8_0;
        case DType::Q4_0: return kernels::kTypeQ4_0;
        case DType::Q4_K: return kernels::kTypeQ4_K;
        case DType::Q5_K: return kernels::kTypeQ5_K;
        case DType::Q6_K: return kernels::kTypeQ6_K;
        default: return kernels::kTypeF32;
    }
}

constexpr std::uint32_t ceilDiv(std::uint32_t a, std::uint32_t b) { return (a + b - 1) / b; }

}  // namespace ms
