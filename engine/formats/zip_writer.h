// Writes zip archives of stored (uncompressed) members of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/atomic_file.h"

namespace ms {

/// begin, write…, begin, write…, finish. Every archive uses zip64 records, so that large and small ones take the
/// same path; the date is fixed, so that equal content gives equal files.
class ZipWriter {
public:
    static Result<ZipWriter> create(const std::filesystem::path& path);

    /// Starts a member of exactly `size` bytes. Errors: InvalidArgument when the last one is incomplete or the name is
    /// taken; Io.
    Result<void> begin(const std::string& name, std::uint64_t size);
    /// More content of the current member. Errors: InvalidArgument beyond its size; Io.
    Result<void> write(std::span<const std::byte> bytes);
    /// Writes the directory and puts the archive in its place. Errors: as begin and AtomicFile::commit.
    Result<void> finish(Durability durability = Durability::Visible);

private:
    struct Member {
        std::string name;
        std::uint64_t offset = 0, size = 0;
        std::uint32_t crc32 = 0;
    };

    explicit ZipWriter(AtomicFile file) : m_file(std::move(file)) {}
    Result<void> endMember();
    [[nodiscard]] Error misuse(const std::string& what) const;

    AtomicFile m_file;
    std::vector<Member> m_members;
    std::uint64_t m_left = 0;  ///< bytes the current member still lacks
};

}  // namespace ms
