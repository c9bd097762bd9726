#include "engine/export/provenance.h"

#include <algorithm>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/export/file_hash.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/json_file.h"

namespace ms {

namespace {

using nlohmann::json;

constexpr std::size_t kLineBytes = 400;  // of a value in describe

const char* word(Provenance::InputKind kind) {
    switch (kind) {
        case Provenance::InputKind::None:
            break;
        case Provenance::InputKind::Tokens:
            return "tokens";
        case Provenance::InputKind::Sound:
            return "sound";
    }
    return "none";
}

std::string kindList() { return "\"none\", \"tokens\" or \"sound\""; }

void put(json& object, const char* key, const std::string& text) {
    if (!text.empty()) object[key] = text;
}

/// Fields of one object; the first one that is wrong is remembered, so that reading is a plain list of fields.
class Fields {
public:
    Fields(const json& object, std::string where, std::optional<Error>& error)
        : m_object(object), m_where(std::move(where)), m_error(error) {}

    void refuse(const std::string& problem) {
        if (!m_error) m_error = Error{ErrorCode::Format, m_where + problem};
    }
    /// The member, null if it is missing or of another type; `isType` is one of json's own questions.
    const json* find(const char* key, bool (json::*isType)() const noexcept, const char* wanted) {
        const auto found = m_object.find(key);
        if (found == m_object.end() || found->is_null()) return nullptr;
        if (((*found).*isType)()) return &*found;
        refuse(std::string(key) + " must be " + wanted);
        return nullptr;
    }
    void text(const char* key, std::string& out) {
        if (const json* value = find(key, &json::is_string, "text")) out = value->get<std::string>();
    }
    /// A whole number in [0, most].
    std::optional<std::int64_t> count(const char* key, std::int64_t most) {
        const json* value = find(key, &json::is_number_integer, "a whole number");
        return value == nullptr ? std::nullopt : count(*value, key, most);
    }
    std::optional<std::int64_t> count(const json& value, const std::string& key, std::int64_t most) {
        const bool tooLarge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
        if (value.is_number_integer() && !tooLarge) {
            const auto number = value.get<std::int64_t>();
            if (number >= 0 && number <= most) return number;
        }
        refuse(key + " must be a whole number from 0 to " + std::to_string(most));
        return std::nullopt;
    }
    [[nodiscard]] Fields within(const char* key) {
        static const json s_empty = json::object();
        const json* value = find(key, &json::is_object, "an object");
        return {value == nullptr ? s_empty : *value, m_where + key + ".", m_error};
    }
    [[nodiscard]] const json& object() const { return m_object; }

private:
    const json& m_object;
    std::string m_where;
    std::optional<Error>& m_error;
};

constexpr std::int64_t kMostTokens = std::int64_t{1} << 53;  // whole in every reader of JSON

void readInput(Fields fields, Provenance::Input& input) {
    std::string kind = "none";
    fields.text("kind", kind);
    if (kind == "tokens") input.kind = Provenance::InputKind::Tokens;
    else if (kind == "sound") input.kind = Provenance::InputKind::Sound;
    else if (kind != "none") fields.refuse("kind must be " + kindList());
    fields.text("sha256", input.hash);
    fields.text("path", input.path);
    fields.text("text", input.excerpt);
    input.tokens = fields.count("tokens", kMostTokens).value_or(0);
    const json* ids = fields.find("ids", &json::is_array, "a list");
    if (ids == nullptr) return;
    if (ids->size() > Provenance::kMostIds)
        return fields.refuse("ids holds more than " + std::to_string(Provenance::kMostIds) + " numbers");
    for (const json& id : *ids) {
        const auto number = fields.count(id, "ids", std::numeric_limits<TokenId>::max());
        if (!number) return;
        input.ids.push_back(static_cast<TokenId>(*number));
    }
}

void readRange(Fields& fields, std::optional<Provenance::TokenRange>& range) {
    const json* pair = fields.find("token_range", &json::is_array, "a list");
    if (pair == nullptr) return;
    if (pair->size() != 2) return fields.refuse("token_range must hold two numbers");
    const auto first = fields.count((*pair)[0], "token_range", kMostTokens);
    const auto end = fields.count((*pair)[1], "token_range", kMostTokens);
    if (!first || !end) return;
    if (*end < *first) return fields.refuse("token_range ends before it begins");
    range = Provenance::TokenRange{*first, *end};
}

void readView(Fields fields, Provenance& p) {
    fields.text("id", p.view);
    fields.text("probe", p.probe);
    fields.text("normalisation", p.normalisation);
    fields.text("scale", p.scale);
    if (const auto layer = fields.count("layer", std::numeric_limits<std::int32_t>::max())) p.layer = LayerIndex(*layer);
    readRange(fields, p.tokens);
    Fields settings = fields.within("settings");
    for (const auto& [key, value] : settings.object().items()) {
        if (!value.is_string()) return settings.refuse(inQuotes(key, 40) + " must be text");
        p.viewSettings[key] = value.get<std::string>();
    }
}

}  // namespace

Provenance::Input inputOfTokens(std::span<const TokenId> ids, std::string_view text) {
    Provenance::Input input;
    input.kind = Provenance::InputKind::Tokens;
    input.hash = sha256OfIds(ids);
    input.tokens = static_cast<std::int64_t>(ids.size());
    if (ids.size() <= Provenance::kMostIds) input.ids.assign(ids.begin(), ids.end());
    if (text.size() > Provenance::kExcerptBytes) {
        std::size_t cut = Provenance::kExcerptBytes;
        while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
        input.excerpt = std::string(text.substr(0, cut)) + "…";
    } else {
        input.excerpt = text;
    }
    return input;
}

std::string isoTime(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

json toJsonValue(const Provenance& p) {
    json model = json::object(), input = json::object(), view = json::object();
    put(model, "name", p.model.name);
    put(model, "path", p.model.path);
    put(model, "family", p.model.family);
    put(model, "sha256", p.model.hash);
    put(model, "fingerprint", p.model.fingerprint);

    input["kind"] = word(p.input.kind);
    put(input, "sha256", p.input.hash);
    put(input, "path", p.input.path);
    put(input, "text", p.input.excerpt);
    if (p.input.kind != Provenance::InputKind::None || p.input.tokens > 0) input["tokens"] = p.input.tokens;
    if (!p.input.ids.empty()) input["ids"] = p.input.ids;

    put(view, "id", p.view);
    put(view, "probe", p.probe);
    put(view, "normalisation", p.normalisation);
    put(view, "scale", p.scale);
    if (p.layer) view["layer"] = p.layer->value;
    if (p.tokens) view["token_range"] = {p.tokens->first, p.tokens->end};
    if (!p.viewSettings.empty()) view["settings"] = p.viewSettings;

    json root = {{"format", kProvenanceKey}, {"version", Provenance::kVersion}, {"input", std::move(input)}};
    put(root, "program", p.program);
    put(root, "time", p.time);
    put(root, "device", p.device);
    put(root, "interventions", p.interventions);
    put(root, "intervention_list", p.interventionList);
    if (!model.empty()) root["model"] = std::move(model);
    if (!view.empty()) root["view"] = std::move(view);
    return root;
}

std::string toJson(const Provenance& provenance) {
    return toJsonValue(provenance).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Provenance> provenanceFromJson(std::string_view text, const std::string& file) {
    MS_TRY(const json value, parseJson(text, file));
    return provenanceFromJsonValue(value, file);
}

Result<Provenance> provenanceFromJsonValue(const json& value, const std::string& file) {
    const auto format = value.is_object() ? value.find("format") : value.end();
    if (format == value.end() || *format != kProvenanceKey)
        return Error{ErrorCode::Format, file + ": says nothing about what made it: format must be \"" + kProvenanceKey + "\""};
    std::optional<Error> error;
    Fields root(value, file + ": ", error);
    const auto version = root.count("version", std::numeric_limits<std::int32_t>::max());
    if (error) return *error;
    if (version.value_or(0) < 1) return Error{ErrorCode::Format, file + ": version is missing"};
    if (*version > Provenance::kVersion)
        return Error{ErrorCode::Unsupported, file + ": was made by a later version of the program (provenance " +
                                                 std::to_string(*version) + ", this one reads " +
                                                 std::to_string(Provenance::kVersion) + "); update MambaScope"};
    Provenance p;
    p.program.clear();
    root.text("program", p.program);
    root.text("time", p.time);
    root.text("device", p.device);
    root.text("interventions", p.interventions);
    root.text("intervention_list", p.interventionList);
    Fields model = root.within("model");
    model.text("name", p.model.name);
    model.text("path", p.model.path);
    model.text("family", p.model.family);
    model.text("sha256", p.model.hash);
    model.text("fingerprint", p.model.fingerprint);
    readInput(root.within("input"), p.input);
    readView(root.within("view"), p);
    if (error) return *error;
    return p;
}

std::vector<ProvenanceLine> describe(const Provenance& p) {
    std::vector<ProvenanceLine> lines;
    const auto add = [&](const char* label, const std::string& value) {
        if (!value.empty()) lines.push_back({label, shown(value, kLineBytes)});
    };
    add("Program", p.program);
    add("Time", p.time);
    add("Device", p.device);
    add("Model", p.model.name + (p.model.family.empty() ? "" : " (" + p.model.family + ")"));
    add("Model path", p.model.path);
    add("Model SHA-256", p.model.hash);
    const bool sound = p.input.kind == Provenance::InputKind::Sound;
    if (p.input.kind != Provenance::InputKind::None)
        add("Input", std::to_string(p.input.tokens) + (sound ? " frames of sound" : " tokens"));
    add("Input path", p.input.path);
    add("Input SHA-256", p.input.hash);
    std::string excerpt = p.input.excerpt;
    std::replace(excerpt.begin(), excerpt.end(), '\n', ' ');
    add("Input text", excerpt);
    add("Interventions", p.interventions);
    add("View", p.view);
    add("Probe", p.probe);
    if (p.layer) add("Layer", std::to_string(p.layer->value));
    if (p.tokens && p.tokens->end > p.tokens->first)
        add("Tokens shown", std::to_string(p.tokens->first) + "-" + std::to_string(p.tokens->end - 1));
    add("Normalisation", p.normalisation);
    add("Scale", p.scale);
    for (const auto& [key, value] : p.viewSettings)
        if (!value.empty()) lines.push_back({"Setting " + shown(key, 60), shown(value, kLineBytes)});
    return lines;
}

}  // namespace ms
