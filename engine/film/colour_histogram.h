// How often colours occur, in bins of 4 x 4 x 4 levels that remember their mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace ms {

struct Rgb {
    std::uint8_t r = 0, g = 0, b = 0;
    bool operator==(const Rgb&) const = default;
};

/// A pixel as it lies in memory, without alpha: equal values are equal colours.
[[nodiscard]] inline std::uint32_t pixelAt(const std::uint8_t* rgba) {
    const std::uint8_t opaque[4] = {rgba[0], rgba[1], rgba[2], 0};
    std::uint32_t value;
    std::memcpy(&value, opaque, sizeof value);
    return value;
}

inline constexpr std::size_t kColourBins = 1 << 18;

[[nodiscard]] inline std::size_t binOf(const std::uint8_t* rgb) {
    return static_cast<std::size_t>(rgb[0] >> 2) << 12 | static_cast<std::size_t>(rgb[1] >> 2) << 6 | rgb[2] >> 2;
}

class ColourHistogram {
public:
    struct Bin {
        std::uint64_t count = 0, r = 0, g = 0, b = 0;  ///< sums of levels

        [[nodiscard]] Rgb mean() const {
            const auto level = [this](std::uint64_t sum) {
                return static_cast<std::uint8_t>((sum + count / 2) / count);
            };
            return {level(r), level(g), level(b)};
        }
    };

    ColourHistogram() : m_bins(kColourBins) {}

    void add(const std::uint8_t* rgb, std::uint64_t count) {
        const std::size_t at = binOf(rgb);
        Bin& bin = m_bins[at];
        if (bin.count == 0) m_used.push_back(static_cast<std::uint32_t>(at));
        bin.count += count;
        bin.r += count * rgb[0];
        bin.g += count * rgb[1];
        bin.b += count * rgb[2];
    }
    void add(const ColourHistogram& other) {
        for (const std::uint32_t at : other.m_used) {
            const Bin& more = other.m_bins[at];
            Bin& bin = m_bins[at];
            if (bin.count == 0) m_used.push_back(at);
            bin = {bin.count + more.count, bin.r + more.r, bin.g + more.g, bin.b + more.b};
        }
    }
    void clear() {
        for (const std::uint32_t at : m_used) m_bins[at] = {};
        m_used.clear();
    }

    [[nodiscard]] std::span<const std::uint32_t> used() const { return m_used; }  ///< bins that hold anything
    [[nodiscard]] const Bin& operator[](std::size_t at) const { return m_bins[at]; }

private:
    std::vector<Bin> m_bins;
    std::vector<std::uint32_t> m_used;
};

}  // namespace ms
