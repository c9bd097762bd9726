// The colours of a GIF frame, and which of them a pixel gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/film/colour_histogram.h"

namespace ms {

/// A colour between two of the table is shown as a pattern of both, by a threshold that depends on the pixel's place
/// only: what does not change does not flicker. Colours of the table itself are never mixed.
class ColourTable {
public:
    ColourTable() = default;
    /// At most 256 colours.
    explicit ColourTable(std::vector<Rgb> colours);

    [[nodiscard]] const std::vector<Rgb>& colours() const { return m_colours; }

    /// Mean of the squared distance, summed over the three channels, between the pixels counted and their nearest
    /// colours. Fills in what `index` needs to know about them.
    [[nodiscard]] double error(const ColourHistogram& pixels);

    /// For pixels that `error` was asked about since the table was made.
    [[nodiscard]] std::uint8_t index(const std::uint8_t* rgb, std::size_t x, std::size_t y) const {
        const Match& match = m_matches[binOf(rgb)];
        return match.share > kThresholds[y % 8][x % 8] ? match.second : match.first;
    }

private:
    struct Match {
        std::uint8_t first = 0, second = 0;
        std::uint8_t share = 0;  ///< of the second colour, in 64ths
        bool known = false;
        float error = 0;  ///< squared distance of the bin's mean to the first colour
    };
    static const std::uint8_t kThresholds[8][8];

    [[nodiscard]] std::uint8_t nearest(int r, int g, int b) const;
    [[nodiscard]] Match match(Rgb colour) const;

    std::vector<Rgb> m_colours;
    std::vector<Match> m_matches;  // [kColourBins]
};

}  // namespace ms
