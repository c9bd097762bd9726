// Reading fields of foreign JSON, one object at a time.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/formats/foreign_text.h"

namespace ms {

/// Reads fields of an object and remembers the first that is wrong.
class Fields {
public:
    Fields(const nlohmann::json& object, std::string path, std::string& problem)
        : m_object(object), m_path(std::move(path)), m_problem(problem) {
        if (!m_object.is_object()) complain("", "is no object");
    }

    void read(const char* key, std::string& value) const {
        const nlohmann::json* field = find(key);
        if (field == nullptr) return;
        if (!field->is_string()) return complain(key, "is no text");
        value = field->get<std::string>();
    }
    void read(const char* key, bool& value) const {
        const nlohmann::json* field = find(key);
        if (field == nullptr) return;
        if (!field->is_boolean()) return complain(key, "is neither true nor false");
        value = field->get<bool>();
    }
    template <std::integral Integer>
    void read(const char* key, Integer& value, std::int64_t low, std::int64_t high) const {
        if (const nlohmann::json* field = find(key); field != nullptr) value = static_cast<Integer>(whole(*field, key, low, high));
    }
    void read(const char* key, std::uint64_t& value) const {
        const nlohmann::json* field = find(key);
        if (field == nullptr) return;
        if (!field->is_number_unsigned()) return complain(key, "is no whole number from 0 on");
        value = field->get<std::uint64_t>();
    }
    template <std::floating_point Real>
    void read(const char* key, Real& value, double low, double high) const {
        if (const nlohmann::json* field = find(key); field != nullptr) value = static_cast<Real>(real(*field, key, low, high));
    }
    /// Calls `visit(entry, path)` for each entry of a list.
    template <class Visit>
    void each(const char* key, Visit visit) const {
        const nlohmann::json* field = find(key);
        if (field == nullptr) return;
        if (!field->is_array()) return complain(key, "is no list");
        for (std::size_t i = 0; i < field->size() && m_problem.empty(); ++i)
            visit((*field)[i], m_path + key + "[" + std::to_string(i) + "]");
    }
    /// What `parse` makes of an entry that is an object; `path` as `each` gives it.
    template <class T, class Parse>
    [[nodiscard]] T entry(const nlohmann::json& object, const std::string& path, Parse parse) const {
        return parse(Fields(object, path + ".", m_problem));
    }
    /// The same as read() of a number that must be there.
    void require(const char* key, std::int64_t& value, std::int64_t low, std::int64_t high) const {
        if (!has(key)) return complain(key, "is missing");
        read(key, value, low, high);
    }
    [[nodiscard]] bool has(const char* key) const { return find(key) != nullptr; }
    [[nodiscard]] Fields object(const char* key) const {
        static const nlohmann::json kEmpty = nlohmann::json::object();
        const nlohmann::json* field = find(key);
        return {field != nullptr ? *field : kEmpty, m_path + key + ".", m_problem};
    }
    [[nodiscard]] const nlohmann::json* find(const char* key) const {
        if (!m_object.is_object()) return nullptr;
        const auto found = m_object.find(key);
        return found == m_object.end() || found->is_null() ? nullptr : &*found;
    }
    [[nodiscard]] std::int64_t whole(const nlohmann::json& field, const std::string& key, std::int64_t low, std::int64_t high) const {
        const bool fits = field.is_number_unsigned() ? field.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::max<std::int64_t>(high, 0))
                                                     : field.is_number_integer() && field.get<std::int64_t>() <= high;
        if (fits && field.get<std::int64_t>() >= low) return field.get<std::int64_t>();
        complain(key, "is no whole number from " + std::to_string(low) + " to " + std::to_string(high));
        return low;
    }
    [[nodiscard]] double real(const nlohmann::json& field, const std::string& key, double low, double high) const {
        if (field.is_number() && field.get<double>() >= low && field.get<double>() <= high) return field.get<double>();
        complain(key, "is no number in its range");
        return low;
    }
    /// Nothing was wrong so far, here or elsewhere in the document.
    [[nodiscard]] bool isFine() const { return m_problem.empty(); }
    void complain(const std::string& key, const std::string& what) const {
        if (m_problem.empty()) m_problem = "\"" + shown(m_path + key, 80) + "\" " + what;
    }

private:
    const nlohmann::json& m_object;
    std::string m_path;
    std::string& m_problem;
};

}  // namespace ms
