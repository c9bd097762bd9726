// What a kernel binds and how large its parameters are, read from its SPIR-V.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.h"

namespace ms {

struct ReflectedBinding {
    std::uint32_t slot = 0;
    bool texel = false;  ///< a uniform texel buffer, else a storage buffer
    bool reads = false;
    bool writes = false;
};

struct Reflection {
    std::vector<ReflectedBinding> bindings;  ///< by slot; several views of one slot are merged
    std::uint32_t pushBytes = 0;             ///< from the block's start to the end of its last member
};

/// Understands what glslc makes of this project's kernels (descriptor set 0; push constants of scalars and structs).
[[nodiscard]] Result<Reflection> reflect(std::span<const std::uint32_t> code);

}  // namespace ms
