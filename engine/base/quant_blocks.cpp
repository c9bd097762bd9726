#include "engine/base/quant_blocks.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/base/half.h"

namespace ms {

namespace {

float halfAt(const std::uint8_t* p) {
    std::uint16_t bits;
    std::memcpy(&bits, p, sizeof bits);
    return halfToFloat(bits);
}

/// Half d, 32 signed bytes.
void blockQ8_0(const std::uint8_t* block, float* out) {
    const float d = halfAt(block);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<std::int8_t>(block[2 + i]));
}

/// Half d, 32 nibbles: the low ones are the first sixteen weights.
void blockQ4_0(const std::uint8_t* block, float* out) {
    const float d = halfAt(block);
    for (int i = 0; i < 16; ++i) {
        out[i] = d * static_cast<float>((block[2 + i] & 15) - 8);
        out[i + 16] = d * static_cast<float>((block[2 + i] >> 4) - 8);
    }
}

/// Six-bit scale and minimum of run `j` of eight, packed into twelve bytes.
void scaleAndMin(const std::uint8_t* packed, int j, float& scale, float& minimum) {
    if (j < 4) {
        scale = static_cast<float>(packed[j] & 63);
        minimum = static_cast<float>(packed[j + 4] & 63);
    } else {
        scale = static_cast<float>((packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4));
        minimum = static_cast<float>((packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));
    }
}

/// Half d, half dmin, 12 bytes of scales, (32 bytes of fifth bits,) 128 bytes of nibbles; runs of 32.
void blockK(const std::uint8_t* block, const std::uint8_t* fifth, const std::uint8_t* nibbles, float* out) {
    const float d = halfAt(block), dmin = halfAt(block + 2);
    for (int run = 0; run < 8; ++run) {
        float scale, minimum;
        scaleAndMin(block + 4, run, scale, minimum);
        const float step = d * scale, offset = dmin * minimum;
        const std::uint8_t* q = nibbles + run / 2 * 32;
        for (int i = 0; i < 32; ++i) {
            const int low = (q[i] >> (run % 2 * 4)) & 15, high = fifth != nullptr ? (fifth[i] >> run & 1) * 16 : 0;
            out[run * 32 + i] = step * static_cast<float>(low + high) - offset;
        }
    }
}

/// 128 bytes of nibbles, 64 of upper bit pairs, 16 signed scales, half d; runs of 16.
void blockQ6_K(const std::uint8_t* block, float* out) {
    const float d = halfAt(block + 208);
    for (int i = 0; i < 256; ++i) {
        const int half = i / 128, quarter = i % 128 / 32, l = i % 32;
        const int low = (block[half * 64 + quarter % 2 * 32 + l] >> (quarter / 2 * 4)) & 15;
        const int high = (block[128 + half * 32 + l] >> (2 * quarter)) & 3;
        const auto scale = static_cast<std::int8_t>(block[192 + i / 16]);
        out[i] = d * static_cast<float>(scale) * static_cast<float>((low | high << 4) - 32);
    }
}

/// The distance between neighbouring values that each weight of a block could have had.
void stepsOfBlock(DType type, const std::uint8_t* block, float* out) {
    for (std::size_t i = 0; i < blockElements(type); ++i) {
        float scale = 1, minimum = 0;
        if (type == DType::Q6_K) scale = static_cast<float>(static_cast<std::int8_t>(block[192 + i / 16]));
        else if (blockElements(type) == 256) scaleAndMin(block + 4, static_cast<int>(i / 32), scale, minimum);
        out[i] = std::abs(scale * halfAt(block + (type == DType::Q6_K ? 208 : 0)));
    }
}

}  // namespace

double quantisationError(DType type, std::span<const std::byte> bytes) {
    if (!isQuantised(type)) return 0;
    std::array<float, 256> weights{}, steps{};
    const std::size_t each = blockElements(type);
    double squares = 0, errors = 0;
    for (std::size_t at = 0; at + blockBytes(type) <= bytes.size(); at += blockBytes(type)) {
        dequantise(type, bytes.data() + at, each, weights.data());
        stepsOfBlock(type, reinterpret_cast<const std::uint8_t*>(bytes.data() + at), steps.data());
        for (std::size_t i = 0; i < each; ++i) {
            squares += static_cast<double>(weights[i]) * weights[i];
            errors += static_cast<double>(steps[i]) * steps[i] / 12;
        }
    }
    return squares == 0 ? 0 : std::sqrt(errors / squares);
}

void dequantise(DType type, const std::byte* blocks, std::size_t count, float* out) {
    const auto* block = reinterpret_cast<const std::uint8_t*>(blocks);
    const std::size_t each = blockElements(type), bytes = blockBytes(type);
    for (std::size_t i = 0; i + each <= count; i += each, block += bytes) {
        switch (type) {
            case DType::Q8_0: blockQ8_0(block, out + i); break;
            case DType::Q4_0: blockQ4_0(block, out + i); break;
            case DType::Q4_K: blockK(block, nullptr, block + 16, out + i); break;
            case DType::Q5_K: blockK(block, block + 16, block + 48, out + i); break;
            case DType::Q6_K: blockQ6_K(block, out + i); break;
            default: break;
        }
    }
}

}  // namespace ms
