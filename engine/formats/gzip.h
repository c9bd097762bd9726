// Gzip files (RFC 1952), for texts that would be large as they are.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/base/result.h"

namespace ms {

/// Does it begin as a gzip file does?
[[nodiscard]] bool isGzip(std::span<const std::byte> bytes);

/// What a gzip file holds, all its members one after the other. Errors (Format), naming `name`: cut off, damaged (by its
/// checksums), followed by something else, or more than `most` bytes when unpacked.
Result<std::string> gunzip(std::span<const std::byte> bytes, const std::string& name, std::size_t most);

}  // namespace ms
