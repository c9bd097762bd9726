// Finds the members of a zip archive as byte ranges, so that stored ones are used where they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace ms {

struct ZipMember {
    std::string name;
    std::uint32_t crc32 = 0;
    bool stored = false;               ///< not compressed: `bytes` are the member's content
    std::span<const std::byte> bytes;  ///< as they lie in the file
};

/// Reads the central directory (APPNOTE 4.3, zip64 included) of a whole archive's bytes, in the directory's order.
/// Strict: members must lie wholly before the directory without overlapping, agree with their local headers, be
/// unencrypted and have distinct names.
/// Errors: Format, one line naming `file` and the member.
Result<std::vector<ZipMember>> readZip(std::span<const std::byte> file, const std::string& label);

/// Finds what is left of a damaged archive by its local headers (APPNOTE 4.3.7), without the directory: members whose header
/// holds their size and whose content has the checksum that the header says. Of a name that comes twice, the first.
/// Reads at most a few times the file's length. Never fails: an empty list is an answer.
std::vector<ZipMember> salvageZip(std::span<const std::byte> file);

/// Checksum of a stored member's content against the directory's.
[[nodiscard]] bool checksumMatches(const ZipMember& member);

}  // namespace ms
