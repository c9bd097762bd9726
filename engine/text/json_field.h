// Reading a foreign JSON file: bounded parsing, and fields whose errors name the file and the path to the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"

namespace ms::text {

/// The whole file. Errors: NotFound, Io; Format beyond 64 MiB (the largest vocabularies published take half of that).
[[nodiscard]] Result<std::string> readJsonFile(const std::filesystem::path& path);

/// Nesting at most 64 deep, at most 8 million values. `name` stands in front of error messages.
[[nodiscard]] Result<nlohmann::json> parseJson(std::string_view bytes, const std::string& name);

/// A string from the file for an error message: quoted, escaped to one line, cut after 40 bytes.
[[nodiscard]] std::string inQuotes(std::string_view text);

/// A value that may be missing, and where it stands ("tokenizer.json: model.vocab").
class JsonField {
public:
    JsonField(const nlohmann::json* json, std::string where) : m_json(json), m_where(std::move(where)) {}

    /// Not there, or null.
    [[nodiscard]] bool missing() const;
    [[nodiscard]] const std::string& where() const { return m_where; }
    [[nodiscard]] const nlohmann::json& json() const { return *m_json; }

    /// Member of an object; missing if this is none.
    [[nodiscard]] JsonField operator[](const char* key) const;
    /// Element of an array; `index` is below its size.
    [[nodiscard]] JsonField at(std::size_t index) const;

    [[nodiscard]] Result<std::string> string() const;
    [[nodiscard]] Result<bool> boolean() const;
    [[nodiscard]] Result<bool> booleanOr(bool otherwise) const;
    /// A token id: integer in [0, 2^24].
    [[nodiscard]] Result<std::int32_t> tokenId() const;
    [[nodiscard]] Result<void> mustBeObject() const;
    [[nodiscard]] Result<void> mustBeArray() const;

    /// "<where> <problem>"
    [[nodiscard]] Error error(ErrorCode code, const std::string& problem) const {
        return {code, m_where + (m_where.ends_with(' ') ? "" : " ") + problem};
    }
    [[nodiscard]] Error unsupported(const std::string& problem) const { return error(ErrorCode::Unsupported, problem); }
    [[nodiscard]] Error malformed(const std::string& problem) const { return error(ErrorCode::Format, problem); }

private:
    [[nodiscard]] Error wrongType(const char* wanted) const;

    const nlohmann::json* m_json;
    std::string m_where;
};

}  // namespace ms::text
