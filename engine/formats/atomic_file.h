// Writing a file so that readers see either the old one or the whole new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace ms {

/// How far a commit waits: until other programs see the file, or until it would outlive a power cut.
enum class Durability { Visible, OnDisk };

/// Writes to a hidden file beside the target; `commit` renames it over the target, destruction without commit removes
/// it.
class AtomicFile {
public:
    /// Errors: Io, NotFound (the folder), naming the target.
    static Result<AtomicFile> create(const std::filesystem::path& target);

    /// Removes the temporary files that processes left which ended in the midst of writing `target`.
    static void removeAbandoned(const std::filesystem::path& target);

    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

    Result<void> write(std::span<const std::byte> bytes);
    Result<void> write(std::string_view text);
    /// Overwrites bytes written before; the write position stays at the end.
    Result<void> overwrite(std::uint64_t offset, std::span<const std::byte> bytes);
    /// Fills `bytes` from what was written so far; fewer at its end. Returns how many.
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> bytes) const;
    /// Flushes, closes and renames. The object is spent afterwards, whatever the outcome; if it fails, the target is as it
    /// was.
    Result<void> commit(Durability durability = Durability::Visible);

    [[nodiscard]] std::uint64_t position() const { return m_position; }
    [[nodiscard]] const std::filesystem::path& target() const { return m_target; }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    AtomicFile() = default;
    [[nodiscard]] Error failure(const char* what, int number) const;

    std::unique_ptr<std::FILE, Close> m_file;
    std::filesystem::path m_target, m_temporary;
    std::uint64_t m_position = 0;
};

}  // namespace ms
