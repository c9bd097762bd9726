#include "engine/analysis/element_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/half.h"
#include "engine/base/quant_blocks.h"

namespace ms {

namespace {

/// Elements of type Stored, of any alignment, through `widen`.
template <class Stored, class Widen>
void widenAll(const std::byte* from, std::span<double> out, Widen widen) {
    for (double& value : out) {
        Stored element;
        std::memcpy(&element, from, sizeof element);
        from += sizeof element;
        value = widen(element);
    }
}

template <class Stored>
void castAll(const std::byte* from, std::span<double> out) {
    widenAll<Stored>(from, out, [](Stored element) { return static_cast<double>(element); });
}

/// Block by block, of which the first and the last may be needed in part.
void dequantiseAll(const TensorInfo& info, std::size_t first, std::span<double> out) {
    const std::size_t each = blockElements(info.dtype);
    std::array<float, 256> block;
    for (std::size_t done = 0; done < out.size();) {
        const std::size_t skip = (first + done) % each, count = std::min(each - skip, out.size() - done);
        dequantise(info.dtype, info.bytes.data() + storedBytes(info.dtype, first + done - skip), each, block.data());
        std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(skip), count, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += count;
    }
}

}  // namespace

Result<void> checkBytes(const TensorInfo& info) {
    const auto elements = static_cast<std::uint64_t>(info.shape.elements());
    if (elements % blockElements(info.dtype) == 0 && info.bytes.size() % blockBytes(info.dtype) == 0 &&
        info.bytes.size() / blockBytes(info.dtype) == elements / blockElements(info.dtype))
        return {};
    return Error{ErrorCode::Format, info.name + ": " + std::to_string(info.bytes.size()) + " bytes are not " +
                                        std::string(name(info.dtype)) + " " + info.shape.text()};
}

void readElements(const TensorInfo& info, std::int64_t first, std::span<double> out) {
    if (isQuantised(info.dtype)) return dequantiseAll(info, static_cast<std::size_t>(first), out);
    const std::byte* from = info.bytes.data() + static_cast<std::size_t>(first) * byteSize(info.dtype);
    switch (info.dtype) {
        case DType::F32:
            return castAll<float>(from, out);
        case DType::F16:
            return widenAll<std::uint16_t>(from, out, [](std::uint16_t h) { return double(halfToFloat(h)); });
        case DType::BF16:
            return widenAll<std::uint16_t>(from, out, [](std::uint16_t b) { return double(bfloatToFloat(b)); });
        case DType::F64:
            return castAll<double>(from, out);
        case DType::I8:
            return castAll<std::int8_t>(from, out);
        case DType::U8:
        case DType::Bool:
            return castAll<std::uint8_t>(from, out);
        case DType::I16:
            return castAll<std::int16_t>(from, out);
        case DType::I32:
            return castAll<std::int32_t>(from, out);
        case DType::I64:
            return castAll<std::int64_t>(from, out);
        default:
            return;
    }
}

}  // namespace ms
