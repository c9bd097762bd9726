#include "engine/film/colour_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ms {

/// Bayer's matrix of order 8.
const std::uint8_t ColourTable::kThresholds[8][8] = {
    {0, 32, 8, 40, 2, 34, 10, 42},    {48, 16, 56, 24, 50, 18, 58, 26}, {12, 44, 4, 36, 14, 46, 6, 38},
    {60, 28, 52, 20, 62, 30, 54, 22}, {3, 35, 11, 43, 1, 33, 9, 41},    {51, 19, 59, 27, 49, 17, 57, 25},
    {15, 47, 7, 39, 13, 45, 5, 37},   {63, 31, 55, 23, 61, 29, 53, 21},
};

ColourTable::ColourTable(std::vector<Rgb> colours) : m_colours(std::move(colours)), m_matches(kColourBins) {}

std::uint8_t ColourTable::nearest(int r, int g, int b) const {
    int least = std::numeric_limits<int>::max();
    std::size_t best = 0;
    for (std::size_t i = 0; i < m_colours.size(); ++i) {
        const int dr = m_colours[i].r - r, dg = m_colours[i].g - g, db = m_colours[i].b - b;
        const int distance = dr * dr + dg * dg + db * db;
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return static_cast<std::uint8_t>(best);
}

ColourTable::Match ColourTable::match(Rgb colour) const {
    Match found;
    found.known = true;
    found.first = found.second = nearest(colour.r, colour.g, colour.b);
    const Rgb first = m_colours[found.first];
    const int dr = colour.r - first.r, dg = colour.g - first.g, db = colour.b - first.b;
    const int distance = dr * dr + dg * dg + db * db;
    found.error = static_cast<float>(distance);
    constexpr int kNotSeen = 3;  // a square of the distance at which nobody sees the difference
    if (distance <= kNotSeen) return found;
    // The colour on the far side of this one; it is mixed in by how far the way towards it goes.
    found.second = nearest(colour.r + 2 * dr, colour.g + 2 * dg, colour.b + 2 * db);
    const Rgb second = m_colours[found.second];
    const int er = second.r - first.r, eg = second.g - first.g, eb = second.b - first.b;
    const int length = er * er + eg * eg + eb * eb;
    if (length == 0) return found;
    const double way = static_cast<double>(dr * er + dg * eg + db * eb) / length;
    found.share = static_cast<std::uint8_t>(std::lround(64 * std::clamp(way, 0.0, 0.5)));
    return found;
}

double ColourTable::error(const ColourHistogram& pixels) {
    double sum = 0, count = 0;
    for (const std::uint32_t at : pixels.used()) {
        const ColourHistogram::Bin& bin = pixels[at];
        Match& known = m_matches[at];
        if (!known.known) known = match(bin.mean());
        const auto n = static_cast<double>(bin.count);
        sum += n * static_cast<double>(known.error);
        count += n;
    }
    return count > 0 ? sum / count : 0;
}

}  // namespace ms
