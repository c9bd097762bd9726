#include "engine/models/mamba_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/models/config_fields.h"
#include "engine/models/family.h"
#include "engine/probe/layer_dims.h"

namespace ms {

namespace {

using nlohmann::json;

std::string known() { return "known families: " + knownFamilies(); }

std::string tooWide() { return "makes d_inner larger than " + std::to_string(kMaxInner); }

Result<MambaConfig> parseHuggingFace(const json& object, const std::string& file) {
    ConfigFields fields(object, file);
    const std::string family = fields.text("model_type", "");
    if (fields.problem()) return *fields.problem();
    if (family != "mamba" && family != kFalconMambaType)
        return fields.error(ErrorCode::Unsupported, "model_type",
                            inQuotes(family, 60) + " is not supported; " + known());
    MambaConfig c;
    c.layout = "Hugging Face";
    readBlockConfig(fields, c);
    if (family == kFalconMambaType) {  // configuration_falcon_mamba.py
        c.family = "Falcon-Mamba";
        c.inner_norm = MambaStackConfig::InnerNorm::Weightless;
        c.inner_norm_eps = fields.epsilon("mixer_rms_eps", 1e-6f);
    }
    if (fields.flag(kComplexSsmField, false)) {
        if (family != "mamba")
            return fields.error(ErrorCode::Unsupported, kComplexSsmField, "goes with model_type \"mamba\" alone, not with " + inQuotes(family, 60));
        c.family = name(LayerKind::Mamba1Complex);
        c.layout = "MambaScope";
        c.complex_ssm = true;
    }
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    c.tie_embeddings = fields.flag("tie_word_embeddings", true);
    c.bos_id = fields.tokenId("bos_token_id");
    c.eos_id = fields.tokenId("eos_token_id");
    if (fields.problem()) return *fields.problem();
    return c;
}

/// What makes a file of the Mamba repository something other than a plain Mamba-1.
std::optional<Error> otherVariant(ConfigFields& fields, ConfigFields& ssm) {
    if (const std::string layer = ssm.text("layer", "Mamba1"); layer != "Mamba1")
        return ssm.error(ErrorCode::Unsupported, "layer",
                         "family " + inQuotes(layer, 60) + " is not supported; " + known());
    if (const json* attention = fields.find("attn_layer_idx");
        attention != nullptr && !(attention->is_array() && attention->empty()))
        return fields.error(ErrorCode::Unsupported, "attn_layer_idx",
                            "a hybrid with attention layers is not supported; " + known());
    if (fields.integer("d_intermediate", 0, kMaxInner, 0) != 0)
        return fields.error(ErrorCode::Unsupported, "d_intermediate",
                            "a Mamba with feed-forward layers is not supported; " + known());
    if (!fields.flag("rms_norm", true))
        return fields.error(ErrorCode::Unsupported, "rms_norm", "false (LayerNorm) is not supported, only RMSNorm is");
    return std::nullopt;
}

Result<MambaConfig> parseRepository(const json& object, const std::string& file) {
    ConfigFields fields(object, file);
    ConfigFields ssm = fields.object("ssm_cfg", false);
    if (fields.problem()) return *fields.problem();
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

void readBlockConfig(ConfigFields& fields, MambaStackConfig& c) {
    if (const std::string activation = fields.text("hidden_act", "silu"); activation != "silu" && activation != "swish")
        fields.fail(fields.error(ErrorCode::Unsupported, "hidden_act",
                                 inQuotes(activation, 60) + " is not supported; known: silu"));
    c.d_model = fields.integer("hidden_size", 1, kMaxModel);
    c.n_layer = fields.integer("num_hidden_layers", 1, kMaxLayers);
    const std::int64_t expand = fields.integer("expand", 1, kMaxExpand, 2);
    c.d_inner = fields.integer("intermediate_size", 1, kMaxInner, expand * c.d_model);
    c.d_state = fields.integer("state_size", 1, kMaxState, 16);
    c.d_conv = fields.integer("conv_kernel", 1, kMaxConv, 4);
    c.dt_rank = fields.rank("time_step_rank", c.d_model);
    c.norm_eps = fields.epsilon("layer_norm_epsilon", 1e-5f);
    c.proj_bias = fields.flag("use_bias", false);
    c.conv_bias = fields.flag("use_conv_bias", true);
    if (c.d_inner > kMaxInner) fields.fail(fields.error(ErrorCode::Format, "expand", tooWide()));
}

Result<MambaConfig> parseMambaConfig(const json& config, const std::string& file) {
    if (config.is_null())
        return Error{ErrorCode::NotFound, file + ": is missing; the model's dimensions are read from it"};
    if (!config.is_object()) return Error{ErrorCode::Format, file + ": is not a JSON object"};
    if (config.contains("model_type")) return parseHuggingFace(config, file);
    if (config.contains("d_model") || config.contains("n_layer")) return parseRepository(config, file);
    return Error{ErrorCode::Unsupported,
                 file + ": has neither model_type nor d_model, so its family is unknown; " + known()};
}

}  // namespace ms
