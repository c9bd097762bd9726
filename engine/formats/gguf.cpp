#include "engine/formats/gguf.h"

#include <algorithm>
#include <limits>
#include <set>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

constexpr std::uint64_t kDefaultAlignment = 32, kMaxAlignment = 1 << 20;
constexpr std::uint64_t kLeastKeyBytes = 8 + 4 + 1, kLeastTensorBytes = 8 + 4 + 4 + 8;  // of one entry
constexpr std::uint64_t kMostElements = 1 << 24;  // of an array; vocabularies have a few hundred thousand
constexpr std::uint32_t kTextType = 8, kArrayType = 9;

/// Bytes of a metadata value of a fixed size; 0 for others.
std::size_t sizeOf(std::uint32_t type) {
    constexpr std::size_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < std::size(kSizes) ? kSizes[type] : 0;
}

struct StoredType {
    std::uint32_t code;
    const char* name;
    std::optional<DType> dtype;  ///< nothing: not read here
};

/// ggml.h, enum ggml_type.
constexpr StoredType kStoredTypes[] = {
    {0, "F32", DType::F32},    {1, "F16", DType::F16},    {2, "Q4_0", DType::Q4_0}, {3, "Q4_1", {}},
    {6, "Q5_0", {}},           {7, "Q5_1", {}},           {8, "Q8_0", DType::Q8_0}, {9, "Q8_1", {}},
    {10, "Q2_K", {}},          {11, "Q3_K", {}},          {12, "Q4_K", DType::Q4_K}, {13, "Q5_K", DType::Q5_K},
    {14, "Q6_K", DType::Q6_K}, {15, "Q8_K", {}},          {16, "IQ2_XXS", {}},      {17, "IQ2_XS", {}},
    {18, "IQ3_XXS", {}},       {19, "IQ1_S", {}},         {20, "IQ4_NL", {}},       {21, "IQ3_S", {}},
    {22, "IQ2_S", {}},         {23, "IQ4_XS", {}},        {24, "I8", DType::I8},    {25, "I16", DType::I16},
    {26, "I32", DType::I32},   {27, "I64", DType::I64},   {28, "F64", DType::F64},  {29, "IQ1_M", {}},
    {30, "BF16", DType::BF16}, {34, "TQ1_0", {}},         {35, "TQ2_0", {}},        {39, "MXFP4", {}},
};

class Parser {
public:
    Parser(std::span<const std::byte> bytes, const std::string& file) : m_bytes(bytes), m_reader(bytes), m_file(file) {}

    Result<GgufFile> run() {
        GgufFile out;
        std::uint64_t tensors = 0, keys = 0;
        MS_CHECK(readStart(out.version, tensors, keys));
        MS_CHECK(readMetadata(keys, out));
        MS_CHECK(readTensors(tensors, out));
        return out;
    }

private:
    [[nodiscard]] Error wrong(const std::string& what) const { return {ErrorCode::Format, m_file + ": " + what}; }
    [[nodiscard]] Error cut(const std::string& what) const {
        return wrong(what + " reaches past the end of the file; the download is incomplete, get it again");
    }

    Result<void> readStart(std::uint32_t& version, std::uint64_t& tensors, std::uint64_t& keys) {
        std::span<const std::byte> magic;
        if (!m_reader.take(4, magic) || asText(magic) != "GGUF") return wrong("is not a GGUF file");
        if (!m_reader.read(version)) return cut("the header");
        const auto unsupported = [&](const std::string& what) { return Error{ErrorCode::Unsupported, m_file + ": " + what}; };
        if ((version & 0xffffu) == 0) return unsupported("is a GGUF file for big-endian machines; convert it again without --bigendian");
        if (version != 2 && version != 3)
            return unsupported("is GGUF version " + std::to_string(version) + "; versions 2 and 3 are read, convert it again");
        if (!m_reader.read(tensors) || !m_reader.read(keys)) return cut("the header");
        if (keys > m_reader.left() / kLeastKeyBytes) return wrong("claims " + std::to_string(keys) + " metadata keys, more than the file can hold");
        if (tensors > m_reader.left() / kLeastTensorBytes) return wrong("claims " + std::to_string(tensors) + " tensors, more than the file can hold");
        return {};
    }

    bool readText(std::string_view& text) {
        std::uint64_t size = 0;
        std::span<const std::byte> bytes;
        if (!m_reader.read(size) || !m_reader.take(size, bytes)) return false;
        text = asText(bytes);
        return true;
    }

    template <class T>
    bool readNumber(GgufValue& value) {
        T v{};
        if (!m_reader.read(v)) return false;
        if constexpr (std::is_floating_point_v<T>) {
            value.kind = GgufValue::Kind::Float;
            value.real = static_cast<double>(v);
        } else if constexpr (std::is_signed_v<T>) {
            value.kind = GgufValue::Kind::Integer;
            value.integer = v;
        } else {
            value.kind = GgufValue::Kind::Unsigned;
            value.number = v;
        }
        return true;
    }

    /// A value that is no array. False: past the end.
    bool readScalar(std::uint32_t type, GgufValue& value) {
        switch (type) {
            case 0: return readNumber<std::uint8_t>(value);
            case 1: return readNumber<std::int8_t>(value);
            case 2: return readNumber<std::uint16_t>(value);
            case 3: return readNumber<std::int16_t>(value);
            case 4: return readNumber<std::uint32_t>(value);
            case 5: return readNumber<std::int32_t>(value);
            case 6: return readNumber<float>(value);
            case 7: {
                std::uint8_t flag = 0;
                value.kind = GgufValue::Kind::Bool;
                if (!m_reader.read(flag)) return false;
                value.integer = flag != 0 ? 1 : 0;
                return true;
            }
            case kTextType: value.kind = GgufValue::Kind::Text; return readText(value.text);
            case 10: return readNumber<std::uint64_t>(value);
            case 11: return readNumber<std::int64_t>(value);
            default: return readNumber<double>(value);
        }
    }

    Result<void> readArray(const std::string& key, GgufValue& value) {
        std::uint32_t type = 0;
        std::uint64_t count = 0;
        if (!m_reader.read(type) || !m_reader.read(count)) return cut(key);
        if (type == kArrayType) return wrong(key + " is an array of arrays, which no GGUF file needs; refused");
        if (type > 12) return wrong(key + " is an array of an unknown type " + std::to_string(type));
        if (count > m_reader.left() / (type == kTextType ? 8 : sizeOf(type)))
            return wrong(key + " claims " + std::to_string(count) + " elements, more than the file can hold");
        if (count > kMostElements) return wrong(key + " has " + std::to_string(count) + " elements; at most " + std::to_string(kMostElements) + " are read");
        value.kind = GgufValue::Kind::Array;
        for (std::uint64_t i = 0; i < count; ++i) {
            GgufValue element;
            if (!readScalar(type, element)) return cut(key);
            value.elements = element.kind;
            if (element.kind == GgufValue::Kind::Text) value.texts.push_back(element.text);
            else if (element.kind == GgufValue::Kind::Float) value.reals.push_back(static_cast<float>(element.real));
            else value.integers.push_back(element.whole().value_or(std::numeric_limits<std::int64_t>::max()));
        }
        return {};
    }

    Result<void> readMetadata(std::uint64_t keys, GgufFile& out) {
        std::set<std::string_view> seen;
        for (std::uint64_t i = 0; i < keys; ++i) {
            std::string_view key;
            std::uint32_t type = 0;
            if (!readText(key) || !m_reader.read(type)) return cut("metadata key " + std::to_string(i));
            if (key.empty()) return wrong("metadata key " + std::to_string(i) + " has no name");
            const std::string shownKey = "metadata " + inQuotes(key);
            if (!seen.insert(key).second) return wrong(shownKey + " is there twice");
            GgufValue value;
            if (type == kArrayType) {
                MS_CHECK(readArray(shownKey, value));
            } else if (type > 12) {
                return wrong(shownKey + " has the unknown type " + std::to_string(type));
            } else if (!readScalar(type, value)) {
                return cut(shownKey);
            }
            out.metadata.emplace_back(std::string(key), std::move(value));
        }
        return {};
    }

    Result<std::uint64_t> alignment(const GgufFile& out) const {
        const GgufValue* value = out.find("general.alignment");
        if (value == nullptr) return kDefaultAlignment;
        const auto given = value->whole();
        if (!given || *given < 1 || static_cast<std::uint64_t>(*given) > kMaxAlignment || (*given & (*given - 1)) != 0)
            return wrong("general.alignment is not a power of two up to " + std::to_string(kMaxAlignment));
        return static_cast<std::uint64_t>(*given);
    }

    Result<void> readTensor(std::uint64_t index, TensorInfo& tensor, std::uint64_t& bytes, std::uint64_t& offset) {
        std::string_view name;
        std::uint32_t rank = 0, code = 0;
        if (!readText(name) || !m_reader.read(rank)) return cut("tensor " + std::to_string(index));
        if (name.empty()) return wrong("tensor " + std::to_string(index) + " has no name");
        tensor.name = std::string(name);
        tensor.file = m_file;
        const std::string shownName = "tensor " + inQuotes(name);
        if (rank > static_cast<std::uint32_t>(Shape::kMaxRank)) return wrong(shownName + " has " + std::to_string(rank) + " dimensions");
        std::vector<std::uint64_t> dims(rank);
        for (std::uint64_t& dim : dims)
            if (!m_reader.read(dim)) return cut(shownName);
        if (!m_reader.read(code) || !m_reader.read(offset)) return cut(shownName);
        const auto* stored = std::find_if(std::begin(kStoredTypes), std::end(kStoredTypes), [&](const StoredType& t) { return t.code == code; });
        if (stored == std::end(kStoredTypes)) return wrong(shownName + " has the unknown type " + std::to_string(code));
        if (!stored->dtype)
            return Error{ErrorCode::Unsupported, m_file + ": " + shownName + " is " + stored->name +
                                                     "; F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K and Q6_K are read, quantise the model again"};
        tensor.dtype = *stored->dtype;
        if (!dims.empty() && dims.front() % blockElements(tensor.dtype) != 0)
            return wrong(shownName + " has rows of " + std::to_string(dims.front()) + ", no whole blocks of " + stored->name);
        std::reverse(dims.begin(), dims.end());  // the file names the fastest dimension first
        if (!shapeBytes(dims, tensor.dtype, tensor.shape, bytes)) return wrong(shownName + " is larger than any file");
        return {};
    }

    Result<void> readTensors(std::uint64_t count, GgufFile& out) {
        MS_TRY(const std::uint64_t align, alignment(out));
        std::vector<std::pair<std::uint64_t, std::uint64_t>> places;  // offset, bytes
        std::set<std::string> names;
        for (std::uint64_t i = 0; i < count; ++i) {
            TensorInfo tensor;
            std::uint64_t bytes = 0, offset = 0;
            MS_CHECK(readTensor(i, tensor, bytes, offset));
            if (!names.insert(tensor.name).second) return wrong("tensor " + inQuotes(tensor.name) + " is there twice");
            if (offset % align != 0) return wrong("tensor " + inQuotes(tensor.name) + " does not begin at a multiple of " + std::to_string(align));
            places.emplace_back(offset, bytes);
            out.tensors.push_back(std::move(tensor));
        }
        const std::uint64_t start = (m_reader.position() + align - 1) / align * align;
        std::uint64_t end = 0;
        std::vector<std::size_t> order(out.tensors.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
        for (const std::size_t i : order) {
            const auto& [offset, bytes] = places[i];
            if (bytes > 0 && (start > m_bytes.size() || offset > m_bytes.size() - start || bytes > m_bytes.size() - start - offset))
                return cut("tensor " + inQuotes(out.tensors[i].name));
            if (bytes > 0 && offset < end) return wrong("tensor " + inQuotes(out.tensors[i].name) + " overlaps another");
            if (bytes == 0) continue;
            end = offset + bytes;
            out.tensors[i].bytes = m_bytes.subspan(start + offset, bytes);
        }
        return {};
    }

    std::span<const std::byte> m_bytes;
    ByteReader m_reader;
    const std::string& m_file;
};

}  // namespace

std::optional<std::int64_t> GgufValue::whole() const {
    if (kind == Kind::Integer || kind == Kind::Bool) return integer;
    if (kind == Kind::Unsigned && number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return static_cast<std::int64_t>(number);
    return std::nullopt;
}

std::optional<double> GgufValue::floating() const {
    if (kind == Kind::Float) return real;
    const auto integral = whole();
    return integral ? std::optional(static_cast<double>(*integral)) : std::nullopt;
}

const GgufValue* GgufFile::find(std::string_view key) const {
    const auto found = std::find_if(metadata.begin(), metadata.end(), [&](const auto& entry) { return entry.first == key; });
    return found == metadata.end() ? nullptr : &found->second;
}

std::span<const std::string_view> GgufFile::texts(std::string_view key) const {
    const GgufValue* value = find(key);
    return value == nullptr ? std::span<const std::string_view>() : std::span<const std::string_view>(value->texts);
}

Result<GgufFile> parseGguf(std::span<const std::byte> bytes, const std::string& file) { return Parser(bytes, file).run(); }

}  // namespace ms
