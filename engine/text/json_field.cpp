#include "engine/text/json_field.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace ms::text {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 64u << 20;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxValues = 8'000'000;
constexpr std::int32_t kMaxTokenId = 1 << 24;

// Depth and number of values, before a parser allocates for them.
Result<void> checkBounds(std::string_view bytes, const std::string& name) {
    std::size_t depth = 0;
    std::size_t values = 0;
    bool inString = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (inString) {
            if (c == '\\') ++i;
            else if (c == '"') inString = false;
            continue;
        }
        switch (c) {
            case '"':
                inString = true;
                break;
            case ',':
                ++values;
                break;
            case '[':
            case '{':
                ++depth;
                ++values;
                break;
            case ']':
            case '}':
                depth -= depth > 0 ? 1 : 0;
                break;
            default:
                break;
        }
        if (depth > kMaxDepth) {
            return Error{ErrorCode::Format, name + ": JSON nested deeper than " + std::to_string(kMaxDepth) +
                                                " levels at byte " + std::to_string(i)};
        }
        if (values > kMaxValues) return Error{ErrorCode::Format, name + ": more than 8 million JSON values"};
    }
    return {};
}

}  // namespace

Result<std::string> readJsonFile(const std::filesystem::path& path) {
    const std::string name = path.string();
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (!std::filesystem::exists(status)) return Error{ErrorCode::NotFound, name + ": no such file"};
    if (!std::filesystem::is_regular_file(status)) return Error{ErrorCode::Io, name + ": not a file"};
    const std::uintmax_t size = std::filesystem::file_size(path, code);
    if (code) return Error{ErrorCode::Io, name + ": " + code.message()};
    if (size > kMaxFileBytes) {
        return Error{ErrorCode::Format,
                     name + ": " + std::to_string(size >> 20) + " MiB is more than a tokenizer file may have (64 MiB)"};
    }
    std::ifstream file(path, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!file || !file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
        return Error{ErrorCode::Io, name + ": cannot be read; check its permissions"};
    }
    return bytes;
}

Result<nlohmann::json> parseJson(std::string_view bytes, const std::string& name) {
    if (bytes.size() > kMaxFileBytes) return Error{ErrorCode::Format, name + ": longer than 64 MiB"};
    MS_CHECK(checkBounds(bytes, name));
    try {
        return nlohmann::json::parse(bytes);
    } catch (const nlohmann::json::parse_error& error) {
        return Error{ErrorCode::Format, name + ": not valid JSON at byte " + std::to_string(error.byte)};
    } catch (const nlohmann::json::exception&) {  // a number out of range
        return Error{ErrorCode::Format, name + ": not valid JSON (a number is out of range)"};
    }
}

std::string inQuotes(std::string_view text) {
    constexpr std::size_t kShown = 40;
    const nlohmann::json shown(std::string(text.substr(0, kShown)) + (text.size() > kShown ? "..." : ""));
    return shown.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool JsonField::missing() const { return m_json == nullptr || m_json->is_null(); }

JsonField JsonField::operator[](const char* key) const {
    const std::string where = m_where + (m_where.ends_with(": ") ? "" : ".") + key;
    if (m_json == nullptr || !m_json->is_object()) return {nullptr, where};
    const auto found = m_json->find(key);
    return {found == m_json->end() ? nullptr : &*found, where};
}

JsonField JsonField::at(std::size_t index) const {
    return {&(*m_json)[index], m_where + "[" + std::to_string(index) + "]"};
}

Error JsonField::wrongType(const char* wanted) const {
    return malformed(std::string("must be ") + wanted + " and is " +
                     (m_json == nullptr ? "missing" : std::string("of type ") + m_json->type_name()));
}

Result<std::string> JsonField::string() const {
    if (m_json == nullptr || !m_json->is_string()) return wrongType("a string");
    return m_json->get_ref<const std::string&>();
}

Result<bool> JsonField::boolean() const {
    if (m_json == nullptr || !m_json->is_boolean()) return wrongType("true or false");
    return m_json->get<bool>();
}

Result<bool> JsonField::booleanOr(bool otherwise) const { return missing() ? Result<bool>(otherwise) : boolean(); }

Result<std::int32_t> JsonField::tokenId() const {
    if (m_json == nullptr || !m_json->is_number_integer()) return wrongType("an integer");
    // Every negative number is signed and every larger one unsigned in this library.
    const bool negative = !m_json->is_number_unsigned() && m_json->get<std::int64_t>() < 0;
    if (negative || m_json->get<std::uint64_t>() > kMaxTokenId) {
        return malformed("is " + m_json->dump() + ", beyond the token ids 0 to " + std::to_string(kMaxTokenId));
    }
    return m_json->get<std::int32_t>();
}

Result<void> JsonField::mustBeObject() const {
    if (m_json == nullptr || !m_json->is_object()) return wrongType("an object");
    return {};
}

Result<void> JsonField::mustBeArray() const {
    if (m_json == nullptr || !m_json->is_array()) return wrongType("an array");
    return {};
}

}  // namespace ms::text
