#include "engine/film/gif_lzw.h"

#include <algorithm>
#include <array>

namespace ms {

namespace {

constexpr unsigned kIndexBits = 8;
constexpr unsigned kClear = 1U << kIndexBits, kEnd = kClear + 1, kFirstFree = kClear + 2;
constexpr unsigned kMostCodes = 4096;

/// Packs codes into bytes, least significant bit first, and bytes into blocks that begin with their length.
class BlockWriter {
public:
    explicit BlockWriter(std::vector<std::byte>& out) : m_out(out) {}

    void code(unsigned value, unsigned bits) {
        m_bits |= static_cast<std::uint64_t>(value) << m_held;
        m_held += bits;
        for (; m_held >= 8; m_held -= 8, m_bits >>= 8) byte(static_cast<std::byte>(m_bits & 0xff));
    }
    void close() {
        if (m_held > 0) byte(static_cast<std::byte>(m_bits & 0xff));
        flush();
        m_out.push_back(std::byte{0});
    }

private:
    void byte(std::byte value) {
        m_block[m_count++] = value;
        if (m_count == m_block.size()) flush();
    }
    void flush() {
        if (m_count == 0) return;
        m_out.push_back(static_cast<std::byte>(m_count));
        m_out.insert(m_out.end(), m_block.begin(), m_block.begin() + static_cast<std::ptrdiff_t>(m_count));
        m_count = 0;
    }

    std::vector<std::byte>& m_out;
    std::array<std::byte, 255> m_block{};
    std::size_t m_count = 0;
    std::uint64_t m_bits = 0;
    unsigned m_held = 0;
};

}  // namespace

/// (code of a string, next index) -> code of the longer string; open addressing, a quarter full at most.
struct GifLzw::Dictionary {
    static constexpr std::size_t kSlots = 1 << 14;
    static constexpr std::uint32_t kEmpty = ~0U;

    std::array<std::uint32_t, kSlots> keys;  // code << 8 | index
    std::array<std::uint16_t, kSlots> codes;

    void clear() { keys.fill(kEmpty); }
    /// The slot that holds `key`, or the empty one where it belongs.
    [[nodiscard]] std::size_t slot(std::uint32_t key) const {
        std::size_t at = (key * 2654435761U) >> 18;  // Knuth's multiplicative hash, 14 bits
        while (keys[at] != kEmpty && keys[at] != key) at = (at + 1) % kSlots;
        return at;
    }
};

GifLzw::GifLzw() : m_dictionary(std::make_unique<Dictionary>()) {}
GifLzw::~GifLzw() = default;

void GifLzw::append(std::vector<std::byte>& out, std::span<const std::uint8_t> indices) {
    Dictionary& known = *m_dictionary;
    out.push_back(static_cast<std::byte>(kIndexBits));
    BlockWriter blocks(out);
    unsigned bits = kIndexBits + 1, next = kFirstFree;
    known.clear();
    blocks.code(kClear, bits);

    unsigned current = indices.front();
    for (const std::uint8_t index : indices.subspan(1)) {
        const std::uint32_t key = current << 8 | index;
        const std::size_t at = known.slot(key);
        if (known.keys[at] == key) {
            current = known.codes[at];
            continue;
        }
        blocks.code(current, bits);
        current = index;
        if (next < kMostCodes) {
            known.keys[at] = key;
            known.codes[at] = static_cast<std::uint16_t>(next);
            if (next == 1U << bits) ++bits;  // the reader is one string behind: it widens when it learns this one
            ++next;
        } else {
            blocks.code(kClear, bits);
            known.clear();
            bits = kIndexBits + 1;
            next = kFirstFree;
        }
    }
    blocks.code(current, bits);
    if (next < kMostCodes && next == 1U << bits) ++bits;
    blocks.code(kEnd, bits);
    blocks.close();
}

}  // namespace ms
