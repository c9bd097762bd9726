#include "engine/formats/npy.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/tensor_info.h"

namespace ms {

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kLongestHeader = 64 * 1024;

constexpr std::array kTypes{
    std::pair{DType::F32, "<f4"}, std::pair{DType::F16, "<f2"}, std::pair{DType::F64, "<f8"},
    std::pair{DType::I8, "|i1"},  std::pair{DType::U8, "|u1"},  std::pair{DType::Bool, "|b1"},
    std::pair{DType::I16, "<i2"}, std::pair{DType::I32, "<i4"}, std::pair{DType::I64, "<i8"},
};

/// The value of a key in the header's dictionary, a Python literal that NumPy writes in one fixed manner.
std::optional<std::string_view> valueOf(std::string_view dictionary, std::string_view key) {
    const std::string quoted = "'" + std::string(key) + "'";
    std::size_t at = dictionary.find(quoted);
    if (at == std::string_view::npos) return std::nullopt;
    at = dictionary.find_first_not_of(' ', at + quoted.size());
    if (at == std::string_view::npos || dictionary[at] != ':') return std::nullopt;
    at = dictionary.find_first_not_of(' ', at + 1);
    return at == std::string_view::npos ? std::nullopt : std::optional(dictionary.substr(at));
}

std::optional<DType> typeOf(std::string_view literal) {
    for (const auto& [type, descr] : kTypes)
        if (literal.starts_with("'" + std::string(descr) + "'")) return type;
    return std::nullopt;
}

/// "(3, 4)", "(3,)" or "()".
std::optional<std::vector<std::uint64_t>> dimensionsOf(std::string_view literal) {
    const std::size_t end = literal.find(')');
    if (literal.empty() || literal.front() != '(' || end == std::string_view::npos) return std::nullopt;
    literal = literal.substr(1, end - 1);
    std::vector<std::uint64_t> dims;
    while (true) {
        const std::size_t from = literal.find_first_not_of(' ');
        if (from == std::string_view::npos) return dims;
        literal.remove_prefix(from);
        std::uint64_t dim = 0;
        const auto parsed = std::from_chars(literal.data(), literal.data() + literal.size(), dim);
        if (parsed.ec != std::errc() || dims.size() > Shape::kMaxRank) return std::nullopt;
        dims.push_back(dim);
        literal.remove_prefix(static_cast<std::size_t>(parsed.ptr - literal.data()));
        if (literal.empty()) return dims;
        if (literal.front() != ',') return std::nullopt;
        literal.remove_prefix(1);
    }
}

}  // namespace

const char* numpyType(DType type) {
    for (const auto& [known, descr] : kTypes)
        if (known == type) return descr;
    return nullptr;
}

std::string npyHeader(const std::string& descr, const Shape& shape) {
    std::string dims;
    for (int i = 0; i < shape.rank(); ++i)
        dims += std::to_string(shape[i]) + (shape.rank() == 1 ? "," : i + 1 < shape.rank() ? ", " : "");
    std::string dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + dims + "), }";
    constexpr std::size_t kFixed = 10;
    dictionary.resize((kFixed + dictionary.size() + 1 + 63) / 64 * 64 - kFixed - 1, ' ');
    dictionary += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(dictionary.size() & 0xff);
    header += static_cast<char>(dictionary.size() >> 8);
    return header + dictionary;
}

Result<NpyArray> parseNpy(std::span<const std::byte> bytes, const std::string& label) {
    const auto refuse = [&](ErrorCode code, const std::string& why) { return Error{code, label + ": " + why}; };
    ByteReader reader(bytes);
    std::span<const std::byte> magic, text;
    std::uint8_t major = 0, minor = 0;
    std::uint32_t length = 0;
    std::uint16_t shortLength = 0;
    if (!reader.take(kMagic.size(), magic) || asText(magic) != kMagic || !reader.read(major) || !reader.read(minor))
        return refuse(ErrorCode::Format, "is no NumPy array");
    if (major < 1 || major > 3) return refuse(ErrorCode::Unsupported, "a NumPy array of version " + std::to_string(major));
    const bool readLength = major == 1 ? reader.read(shortLength) : reader.read(length);
    if (major == 1) length = shortLength;
    if (!readLength || length > kLongestHeader || !reader.take(length, text))
        return refuse(ErrorCode::Format, "the header of the array breaks off");
    const std::string_view dictionary = asText(text);
    const auto descr = valueOf(dictionary, "descr"), order = valueOf(dictionary, "fortran_order"),
               shape = valueOf(dictionary, "shape");
    if (!descr || !order || !shape) return refuse(ErrorCode::Format, "the header of the array is malformed");
    const auto type = typeOf(*descr);
    if (!type)
        return refuse(ErrorCode::Unsupported, "elements of type " + shown(descr->substr(0, descr->find(',')), 40));
    if (!order->starts_with("False")) return refuse(ErrorCode::Unsupported, "the array is not in C order");
    const auto dims = dimensionsOf(*shape);
    if (!dims) return refuse(ErrorCode::Format, "the shape of the array is malformed");
    NpyArray array{*type, {}, {}};
    std::uint64_t size = 0;
    if (!shapeBytes(*dims, *type, array.shape, size))
        return refuse(ErrorCode::Unsupported, "the shape of the array is impossible");
    if (size != reader.left() || !reader.take(size, array.bytes))
        return refuse(ErrorCode::Format, std::to_string(reader.left()) + " bytes do not fill " + array.shape.text());
    return array;
}

}  // namespace ms
