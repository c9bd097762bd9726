// A file's bytes in the address space, read by the kernel as they are touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "engine/base/result.h"

namespace ms {

/// Read-only private mapping of a whole regular file, unmapped when the last reference goes.
///
/// If another program truncates the file while it is mapped, touching the lost pages raises SIGBUS and ends the
/// program: the kernel offers no error value for it. Writers that replace files by renaming (hub clients, this
/// program) are safe, as the mapping keeps the old file alive. Reading into memory instead would cost a copy of the
/// model.
class MappedFile {
public:
    /// Errors: NotFound, Io; an empty file, a folder or a device is Format. All name the path.
    static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);

    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }

    /// Asks the kernel to start reading the whole file now, before it is touched page by page. Returns at once.
    void prefetch() const;

private:
    explicit MappedFile(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    std::span<const std::byte> m_bytes;
};

}  // namespace ms
