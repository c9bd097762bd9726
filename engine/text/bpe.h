// Byte-pair encoding of one piece of text: bytes to tokens, then the best-ranked neighbours merge until none can.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <vector>

#include "engine/base/typed_index.h"

namespace ms::text {

/// Pair of tokens -> rank and merged token; open addressing, because a lookup per byte of text decides the speed.
class MergeTable {
public:
    struct Merge {
        std::uint32_t rank;  ///< lower merges first
        TokenId result;
    };

    /// Sizes the table; call once, before `insert`. `merges` is an upper bound.
    void reserve(std::size_t merges);
    /// A pair inserted again takes the later rank, as the reference's hash map does.
    void insert(TokenId left, TokenId right, Merge merge);
    [[nodiscard]] const Merge* find(TokenId left, TokenId right) const;

private:
    struct Slot {
        std::uint64_t key = kEmpty;
        Merge merge{};
    };
    static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

    [[nodiscard]] std::size_t slotOf(std::uint64_t key) const;

    std::vector<Slot> m_slots = std::vector<Slot>(2);
};

class Bpe {
public:
    static constexpr TokenId kNone = -1;

    Bpe() { byteTokens.fill(kNone); }

    MergeTable merges;
    std::array<TokenId, 256> byteTokens;  ///< kNone: the vocabulary lacks this byte
    TokenId unknown = kNone;   ///< stands for bytes without a token; kNone: they are dropped (as the reference)
    bool fuseUnknown = false;  ///< neighbouring unknown bytes give one token

    /// Appends the tokens of one piece. O(n log n) for long pieces. False when stopped; `out` is then incomplete.
    bool encode(std::string_view piece, const std::stop_token& stop, std::vector<TokenId>& out) const;

private:
    void mergeShort(std::vector<TokenId>& out, std::size_t begin) const;
    bool mergeLong(std::vector<TokenId>& out, std::size_t begin, const std::stop_token& stop) const;
};

}  // namespace ms::text
