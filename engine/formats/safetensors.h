// The safetensors format: u64 header length, JSON header, tensor bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/tensor_info.h"

namespace ms {

/// The official library's limit.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

/// Keys and texts of a file's __metadata__, in the file's order.
using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

/// Reads the header of a whole file's bytes; the tensors' spans point into them, ordered by their place in the file.
/// As strict as the official library (safetensors/src/tensor.rs): data without holes or overlaps up to the last
/// byte, sizes that match shape and type, no name twice. `metadata` is filled when given.
/// Errors: Format, or Unsupported for a type or rank nothing here handles; one line naming `file` and the tensor.
Result<std::vector<TensorInfo>> parseSafetensors(std::span<const std::byte> bytes, const std::string& file,
                                                 SafetensorsMetadata* metadata = nullptr);

}  // namespace ms
