#include "tests/support/quantised.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/half.h"

namespace ms::reference {

namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& bytes, int value) { bytes.push_back(static_cast<std::byte>(static_cast<unsigned>(value) & 0xffu)); }
/// Appends a half and returns what is left of the value.
float putHalf(Bytes& bytes, float value) {
    const std::uint16_t half = floatToHalf(value);
    put(bytes, half & 0xff);
    put(bytes, half >> 8);
    return halfToFloat(half);
}
int nearest(float value, int low, int high) { return std::clamp(static_cast<int>(std::lround(value)), low, high); }
float largest(std::span<const float> w) {
    float most = 0;
    for (const float v : w) most = std::max(most, std::abs(v));
    return most;
}

void blockQ8_0(std::span<const float> w, Quantised& out) {
    const float d = putHalf(out.bytes, largest(w) / 127);
    for (const float v : w) {
        const int q = d == 0 ? 0 : nearest(v / d, -127, 127);
        put(out.bytes, q);
        out.values.push_back(d * static_cast<float>(q));
    }
}

void blockQ4_0(std::span<const float> w, Quantised& out) {
    const float d = putHalf(out.bytes, largest(w) / 7);
    std::array<int, 32> q{};
    for (std::size_t i = 0; i < 32; ++i) {
        q[i] = d == 0 ? 8 : nearest(w[i] / d, -8, 7) + 8;
        out.values.push_back(d * static_cast<float>(q[i] - 8));
    }
    for (std::size_t i = 0; i < 16; ++i) put(out.bytes, q[i] | q[i + 16] << 4);
}

/// Q4_K and Q5_K: eight runs of 32, each q·scale - minimum, scales and minima in six bits.
void blockK(std::span<const float> w, int most, Quantised& out) {
    std::array<float, 8> steps{}, lows{};
    for (std::size_t r = 0; r < 8; ++r) {
        const auto run = w.subspan(r * 32, 32);
        const float low = std::min(0.0f, *std::min_element(run.begin(), run.end())), high = *std::max_element(run.begin(), run.end());
        lows[r] = -low;
        steps[r] = std::max(high - low, 0.0f) / static_cast<float>(most);
    }
    const float d = putHalf(out.bytes, largest(steps) / 63), dmin = putHalf(out.bytes, largest(lows) / 63);
    std::array<int, 8> scale{}, minimum{};
    for (std::size_t r = 0; r < 8; ++r) {
        scale[r] = d == 0 ? 0 : nearest(steps[r] / d, 0, 63);
        minimum[r] = dmin == 0 ? 0 : nearest(lows[r] / dmin, 0, 63);
    }
    // Twelve bytes: the first four of each whole, the last four as low nibbles with their upper bits on top of the first.
    for (std::size_t r = 0; r < 4; ++r) put(out.bytes, scale[r] | scale[r + 4] >> 4 << 6);
    for (std::size_t r = 0; r < 4; ++r) put(out.bytes, minimum[r] | minimum[r + 4] >> 4 << 6);
    for (std::size_t r = 4; r < 8; ++r) put(out.bytes, (scale[r] & 15) | (minimum[r] & 15) << 4);
    std::array<int, 256> q{};
    for (std::size_t i = 0; i < 256; ++i) {
        const std::size_t r = i / 32;
        const float step = d * static_cast<float>(scale[r]), offset = dmin * static_cast<float>(minimum[r]);
        q[i] = step == 0 ? 0 : nearest((w[i] + offset) / step, 0, most);
        out.values.push_back(step * static_cast<float>(q[i]) - offset);
    }
    if (most > 15)
        for (std::size_t i = 0; i < 32; ++i) {
            int bits = 0;
            for (std::size_t r = 0; r < 8; ++r) bits |= (q[r * 32 + i] >> 4) << r;
            put(out.bytes, bits);
        }
    for (std::size_t pair = 0; pair < 4; ++pair)
        for (std::size_t i = 0; i < 32; ++i) put(out.bytes, (q[pair * 64 + i] & 15) | (q[pair * 64 + 32 + i] & 15) << 4);
}

void blockQ6_K(std::span<const float> w, Quantised& out) {
    std::array<float, 16> steps{};
    for (std::size_t r = 0; r < 16; ++r) steps[r] = largest(w.subspan(r * 16, 16)) / 31;
    const float d = halfToFloat(floatToHalf(largest(steps) / 127));
    std::array<int, 16> scale{};
    std::array<int, 256> q{};
    for (std::size_t i = 0; i < 256; ++i) {
        // Every other run's scale is negative: they are signed.
        if (i % 16 == 0) scale[i / 16] = (i / 16 % 2 == 0 ? 1 : -1) * (d == 0 ? 0 : nearest(steps[i / 16] / d, 0, 127));
        const float step = d * static_cast<float>(scale[i / 16]);
        q[i] = step == 0 ? 32 : nearest(w[i] / step, -32, 31) + 32;
        out.values.push_back(step * static_cast<float>(q[i] - 32));
    }
    for (std::size_t half = 0; half < 256; half += 128)
        for (std::size_t i = 0; i < 64; ++i) put(out.bytes, (q[half + i] & 15) | (q[half + 64 + i] & 15) << 4);
    for (std::size_t half = 0; half < 256; half += 128)
        for (std::size_t i = 0; i < 32; ++i)
            put(out.bytes, q[half + i] >> 4 | q[half + 32 + i] >> 4 << 2 | q[half + 64 + i] >> 4 << 4 | q[half + 96 + i] >> 4 << 6);
    for (const int s : scale) put(out.bytes, s);
    putHalf(out.bytes, d);
}

}  // namespace

Quantised quantise(DType type, std::span<const float> weights) {
    Quantised out;
    const std::size_t each = blockElements(type);
    for (std::size_t i = 0; i + each <= weights.size(); i += each) {
        const auto block = weights.subspan(i, each);
        switch (type) {
            case DType::Q8_0: blockQ8_0(block, out); break;
            case DType::Q4_0: blockQ4_0(block, out); break;
            case DType::Q4_K: blockK(block, 15, out); break;
            case DType::Q5_K: blockK(block, 31, out); break;
            case DType::Q6_K: blockQ6_K(block, out); break;
            default: break;
        }
    }
    return out;
}

}  // namespace ms::reference
