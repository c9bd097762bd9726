#include "engine/models/mamba_config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

using nlohmann::json;

constexpr const char* kKnownFamilies = "known families: mamba";

// Far above every published model, low enough that products of any two fit easily.
constexpr std::int64_t kMaxModel = 65536, kMaxInner = 262144, kMaxLayers = 1024, kMaxState = 256, kMaxConv = 8,
                       kMaxVocab = 1 << 24, kMaxExpand = 64;

/// Reads typed fields; the first problem stays, later reads return their defaults.
class Fields {
public:
    Fields(const json& object, const std::string& file, std::string prefix = {})
        : m_object(object), m_file(file), m_prefix(std::move(prefix)) {}

    [[nodiscard]] const std::optional<Error>& problem() const { return m_problem; }
    [[nodiscard]] Error error(ErrorCode code, std::string_view key, const std::string& what) const {
        return {code, m_file + ": " + m_prefix + std::string(key) + ": " + what};
    }

    /// The field's value; null when absent or null.
    [[nodiscard]] const json* find(const char* key) const {
        const auto found = m_object.find(key);
        return found == m_object.end() || found->is_null() ? nullptr : &*found;
    }

    std::int64_t integer(const char* key, std::int64_t low, std::int64_t high,
                         std::optional<std::int64_t> otherwise = {}) {
        const json* value = find(key);
        if (value == nullptr) {
            if (!otherwise) fail(error(ErrorCode::Format, key, "is missing"));
            return otherwise.value_or(low);
        }
        // A value above 2^63 reads as unsigned, and get<int64> would wrap it.
        const bool fits =
            value->is_number_integer() &&
            (!value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
        const std::int64_t number = fits ? value->get<std::int64_t>() : 0;
        if (!fits || number < low || number > high) {
            fail(error(ErrorCode::Format, key,
                       shown(value->dump(-1, ' ', false, json::error_handler_t::replace), 40) +
                           " is not a whole number from " + std::to_string(low) + " to " + std::to_string(high)));
            return low;
        }
        return number;
    }

    bool flag(const char* key, bool otherwise) {
        const json* value = find(key);
        if (value == nullptr) return otherwise;
        if (!value->is_boolean()) fail(error(ErrorCode::Format, key, "is neither true nor false"));
        return value->is_boolean() ? value->get<bool>() : otherwise;
    }

    float epsilon(const char* key, float otherwise) {
        const json* value = find(key);
        if (value == nullptr) return otherwise;
        const double number = value->is_number() ? value->get<double>() : -1;
        if (number >= 0 && number <= 0.1) return static_cast<float>(number);
        fail(error(ErrorCode::Format, key, "is not a number from 0 to 0.1"));
        return otherwise;
    }

    /// A text field; `otherwise` when absent.
    std::string text(const char* key, const std::string& otherwise) {
        const json* value = find(key);
        if (value == nullptr) return otherwise;
        if (!value->is_string()) fail(error(ErrorCode::Format, key, "is no text"));
        return value->is_string() ? value->get<std::string>() : otherwise;
    }

    /// "auto" (ceil(d_model / 16), as both origins define it) or a number.
    std::int64_t rank(const char* key, std::int64_t d_model) {
        const json* value = find(key);
        if (value == nullptr || (value->is_string() && value->get_ref<const std::string&>() == "auto"))
            return (d_model + 15) / 16;
        return integer(key, 1, kMaxModel);
    }

    /// A token id; a list gives its first, -1 or null none.
    std::optional<int> tokenId(const char* key) {
        const json* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_array() && !value->empty()) {
            json first;
            first[key] = value->front();
            Fields inner(first, m_file, m_prefix);
            const auto id = inner.tokenId(key);
            if (inner.problem()) fail(*inner.problem());
            return id;
        }
        const std::int64_t id = integer(key, -1, kMaxVocab);
        return id < 0 ? std::nullopt : std::optional<int>(static_cast<int>(id));
    }

    void fail(Error error) {
        if (!m_problem) m_problem = std::move(error);
    }

private:
    const json& m_object;
    const std::string& m_file;
    std::string m_prefix;
    std::optional<Error> m_problem;
};

std::string tooWide() { return "makes d_inner larger than " + std::to_string(kMaxInner); }

Result<MambaConfig> parseHuggingFace(const json& object, const std::string& file) {
    Fields fields(object, file);
    const std::string family = fields.text("model_type", "");
    if (fields.problem()) return *fields.problem();
    if (family != "mamba")
        return fields.error(ErrorCode::Unsupported, "model_type",
                            inQuotes(family, 60) + " is not supported; " + kKnownFamilies);
    if (const std::string activation = fields.text("hidden_act", "silu"); activation != "silu" && activation != "swish")
        return fields.error(ErrorCode::Unsupported, "hidden_act",
                            inQuotes(activation, 60) + " is not supported; known: silu");

    MambaConfig c;
    c.layout = "Hugging Face";
    c.d_model = fields.integer("hidden_size", 1, kMaxModel);
    c.n_layer = fields.integer("num_hidden_layers", 1, kMaxLayers);
    const std::int64_t expand = fields.integer("expand", 1, kMaxExpand, 2);
    c.d_inner = fields.integer("intermediate_size", 1, kMaxInner, expand * c.d_model);
    c.d_state = fields.integer("state_size", 1, kMaxState, 16);
    c.d_conv = fields.integer("conv_kernel", 1, kMaxConv, 4);
    c.dt_rank = fields.rank("time_step_rank", c.d_model);
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    c.norm_eps = fields.epsilon("layer_norm_epsilon", 1e-5f);
    c.proj_bias = fields.flag("use_bias", false);
    c.conv_bias = fields.flag("use_conv_bias", true);
    c.tie_embeddings = fields.flag("tie_word_embeddings", true);
    c.bos_id = fields.tokenId("bos_token_id");
    c.eos_id = fields.tokenId("eos_token_id");
    if (c.d_inner > kMaxInner) fields.fail(fields.error(ErrorCode::Format, "expand", tooWide()));
    if (fields.problem()) return *fields.problem();
    return c;
}

/// What makes a file of the Mamba repository something other than a plain Mamba-1.
std::optional<Error> otherVariant(Fields& fields, Fields& ssm) {
    if (const std::string layer = ssm.text("layer", "Mamba1"); layer != "Mamba1")
        return ssm.error(ErrorCode::Unsupported, "layer",
                         "family " + inQuotes(layer, 60) + " is not supported; " + kKnownFamilies);
    if (const json* attention = fields.find("attn_layer_idx");
        attention != nullptr && !(attention->is_array() && attention->empty()))
        return fields.error(ErrorCode::Unsupported, "attn_layer_idx",
                            std::string("a hybrid with attention layers is not supported; ") + kKnownFamilies);
    if (fields.integer("d_intermediate", 0, kMaxInner, 0) != 0)
        return fields.error(ErrorCode::Unsupported, "d_intermediate",
                            std::string("a Mamba with feed-forward layers is not supported; ") + kKnownFamilies);
    if (!fields.flag("rms_norm", true))
        return fields.error(ErrorCode::Unsupported, "rms_norm", "false (LayerNorm) is not supported, only RMSNorm is");
    return std::nullopt;
}

Result<MambaConfig> parseRepository(const json& object, const std::string& file) {
    Fields fields(object, file);
    static const json s_empty = json::object();
    const json* ssmObject = fields.find("ssm_cfg");
    if (ssmObject != nullptr && !ssmObject->is_object())
        return fields.error(ErrorCode::Format, "ssm_cfg", "is no object");
    Fields ssm(ssmObject != nullptr ? *ssmObject : s_empty, file, "ssm_cfg.");
    if (const auto variant = otherVariant(fields, ssm)) return *variant;

    MambaConfig c;
    c.layout = "Mamba repository";
    c.d_model = fields.integer("d_model", 1, kMaxModel);
    c.n_layer = fields.integer("n_layer", 1, kMaxLayers);
    c.d_inner = ssm.integer("expand", 1, kMaxExpand, 2) * c.d_model;
    c.d_state = ssm.integer("d_state", 1, kMaxState, 16);
    c.d_conv = ssm.integer("d_conv", 1, kMaxConv, 4);
    c.dt_rank = ssm.rank("dt_rank", c.d_model);
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    c.vocab_pad_multiple = static_cast<int>(fields.integer("pad_vocab_size_multiple", 1, 65536, 8));
    c.norm_eps = 1e-5f;  // fixed in mixer_seq_simple.py
    c.proj_bias = ssm.flag("bias", false);
    c.conv_bias = ssm.flag("conv_bias", true);
    c.tie_embeddings = fields.flag("tie_embeddings", true);
    if (c.d_inner > kMaxInner) ssm.fail(ssm.error(ErrorCode::Format, "expand", tooWide()));
    if (fields.problem()) return *fields.problem();
    if (ssm.problem()) return *ssm.problem();
    return c;
}

}  // namespace

Result<MambaConfig> parseMambaConfig(const json& config, const std::string& file) {
    if (config.is_null())
        return Error{ErrorCode::NotFound, file + ": is missing; the model's dimensions are read from it"};
    if (!config.is_object()) return Error{ErrorCode::Format, file + ": is not a JSON object"};
    if (config.contains("model_type")) return parseHuggingFace(config, file);
    if (config.contains("d_model") || config.contains("n_layer")) return parseRepository(config, file);
    return Error{ErrorCode::Unsupported,
                 file + ": has neither model_type nor d_model, so its family is unknown; " + kKnownFamilies};
}

}  // namespace ms
