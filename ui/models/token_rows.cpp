#include "ui/models/token_rows.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

namespace ms {

namespace {

/// What the model expected at one token.
struct Expected {
    float surprisalBits = 0;
    std::array<TokenId, TokenRow::kAlternatives> ids{};
    std::array<float, TokenRow::kAlternatives> probabilities{};
};

using Alternatives = std::array<TokenAlternative, TokenRow::kAlternatives>;

Expected packed(float surprisalBits, const Alternatives& alternatives) {
    Expected e{surprisalBits, {}, {}};
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
        e.ids[i] = alternatives[i].id;
        e.probabilities[i] = alternatives[i].probability;
    }
    return e;
}

Alternatives unpacked(const Expected& e) {
    Alternatives alternatives;
    for (std::size_t i = 0; i < alternatives.size(); ++i) alternatives[i] = {e.ids[i], e.probabilities[i]};
    return alternatives;
}

bool hasBaseline(const TokenRow& row) { return row.baselineAlternativeCount > 0 || !std::isnan(row.baselineSurprisalBits); }

struct Packed {
    TokenId id = 0;
    std::uint8_t fromPrompt : 1 = 0, count : 3 = 0, baselineCount : 3 = 0;
    Expected expected;
};
static_assert(TokenRow::kAlternatives < 8, "the counts have three bits");

}  // namespace

const std::size_t TokenRows::kRowBytes = sizeof(Packed);

struct TokenRows::Block {
    std::atomic<std::size_t> claimed = 0;  ///< rows that some sequence wrote: who goes on at exactly there may write the next
    std::unique_ptr<std::array<Expected, kBlockRows>> baseline;  ///< none: the rows have no baseline
    std::array<Packed, kBlockRows> rows;

    explicit Block(bool withBaseline) {
        if (withBaseline) baseline = std::make_unique<std::array<Expected, kBlockRows>>();
    }
};

TokenRow TokenRows::operator[](std::size_t index) const {
    const Block& block = *m_blocks[index / kBlockRows];
    const Packed& p = block.rows[index % kBlockRows];
    TokenRow row;
    row.id = p.id;
    row.fromPrompt = p.fromPrompt != 0;
    row.surprisalBits = p.expected.surprisalBits;
    row.alternativeCount = p.count;
    row.alternatives = unpacked(p.expected);
    if (!block.baseline) return row;
    const Expected& baseline = (*block.baseline)[index % kBlockRows];
    row.baselineSurprisalBits = baseline.surprisalBits;
    row.baselineAlternativeCount = p.baselineCount;
    row.baselineAlternatives = unpacked(baseline);
    return row;
}

std::vector<TokenId> TokenRows::ids() const {
    std::vector<TokenId> ids(m_size);
    for (std::size_t i = 0; i < m_size; ++i) ids[i] = m_blocks[i / kBlockRows]->rows[i % kBlockRows].id;
    return ids;
}

TokenRows::Block& TokenRows::blockForAppend(bool withBaseline) {
    const std::size_t at = m_size % kBlockRows;
    if (at == 0) {
        m_blocks.push_back(std::make_shared<Block>(withBaseline));
        m_blocks.back()->claimed = 1;
        return *m_blocks.back();
    }
    Block& last = *m_blocks.back();
    std::size_t expected = at;
    if ((!withBaseline || last.baseline) && last.claimed.compare_exchange_strong(expected, at + 1)) return last;
    // Another sequence has gone on from here, or there is no room for a baseline: the rows so far get a block of their own.
    auto own = std::make_shared<Block>(withBaseline || last.baseline);
    std::copy_n(last.rows.begin(), at, own->rows.begin());
    if (last.baseline) std::copy_n(last.baseline->begin(), at, own->baseline->begin());
    else if (own->baseline) std::fill_n(own->baseline->begin(), at, packed(TokenRow{}.baselineSurprisalBits, {}));
    own->claimed = at + 1;
    m_blocks.back() = std::move(own);
    return *m_blocks.back();
}

void TokenRows::push_back(const TokenRow& row) {
    Block& block = blockForAppend(hasBaseline(row));
    Packed& p = block.rows[m_size % kBlockRows];
    p.id = row.id;
    p.fromPrompt = row.fromPrompt ? 1 : 0;
    p.count = row.alternativeCount & 7;
    p.baselineCount = row.baselineAlternativeCount & 7;
    p.expected = packed(row.surprisalBits, row.alternatives);
    if (block.baseline) (*block.baseline)[m_size % kBlockRows] = packed(row.baselineSurprisalBits, row.baselineAlternatives);
    ++m_size;
}

void TokenRows::extend(const TokenRows& other, std::size_t end) {
    end = std::min(end, other.m_size);
    while (m_size < end) {
        if (m_size % kBlockRows != 0) {
            push_back(other[m_size]);
            continue;
        }
        m_blocks.push_back(other.m_blocks[m_size / kBlockRows]);
        m_size = std::min(end, m_size + kBlockRows);
    }
}

void TokenRows::truncate(std::size_t count) {
    if (count >= m_size) return;
    m_size = count;
    m_blocks.resize((count + kBlockRows - 1) / kBlockRows);
}

std::size_t TokenRows::bytes() const {
    std::size_t bytes = m_blocks.capacity() * sizeof(m_blocks[0]);
    for (const auto& block : m_blocks) bytes += sizeof(Block) + (block->baseline ? sizeof(*block->baseline) : 0);
    return bytes;
}

std::size_t TokenRows::sharedBlocks(const TokenRows& other) const {
    std::size_t shared = 0;
    for (std::size_t i = 0; i < std::min(m_blocks.size(), other.m_blocks.size()); ++i) shared += m_blocks[i] == other.m_blocks[i] ? 1 : 0;
    return shared;
}

}  // namespace ms
