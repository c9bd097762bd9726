#include "engine/text/bpe.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>
#include <limits>
#include <queue>
#include <unordered_map>
#include <utility>

namespace ms::text {
namespace {

constexpr std::uint32_t kNoRank = std::numeric_limits<std::uint32_t>::max();

// Below this many symbols, scanning for the best rank beats a heap.
constexpr std::size_t kShortPiece = 48;

std::uint64_t pairKey(TokenId left, TokenId right) {
    return (std::uint64_t{static_cast<std::uint32_t>(left)} << 32) | static_cast<std::uint32_t>(right);
}

using MinHeap = std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>>;

// Places in ascending order. Nearly all arrive so; a heap takes the others.
class Places {
public:
    [[nodiscard]] bool empty() const { return m_head == m_ordered.size() && m_late.empty(); }
    void push(std::uint32_t at) {
        if (m_ordered.empty() || at > m_ordered.back()) m_ordered.push_back(at);
        else m_late.push(at);
    }
    std::uint32_t pop() {
        if (!m_late.empty() && (m_head == m_ordered.size() || m_late.top() < m_ordered[m_head])) {
            const std::uint32_t at = m_late.top();
            m_late.pop();
            return at;
        }
        return m_ordered[m_head++];
    }

private:
    std::vector<std::uint32_t> m_ordered;
    std::size_t m_head = 0;
    MinHeap m_late;
};

}  // namespace

void MergeTable::reserve(std::size_t merges) { m_slots.assign(std::bit_ceil(merges * 2 + 2), {}); }

std::size_t MergeTable::slotOf(std::uint64_t key) const {
    std::uint64_t hash = key;  // the finalizer of MurmurHash3
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
    hash ^= hash >> 33;
    const std::size_t mask = m_slots.size() - 1;
    std::size_t slot = static_cast<std::size_t>(hash) & mask;
    while (m_slots[slot].key != key && m_slots[slot].key != kEmpty) slot = (slot + 1) & mask;
    return slot;
}

void MergeTable::insert(TokenId left, TokenId right, Merge merge) {
    const std::uint64_t key = pairKey(left, right);
    m_slots[slotOf(key)] = {key, merge};
}

const MergeTable::Merge* MergeTable::find(TokenId left, TokenId right) const {
    const std::uint64_t key = pairKey(left, right);
    const Slot& slot = m_slots[slotOf(key)];
    return slot.key == key ? &slot.merge : nullptr;
}

bool Bpe::encode(std::string_view piece, const std::stop_token& stop, std::vector<TokenId>& out) const {
    const std::size_t begin = out.size();
    bool afterUnknown = false;
    for (const char c : piece) {
        const TokenId token = byteTokens[static_cast<std::uint8_t>(c)];
        if (token != kNone) out.push_back(token);
        else if (unknown != kNone && !(fuseUnknown && afterUnknown)) out.push_back(unknown);
        afterUnknown = token == kNone;
    }
    if (out.size() - begin <= kShortPiece) {
        mergeShort(out, begin);
        return true;
    }
    return mergeLong(out, begin, stop);
}

void Bpe::mergeShort(std::vector<TokenId>& out, std::size_t begin) const {
    const std::size_t symbols = out.size() - begin;
    if (symbols < 2) return;
    TokenId* token = out.data() + begin;
    std::array<std::uint32_t, kShortPiece> rank;  // of the pair that starts here
    std::array<TokenId, kShortPiece> result;
    const auto look = [&](std::size_t i) {
        const MergeTable::Merge* merge = merges.find(token[i], token[i + 1]);
        rank[i] = merge != nullptr ? merge->rank : kNoRank;
        result[i] = merge != nullptr ? merge->result : kNone;
    };
    std::size_t pairs = symbols - 1;
    for (std::size_t i = 0; i < pairs; ++i) look(i);
    while (pairs > 0) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < pairs; ++i) {
            if (rank[i] < rank[best]) best = i;  // of equals the leftmost
        }
        if (rank[best] == kNoRank) break;
        token[best] = result[best];
        for (std::size_t i = best + 1; i < pairs; ++i) {
            token[i] = token[i + 1];
            rank[i - 1] = rank[i];
            result[i - 1] = result[i];
        }
        // The loop moved the pair after `best` onto it; both neighbours hold a new symbol now.
        --pairs;
        if (best < pairs) look(best);
        if (best > 0) look(best - 1);
    }
    out.resize(begin + pairs + 1);
}

bool Bpe::mergeLong(std::vector<TokenId>& out, std::size_t begin, const std::stop_token& stop) const {
    constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
    TokenId* token = out.data() + begin;
    const auto symbols = static_cast<std::uint32_t>(out.size() - begin);
    std::vector<std::uint32_t> previous(symbols), next(symbols), rank(symbols);  // rank of the pair that starts here
    for (std::uint32_t i = 0; i < symbols; ++i) {
        previous[i] = i == 0 ? kEnd : i - 1;
        next[i] = i + 1 == symbols ? kEnd : i + 1;
    }

    // Places by rank, and the ranks in order: within a rank the places ascend, so memory is walked, not jumped through.
    std::unordered_map<std::uint32_t, Places> places;
    MinHeap ranks;
    const auto file = [&](std::uint32_t at) {
        const MergeTable::Merge* merge = next[at] == kEnd ? nullptr : merges.find(token[at], token[next[at]]);
        rank[at] = merge != nullptr ? merge->rank : kNoRank;
        if (merge == nullptr) return;
        const auto [entry, isNew] = places.try_emplace(merge->rank);
        if (isNew) ranks.push(merge->rank);
        entry->second.push(at);
    };
    for (std::uint32_t i = 0; i < symbols; ++i) file(i);

    for (std::uint32_t work = 0; !ranks.empty();) {
        const std::uint32_t current = ranks.top();
        Places& bucket = places.at(current);
        // A merge can give rise to a better one, which then goes first, only in a table that no training made.
        while (ranks.top() == current && !bucket.empty()) {
            if ((++work & 0xFFFFu) == 0 && stop.stop_requested()) return false;
            const std::uint32_t at = bucket.pop();
            if (rank[at] != current) continue;  // stale: a rank names one pair, and another one starts here now
            const std::uint32_t gone = next[at];
            token[at] = merges.find(token[at], token[gone])->result;
            token[gone] = kNone;
            rank[gone] = kNoRank;
            next[at] = next[gone];
            if (next[gone] != kEnd) previous[next[gone]] = at;
            if (previous[at] != kEnd) file(previous[at]);
            file(at);
        }
        if (bucket.empty() && ranks.top() == current) {
            ranks.pop();
            places.erase(current);
        }
    }
    out.erase(std::remove(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), kNone), out.end());
    return true;
}

}  // namespace ms::text
