#include "engine/vulkan/free_list.h"

#include <iterator>

namespace ms {

std::optional<std::uint64_t> FreeList::take(std::uint64_t size) {
    auto best = m_free.end();
    for (auto it = m_free.begin(); it != m_free.end(); ++it)
        if (it->second >= size && (best == m_free.end() || it->second < best->second)) best = it;
    if (best == m_free.end()) return std::nullopt;
    const auto [offset, available] = *best;
    m_free.erase(best);
    if (available > size) m_free.emplace(offset + size, available - size);
    return offset;
}

void FreeList::give(std::uint64_t offset, std::uint64_t size) {
    auto next = m_free.lower_bound(offset);
    if (next != m_free.end() && offset + size == next->first) {
        size += next->second;
        next = m_free.erase(next);
    }
    if (next != m_free.begin()) {
        const auto previous = std::prev(next);
        if (previous->first + previous->second == offset) {
            previous->second += size;
            return;
        }
    }
    m_free.emplace(offset, size);
}

}  // namespace ms
