#include "engine/models/config_fields.h"

#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"

namespace ms {

using nlohmann::json;

const json* ConfigFields::find(const char* key) const {
    const auto found = m_object.find(key);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

ConfigFields ConfigFields::object(const char* key, bool required) {
    static const json s_empty = json::object();
    const json* value = find(key);
    const bool usable = value != nullptr && value->is_object();
    if (value == nullptr && required) fail(error(ErrorCode::Format, key, "is missing"));
    if (value != nullptr && !usable) fail(error(ErrorCode::Format, key, "is no object"));
    return ConfigFields(usable ? *value : s_empty, m_file, m_prefix + key + ".");
}

std::int64_t ConfigFields::wholeNumber(const char* key, const json& value, std::int64_t low, std::int64_t high) {
    // A value above 2^63 reads as unsigned, and get<int64> would wrap it.
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    const std::int64_t number = fits ? value.get<std::int64_t>() : 0;
    if (fits && number >= low && number <= high) return number;
    fail(error(ErrorCode::Format, key,
               shown(value.dump(-1, ' ', false, json::error_handler_t::replace), 40) + " is not a whole number from " +
                   std::to_string(low) + " to " + std::to_string(high)));
    return low;
}

std::int64_t ConfigFields::integer(const char* key, std::int64_t low, std::int64_t high,
                                   std::optional<std::int64_t> otherwise) {
    const json* value = find(key);
    if (value != nullptr) return wholeNumber(key, *value, low, high);
    if (!otherwise) fail(error(ErrorCode::Format, key, "is missing"));
    return otherwise.value_or(low);
}

std::vector<std::int64_t> ConfigFields::integers(const char* key, std::int64_t low, std::int64_t high, std::size_t most) {
    const json* value = find(key);
    if (value == nullptr || !value->is_array() || value->empty() || value->size() > most) {
        fail(error(ErrorCode::Format, key, "is not a list of 1 to " + std::to_string(most) + " whole numbers"));
        return {};
    }
    std::vector<std::int64_t> numbers;
    for (const json& entry : *value) numbers.push_back(wholeNumber(key, entry, low, high));
    return numbers;
}

double ConfigFields::number(const char* key, double otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) fail(error(ErrorCode::Format, key, "is no number"));
    return value->is_number() ? value->get<double>() : otherwise;
}

bool ConfigFields::flag(const char* key, bool otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) fail(error(ErrorCode::Format, key, "is neither true nor false"));
    return value->is_boolean() ? value->get<bool>() : otherwise;
}

float ConfigFields::epsilon(const char* key, float otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    const double number = value->is_number() ? value->get<double>() : -1;
    if (number >= 0 && number <= 0.1) return static_cast<float>(number);
    fail(error(ErrorCode::Format, key, "is not a number from 0 to 0.1"));
    return otherwise;
}

std::string ConfigFields::text(const char* key, const std::string& otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) fail(error(ErrorCode::Format, key, "is no text"));
    return value->is_string() ? value->get<std::string>() : otherwise;
}

std::int64_t ConfigFields::rank(const char* key, std::int64_t d_model) {
    const json* value = find(key);
    if (value == nullptr || (value->is_string() && value->get_ref<const std::string&>() == "auto"))
        return (d_model + 15) / 16;
    return integer(key, 1, kMaxModel);
}

std::optional<int> ConfigFields::tokenId(const char* key) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_array() && !value->empty()) {
        json first;
        first[key] = value->front();
        ConfigFields inner(first, m_file, m_prefix);
        const auto id = inner.tokenId(key);
        if (inner.problem()) fail(*inner.problem());
        return id;
    }
    const std::int64_t id = integer(key, -1, kMaxVocab);
    return id < 0 ? std::nullopt : std::optional<int>(static_cast<int>(id));
}

}  // namespace ms
