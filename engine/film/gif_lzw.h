// The compression of GIF (GIF89a specification, appendix F): LZW with codes of 9 to 12 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ms {

/// Keeps its dictionary's memory between images.
class GifLzw {
public:
    GifLzw();
    ~GifLzw();

    /// Appends an image's data as the file holds it: code size, blocks of at most 255 bytes, an empty block.
    /// `indices`: of the colour table, row by row.
    void append(std::vector<std::byte>& out, std::span<const std::uint8_t> indices);

private:
    struct Dictionary;
    std::unique_ptr<Dictionary> m_dictionary;
};

}  // namespace ms
