// SPIR-V of the kernels in shaders/, compiled and embedded by the build.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ms {

/// The words of a kernel by its name in shaders/CMakeLists.txt; empty if there is none of that name.
[[nodiscard]] std::span<const std::uint32_t> kernelCode(std::string_view name);

}  // namespace ms
