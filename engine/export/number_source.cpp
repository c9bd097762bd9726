#include "engine/export/number_source.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "engine/base/shape.h"
#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

constexpr std::int64_t kPortionBytes = 1 << 20;
constexpr std::int64_t kMostBytes = std::numeric_limits<std::int64_t>::max() / 2;

bool isWritten(DType type) {
    return type == DType::F32 || type == DType::F64 || type == DType::I32 || type == DType::I64;
}

Result<void> checkAxes(const NumberArray& array) {
    const auto refused = [&](const std::string& what) {
        return Error{ErrorCode::InvalidArgument, "array " + inQuotes(array.name) + ": " + what};
    };
    if (array.axes.empty() || array.axes.size() > Shape::kMaxRank)
        return refused(std::to_string(array.axes.size()) + " dimensions; from 1 to 4 are written");
    std::set<std::string_view> names;
    std::int64_t bytes = static_cast<std::int64_t>(byteSize(array.type));
    for (const NumberAxis& axis : array.axes) {
        if (axis.name.empty() || !names.insert(axis.name).second)
            return refused("the axis " + inQuotes(axis.name) + " has no name or is there twice");
        if (axis.size < 0 || (axis.size > 0 && bytes > kMostBytes / axis.size))
            return refused("the axis " + inQuotes(axis.name) + " has an impossible size");
        if (!axis.numbers.empty() && static_cast<std::int64_t>(axis.numbers.size()) != axis.size)
            return refused("the axis " + inQuotes(axis.name) + " has " + std::to_string(axis.size) + " places but " +
                           std::to_string(axis.numbers.size()) + " numbers");
        bytes *= std::max<std::int64_t>(axis.size, 1);
    }
    return {};
}

template <class T>
NumberReader readerOfVector(std::vector<T> values) {
    // std::function wants something that can be copied.
    const auto kept = std::make_shared<const std::vector<T>>(std::move(values));
    return [kept](std::int64_t first, std::int64_t rows, std::span<std::byte> out) -> Result<void> {
        if (rows == 0 || out.empty()) return {};
        const std::size_t rowBytes = out.size() / static_cast<std::size_t>(rows);
        const auto all = std::as_bytes(std::span(*kept));
        const std::size_t begin = static_cast<std::size_t>(first) * rowBytes;
        if (first < 0 || begin > all.size() || all.size() - begin < out.size())
            return Error{ErrorCode::InvalidArgument, "rows beyond the values in memory"};
        std::memcpy(out.data(), all.data() + begin, out.size());
        return {};
    };
}

}  // namespace

std::int64_t NumberArray::rowElements() const {
    std::int64_t elements = 1;
    for (std::size_t i = 1; i < axes.size(); ++i) elements *= axes[i].size;
    return elements;
}

std::uint64_t NumberArray::rowBytes() const { return static_cast<std::uint64_t>(rowElements()) * byteSize(type); }

std::uint64_t NumberArray::bytes() const { return static_cast<std::uint64_t>(rows()) * rowBytes(); }

std::int64_t NumberArray::portionRows() const {
    return std::max<std::int64_t>(1, kPortionBytes / std::max<std::int64_t>(1, static_cast<std::int64_t>(rowBytes())));
}

Result<void> NumberSource::check() const {
    if (arrays.empty()) return Error{ErrorCode::InvalidArgument, "there are no numbers to write"};
    std::set<std::string_view> names;
    for (const NumberArray& array : arrays) {
        const auto refused = [&](const std::string& what) {
            return Error{ErrorCode::InvalidArgument, "array " + inQuotes(array.name) + ": " + what};
        };
        if (array.name.empty() || !names.insert(array.name).second) return refused("has no name or is there twice");
        if (!isWritten(array.type)) return refused("its type " + std::string(name(array.type)) + " is not written; widen it");
        if (!array.read) return refused("has no reader");
        MS_CHECK(checkAxes(array));
    }
    return {};
}

NumberReader readerOf(std::vector<float> values) { return readerOfVector(std::move(values)); }
NumberReader readerOf(std::vector<double> values) { return readerOfVector(std::move(values)); }
NumberReader readerOf(std::vector<std::int32_t> values) { return readerOfVector(std::move(values)); }
NumberReader readerOf(std::vector<std::int64_t> values) { return readerOfVector(std::move(values)); }

}  // namespace ms
