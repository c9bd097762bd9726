// Typed fields of a config.json, with errors that name file and field.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace ms {

// Far above every published model, low enough that products of any two fit easily.
inline constexpr std::int64_t kMaxModel = 65536, kMaxInner = 262144, kMaxLayers = 1024, kMaxState = 256, kMaxConv = 8,
                              kMaxVocab = 1 << 24, kMaxExpand = 64;

/// Reads typed fields; the first problem stays, later reads return their defaults. Refers to what it was made with.
class ConfigFields {
public:
    /// `prefix` stands before every key in messages: "ssm_cfg.".
    ConfigFields(const nlohmann::json& object, const std::string& file, std::string prefix = {})
        : m_object(object), m_file(file), m_prefix(std::move(prefix)) {}

    [[nodiscard]] const std::optional<Error>& problem() const { return m_problem; }
    [[nodiscard]] Error error(ErrorCode code, std::string_view key, const std::string& what) const {
        return {code, m_file + ": " + m_prefix + std::string(key) + ": " + what};
    }
    void fail(Error error) {
        if (!m_problem) m_problem = std::move(error);
    }

    /// The field's value; null when absent or null.
    [[nodiscard]] const nlohmann::json* find(const char* key) const;
    /// An object's fields; those of an empty one when the field is absent. It is a problem if it is no object, or if it
    /// is absent and `required`. Take its problem over when its fields are read.
    [[nodiscard]] ConfigFields object(const char* key, bool required);

    std::int64_t integer(const char* key, std::int64_t low, std::int64_t high,
                         std::optional<std::int64_t> otherwise = {});
    /// One to `most` integers.
    std::vector<std::int64_t> integers(const char* key, std::int64_t low, std::int64_t high, std::size_t most);
    double number(const char* key, double otherwise);
    bool flag(const char* key, bool otherwise);
    float epsilon(const char* key, float otherwise);
    /// A text field; `otherwise` when absent.
    std::string text(const char* key, const std::string& otherwise);
    /// "auto" (ceil(d_model / 16), as both origins define it) or a number.
    std::int64_t rank(const char* key, std::int64_t d_model);
    /// A token id; a list gives its first, -1 or null none.
    std::optional<int> tokenId(const char* key);

private:
    std::int64_t wholeNumber(const char* key, const nlohmann::json& value, std::int64_t low, std::int64_t high);

    const nlohmann::json& m_object;
    const std::string& m_file;
    std::string m_prefix;
    std::optional<Error> m_problem;
};

}  // namespace ms
