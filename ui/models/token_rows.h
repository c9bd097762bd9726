// The rows of a sequence of tokens, kept small: copies share what they have in common.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "ui/models/values.h"

namespace ms {

/// Grows and shrinks at its end. Rows lie in blocks that copies share and nobody changes: a copy costs a pointer a block,
/// and two sequences that part somewhere share every block before. A row takes kRowBytes, twice that where a baseline
/// goes along. Copies may be used in different threads, one at a time each.
class TokenRows {
public:
    static constexpr std::size_t kBlockRows = 256;
    static const std::size_t kRowBytes;

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }
    [[nodiscard]] TokenRow operator[](std::size_t index) const;
    [[nodiscard]] std::vector<TokenId> ids() const;

    void push_back(const TokenRow& row);
    /// Rows [size(), end) of `other`, whole blocks of it without a copy.
    void extend(const TokenRows& other, std::size_t end);
    /// The rows from `count` on go.
    void truncate(std::size_t count);
    void clear() { truncate(0); }

    /// Bytes of the blocks, also of those that others share.
    [[nodiscard]] std::size_t bytes() const;
    /// Blocks that are also those of `other`.
    [[nodiscard]] std::size_t sharedBlocks(const TokenRows& other) const;

private:
    struct Block;

    [[nodiscard]] Block& blockForAppend(bool withBaseline);

    std::vector<std::shared_ptr<Block>> m_blocks;  // all but the last are full
    std::size_t m_size = 0;
};

}  // namespace ms
