// Which parts of a block of memory are free; best fit, neighbours merge.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace ms {

class FreeList {
public:
    explicit FreeList(std::uint64_t size) : m_size(size), m_free{{0, size}} {}

    /// Offset of `size` bytes. Sizes are multiples of the alignment, so offsets are too.
    std::optional<std::uint64_t> take(std::uint64_t size);
    void give(std::uint64_t offset, std::uint64_t size);
    [[nodiscard]] bool allFree() const { return m_free.size() == 1 && m_free.begin()->second == m_size; }

private:
    std::uint64_t m_size;
    std::map<std::uint64_t, std::uint64_t> m_free;  // offset -> size
};

}  // namespace ms
