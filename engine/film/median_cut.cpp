#include "engine/film/median_cut.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>
#include <span>

namespace ms {

namespace {

struct Colour {
    std::array<float, 3> level;
    float weight;
};

/// Some of the colours, with what decides when and where they are parted.
struct Box {
    std::span<Colour> colours;
    std::array<double, 3> mean{};
    std::size_t axis = 0;  ///< of the largest variance
    double spread = 0;     ///< weighted sum of squares along it: 0 for a single colour

    explicit Box(std::span<Colour> inside) : colours(inside) {
        double weight = 0;
        std::array<double, 3> sum{}, squares{};
        for (const Colour& c : colours) {
            weight += c.weight;
            for (std::size_t i = 0; i < 3; ++i) {
                sum[i] += static_cast<double>(c.weight) * c.level[i];
                squares[i] += static_cast<double>(c.weight) * c.level[i] * c.level[i];
            }
        }
        for (std::size_t i = 0; i < 3; ++i) {
            mean[i] = sum[i] / weight;
            const double around = squares[i] - sum[i] * mean[i];
            if (around > spread) {
                spread = around;
                axis = i;
            }
        }
        if (colours.size() == 1) spread = 0;
    }
    bool operator<(const Box& other) const { return spread < other.spread; }

    /// How many colours lie below the mean: at least one, and not all.
    [[nodiscard]] std::size_t part() {
        const auto below = [this](const Colour& c) { return c.level[axis] < mean[axis]; };
        const auto middle = std::partition(colours.begin(), colours.end(), below);
        const auto count = static_cast<std::size_t>(middle - colours.begin());
        return std::clamp<std::size_t>(count, 1, colours.size() - 1);
    }
};

}  // namespace

std::vector<Rgb> medianCut(const ColourHistogram& histogram, std::size_t most) {
    std::vector<Colour> colours;
    colours.reserve(histogram.used().size());
    for (const std::uint32_t at : histogram.used()) {
        const ColourHistogram::Bin& bin = histogram[at];
        const auto n = static_cast<double>(bin.count);
        const auto level = [n](std::uint64_t sum) { return static_cast<float>(static_cast<double>(sum) / n); };
        colours.push_back({{level(bin.r), level(bin.g), level(bin.b)}, static_cast<float>(std::sqrt(n))});
    }
    if (colours.empty() || most == 0) return {};

    std::priority_queue<Box> boxes;
    boxes.emplace(colours);
    while (boxes.size() < most && boxes.top().spread > 0) {
        Box box = boxes.top();
        boxes.pop();
        const std::size_t below = box.part();
        boxes.emplace(box.colours.first(below));
        boxes.emplace(box.colours.subspan(below));
    }
    std::vector<Rgb> table;
    const auto level = [](double value) {
        return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
    };
    for (; !boxes.empty(); boxes.pop()) {
        const Box& box = boxes.top();
        table.push_back({level(box.mean[0]), level(box.mean[1]), level(box.mean[2])});
    }
    return table;
}

}  // namespace ms
