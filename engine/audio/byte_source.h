// Bytes with a position, as libsndfile wants to see them: a file or a block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"

namespace ms {

/// Reads never fail loudly: a disk error looks like the end of the file, which decoders know how to meet.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Bytes read at `offset`: fewer than asked for at the end.
    virtual std::size_t readAt(std::uint64_t offset, std::span<std::byte> out) = 0;
    [[nodiscard]] std::uint64_t size() const { return m_size; }

    /// libsndfile's moving position; may lie beyond the end.
    std::uint64_t position = 0;

protected:
    explicit ByteSource(std::uint64_t size) : m_size(size) {}

private:
    std::uint64_t m_size;
};

/// Errors: NotFound, Io; InvalidArgument for what is not a regular file (a pipe would block).
Result<std::unique_ptr<ByteSource>> openByteSource(const std::filesystem::path& path);
std::unique_ptr<ByteSource> memoryByteSource(std::vector<std::byte> bytes);
/// `head`, then bytes [begin, begin + size) of `body`.
std::unique_ptr<ByteSource> spliceByteSource(std::vector<std::byte> head, std::unique_ptr<ByteSource> body,
                                             std::uint64_t begin, std::uint64_t size);

}  // namespace ms
