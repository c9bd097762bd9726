#include "engine/base/half.h"

#include <cstring>

#include "engine/base/quant_blocks.h"

namespace ms {

namespace {

template <class Stored, class Convert>
std::vector<float> widen(std::span<const std::byte> bytes, Convert convert) {
    std::vector<float> out(bytes.size() / sizeof(Stored));
    for (std::size_t i = 0; i < out.size(); ++i) {
        Stored stored;
        std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        out[i] = convert(stored);
    }
    return out;
}

}  // namespace

std::vector<float> widenToFloat(DType type, std::span<const std::byte> bytes) {
    switch (type) {
        case DType::F32: return widen<float>(bytes, [](float v) { return v; });
        case DType::F16: return widen<std::uint16_t>(bytes, halfToFloat);
        case DType::BF16: return widen<std::uint16_t>(bytes, bfloatToFloat);
        case DType::F64: return widen<double>(bytes, [](double v) { return static_cast<float>(v); });
        default: break;
    }
    if (!isQuantised(type)) return {};
    std::vector<float> out(bytes.size() / blockBytes(type) * blockElements(type));
    dequantise(type, bytes.data(), out.size(), out.data());
    return out;
}

}  // namespace ms
