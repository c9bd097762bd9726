#include "ui/style/quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <vector>

namespace ms {

namespace {

constexpr std::size_t kBins = 1 << 16;
/// Fewer are copied and partly sorted: clearing the bins would take longer.
constexpr std::size_t kFew = 1 << 15;

std::size_t indexOf(double share, std::size_t count) { return static_cast<std::size_t>(share * static_cast<double>(count - 1) + 0.5); }

/// Unsigned numbers in the order of the floats.
std::uint32_t keyOf(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return bits ^ (static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> 31) | 0x80000000u);  // without a branch: signs are random
}
float valueOf(std::uint32_t key) {
    return std::bit_cast<float>(key ^ ((key >> 31) != 0 ? 0x80000000u : 0xffffffffu)) + 0.0f;  // one zero, not two
}

/// Bins of the upper halves of the keys: those before are −∞ and NaNs, those from the second on +∞ and NaNs.
constexpr std::size_t kFirstFinite = 0x0080, kEndFinite = 0xff80;
constexpr std::size_t kFirstPositive = 0x8000;
constexpr std::uint32_t kZero = 0x80000000u;    // that bin begins with it

/// The bin that holds element `index`, and the elements before that bin.
std::pair<std::size_t, std::size_t> binOf(const std::vector<std::uint32_t>& bins, std::size_t index) {
    std::size_t before = 0, bin = 0;
    while (before + bins[bin] <= index) before += bins[bin++];
    return {bin, before};
}

}  // namespace

std::optional<std::pair<float, float>> quantiles(std::span<const float> values, bool positiveOnly, double low, double high) {
    if (values.size() < kFew) {
        std::vector<float> wanted;
        wanted.reserve(values.size());
        std::copy_if(values.begin(), values.end(), std::back_inserter(wanted), [&](float v) { return std::isfinite(v) && (!positiveOnly || v > 0); });
        if (wanted.empty()) return std::nullopt;
        const auto pick = [&](double share) {
            const auto at = wanted.begin() + static_cast<std::ptrdiff_t>(indexOf(share, wanted.size()));
            std::nth_element(wanted.begin(), at, wanted.end());
            return *at;
        };
        const float lower = pick(low);
        return std::pair(lower, pick(high));
    }
    std::vector<std::uint32_t> coarse(kBins, 0);
    for (const float v : values) ++coarse[keyOf(v) >> 16];
    const std::size_t first = positiveOnly ? kFirstPositive : kFirstFinite;
    std::fill_n(coarse.begin(), first, 0);
    std::fill(coarse.begin() + kEndFinite, coarse.end(), 0);
    if (positiveOnly)
        coarse[kFirstPositive] -= static_cast<std::uint32_t>(std::count_if(values.begin(), values.end(), [](float v) { return keyOf(v) == kZero; }));
    const std::size_t count = std::accumulate(coarse.begin(), coarse.end(), std::size_t{0});
    if (count == 0) return std::nullopt;
    const std::size_t indices[] = {indexOf(low, count), indexOf(high, count)};
    const auto [lowBin, lowBefore] = binOf(coarse, indices[0]);
    const auto [highBin, highBefore] = binOf(coarse, indices[1]);
    std::vector<std::uint32_t> lowFine(kBins, 0), highFine(kBins, 0);
    for (const float v : values) {
        const std::uint32_t key = keyOf(v);
        if (positiveOnly && key == kZero) continue;
        if (key >> 16 == lowBin) ++lowFine[key & 0xffff];
        if (key >> 16 == highBin) ++highFine[key & 0xffff];
    }
    const auto value = [](std::size_t bin, const std::vector<std::uint32_t>& fine, std::size_t index) {
        return valueOf(static_cast<std::uint32_t>(bin << 16 | binOf(fine, index).first));
    };
    return std::pair(value(lowBin, lowFine, indices[0] - lowBefore), value(highBin, highFine, indices[1] - highBefore));
}

}  // namespace ms
