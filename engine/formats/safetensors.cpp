#include "engine/formats/safetensors.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/json_file.h"

namespace ms {

namespace {

using nlohmann::json;

struct Entry {
    std::string name;
    std::string dtype;
    std::vector<std::uint64_t> shape, offsets;
    bool hasDtype = false, hasShape = false, hasOffsets = false;
};

/// Builds entries while the header is parsed: no tree in memory, names seen twice are noticed, depth is bounded.
class HeaderHandler final : public nlohmann::json_sax<json> {
public:
    explicit HeaderHandler(SafetensorsMetadata* metadata) : m_metadata(metadata) {}

    std::vector<Entry> entries;
    std::string problem;  ///< why parsing stopped, in words that follow "file: "
    ErrorCode code = ErrorCode::Format;

    bool null() override { return scalar("null"); }
    bool boolean(bool) override { return scalar("a truth value"); }
    bool number_integer(number_integer_t) override { return scalar("a negative number"); }
    bool number_float(number_float_t, const string_t& text) override {
        return scalar("the number " + shown(text, 40) + ", which is no whole number below 2^64");
    }
    bool number_unsigned(number_unsigned_t value) override {
        if (m_skipping == 0 && m_depth == 3 && m_array != nullptr) {
            // Four dimensions are the most that is handled, yet the list is read on for the error's sake.
            if (m_array->size() < 64) m_array->push_back(value);
            return true;
        }
        return scalar("a number");
    }
    bool string(string_t& value) override {
        if (m_skipping > 0) return true;
        if (m_inMetadata && m_depth == 2) {
            if (m_metadata != nullptr) m_metadata->emplace_back(std::move(m_metadataKey), std::move(value));
            return true;
        }
        if (m_depth == 2 && m_field == "dtype") {
            entries.back().dtype = value;
            return true;
        }
        return scalar("text");
    }
    bool binary(binary_t&) override { return fail("binary data in the header"); }

    bool key(string_t& value) override {
        if (m_skipping > 0) return true;
        if (m_inMetadata) {
            m_metadataKey = std::move(value);
            return true;
        }
        if (m_depth == 1) return beginEntry(value);
        m_field = value;
        Entry& entry = entries.back();
        bool* seen = value == "dtype"          ? &entry.hasDtype
                     : value == "shape"        ? &entry.hasShape
                     : value == "data_offsets" ? &entry.hasOffsets
                                               : nullptr;
        if (seen != nullptr && std::exchange(*seen, true)) return fail(where() + "the field is there twice");
        return true;
    }

    bool start_object(std::size_t) override {
        ++m_depth;
        if (m_depth <= 2 && m_skipping == 0) return true;
        return m_inMetadata ? fail("__metadata__ holds something other than text") : nested("an object");
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override {
        ++m_depth;
        if (m_depth == 1) return fail("the header is a JSON list, not an object");
        if (m_depth == 2)
            return fail((m_inMetadata ? "__metadata__" : where()) + std::string(" is a list, not an object"));
        if (m_inMetadata) return fail("__metadata__ holds something other than text");
        const bool isValue = m_skipping == 0 && m_depth == 3;
        if (isValue && m_field == "shape") m_array = &entries.back().shape;
        else if (isValue && m_field == "data_offsets") m_array = &entries.back().offsets;
        else return nested("a list");
        return true;
    }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t position, const std::string&, const json::exception& e) override {
        return fail("the header is not valid JSON at byte " + std::to_string(position) + " (" + jsonProblem(e.what()) +
                    ")");
    }

private:
    static constexpr int kMaxSkippedDepth = 16;

    bool fail(std::string why) {
        problem = std::move(why);
        return false;
    }
    [[nodiscard]] std::string where() const {
        return "tensor " + inQuotes(entries.back().name) + (m_field.empty() ? "" : ", " + shown(m_field, 40) + ": ");
    }
    bool beginEntry(const std::string& name) {
        m_inMetadata = name == "__metadata__";
        if (m_inMetadata) return std::exchange(m_metadataSeen, true) ? fail("__metadata__ is there twice") : true;
        entries.emplace_back().name = name;
        return true;
    }
    /// A value where none (or another kind) belongs; fields this reader does not know may hold anything.
    bool scalar(const std::string& kind) {
        if (m_skipping > 0 || isUnknownField()) return true;
        if (m_depth == 0) return fail("the header is " + kind + ", not a JSON object");
        if (m_inMetadata)
            return m_depth == 1 ? fail("__metadata__ is not an object")
                                : fail("__metadata__ holds something other than text");
        if (m_depth == 1) return fail(where() + " is " + kind + ", not an object");
        return fail(where() + kind + " is not what belongs here");
    }
    bool nested(const std::string& kind) {
        if (m_skipping == 0 && !(m_depth == 3 && isUnknownField()))
            return fail(where() + kind + " is not what belongs here");
        return ++m_skipping <= kMaxSkippedDepth ? true : fail(where() + "nested too deeply");
    }
    [[nodiscard]] bool isUnknownField() const {
        return m_depth >= 2 && !m_inMetadata && m_array == nullptr && m_field != "dtype" && m_field != "shape" &&
               m_field != "data_offsets";
    }
    bool close() {
        --m_depth;
        if (m_skipping > 0) --m_skipping;
        else m_array = nullptr;
        if (m_depth != 1) return true;
        m_field.clear();
        if (std::exchange(m_inMetadata, false)) return true;
        const Entry& entry = entries.back();
        return entry.hasDtype && entry.hasShape && entry.hasOffsets
                   ? true
                   : fail(where() + ": dtype, shape or data_offsets is missing");
    }

    int m_depth = 0;
    int m_skipping = 0;  ///< open brackets inside an unknown field
    bool m_inMetadata = false, m_metadataSeen = false;
    std::string m_field, m_metadataKey;
    SafetensorsMetadata* m_metadata;  ///< null: not wanted
    std::vector<std::uint64_t>* m_array = nullptr;
};

std::optional<DType> dtypeFromName(std::string_view text) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16, DType::F64, DType::I8, DType::U8, DType::Bool,
                             DType::I16, DType::I32, DType::I64}) {
        if (name(type) == text) return type;
    }
    return std::nullopt;
}

Result<TensorInfo> toTensor(const Entry& entry, std::span<const std::byte> data, const std::string& file) {
    const auto wrong = [&](ErrorCode code, const std::string& what) {
        return Error{code, file + ": tensor " + inQuotes(entry.name) + ": " + what};
    };
    const auto dtype = dtypeFromName(entry.dtype);
    if (!dtype)
        return wrong(ErrorCode::Unsupported, "type " + shown(entry.dtype, 40) +
                                                 " is not supported; convert the checkpoint to F32, F16 or BF16");
    if (entry.shape.size() > Shape::kMaxRank)
        return wrong(ErrorCode::Unsupported, "more than 4 dimensions are not supported");
    TensorInfo tensor{.name = entry.name, .dtype = *dtype, .shape = {}, .bytes = {}, .file = file};
    std::uint64_t expected = 0;
    if (!shapeBytes(entry.shape, *dtype, tensor.shape, expected))
        return wrong(ErrorCode::Format, "its shape multiplies to more than 2^63 bytes; download the file again");
    if (entry.offsets.size() != 2 || entry.offsets[0] > entry.offsets[1])
        return wrong(ErrorCode::Format, "data_offsets must be [begin, end]; download the file again");
    const std::uint64_t begin = entry.offsets[0], end = entry.offsets[1];
    const std::string range = "its data [" + std::to_string(begin) + ", " + std::to_string(end) + ")";
    if (end > data.size())
        return wrong(ErrorCode::Format, range + " lies beyond the file's " + std::to_string(data.size()) +
                                            " bytes of data: the file is incomplete, download it again");
    if (end - begin != expected)
        return wrong(ErrorCode::Format, range + " does not match " + std::string(name(*dtype)) + " " +
                                            tensor.shape.text() + ", which takes " + std::to_string(expected) +
                                            " bytes; download the file again");
    tensor.bytes = data.subspan(begin, end - begin);
    return tensor;
}

Result<std::vector<TensorInfo>> parse(std::span<const std::byte> bytes, const std::string& file,
                                      SafetensorsMetadata* metadata) {
    const auto damaged = [&](const std::string& what) {
        return Error{ErrorCode::Format,
                     file + ": " + what + "; the file is damaged or no safetensors file, download it again"};
    };
    ByteReader reader(bytes);
    std::uint64_t headerLength = 0;
    std::span<const std::byte> header;
    if (!reader.read(headerLength)) return damaged("only " + std::to_string(bytes.size()) + " bytes long");
    if (headerLength > kMaxSafetensorsHeader)
        return damaged("declares a header of " + std::to_string(headerLength) + " bytes, at most 100 MB are allowed");
    if (!reader.take(headerLength, header))
        return damaged("declares a header of " + std::to_string(headerLength) + " bytes but has only " +
                       std::to_string(bytes.size()));
    if (header.empty() || header[0] != std::byte{'{'}) return damaged("the header does not begin with '{'");

    HeaderHandler handler(metadata);
    const std::string_view text = asText(header);
    if (!json::sax_parse(text.begin(), text.end(), &handler)) return damaged(handler.problem);

    const std::span<const std::byte> data = bytes.subspan(reader.position());
    std::sort(handler.entries.begin(), handler.entries.end(),
              [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
    std::vector<TensorInfo> tensors;
    tensors.reserve(handler.entries.size());
    std::unordered_set<std::string_view> names;
    std::uint64_t covered = 0;
    for (const Entry& entry : handler.entries) {
        if (!names.insert(entry.name).second) return damaged("tensor " + inQuotes(entry.name) + " is there twice");
        MS_TRY(TensorInfo tensor, toTensor(entry, data, file));
        if (entry.offsets[0] != covered)
            return damaged("tensor " + inQuotes(entry.name) + ": its data begin at byte " +
                           std::to_string(entry.offsets[0]) + " where " + std::to_string(covered) + " was expected (" +
                           (entry.offsets[0] < covered ? "overlap" : "hole") + ")");
        covered = entry.offsets[1];
        tensors.push_back(std::move(tensor));
    }
    if (covered != data.size())
        return damaged("the tensors cover " + std::to_string(covered) + " of " + std::to_string(data.size()) +
                       " bytes of data");
    return tensors;
}

}  // namespace

Result<std::vector<TensorInfo>> parseSafetensors(std::span<const std::byte> bytes, const std::string& file,
                                                 SafetensorsMetadata* metadata) {
    try {
        return parse(bytes, file, metadata);
    } catch (const std::exception& e) {
        return Error{ErrorCode::OutOfMemory, file + ": the header cannot be parsed: " + shown(e.what())};
    }
}

}  // namespace ms
