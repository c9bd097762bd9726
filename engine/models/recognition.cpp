#include "engine/models/recognition.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/formats/foreign_text.h"
#include "engine/models/family.h"

namespace ms {

namespace {

/// Tensors that only one architecture has, the most telling first.
struct Trait {
    std::string_view part;    // of a tensor's name
    std::string_view looks;   // "a Mamba-1 model"
    std::string_view remedy;  // what its configuration has to say
};

constexpr std::array kTraits{
    Trait{"mamba.dt_layernorm.", "a Jamba model", "give it a config.json with model_type \"jamba\" and Jamba's sizes"},
    Trait{"gpt_neox.layers.", "a GPT-NeoX model", "give it a config.json with model_type \"gpt_neox\""},
    Trait{"mixer.A_imag", "a complex Mamba-1 model", "give it a config.json with model_type \"mamba\" and \"complex_ssm\": true"},
    Trait{"mixer.x_proj.", "a Mamba-1 model", "give it a config.json with model_type \"mamba\", or the Mamba repository's with d_model and n_layer"},
    Trait{"mixer.B_bias", "a Mamba-3 model", "give it the Mamba repository's config.json with ssm_cfg.layer \"Mamba3\""},
    Trait{"mixer.dt_bias", "a Mamba-2 model", "give it a config.json with model_type \"mamba2\", or the Mamba repository's with ssm_cfg.layer \"Mamba2\""},
    Trait{"weight_ih_l0", "a recurrent network of torch.nn", "give it a config.json with model_type \"rnn\", \"lstm\" or \"gru\""},
    Trait{"s4d.kernel.", "a language model of S4D layers", "give it a config.json with model_type \"s4d_lm\", d_model, d_state and num_hidden_layers"},
    Trait{"self_attn.q_proj.", "a Transformer like Llama", "give it a config.json with model_type \"llama\""},
};

const Trait* traitOf(const Checkpoint& checkpoint) {
    for (const Trait& trait : kTraits)
        if (std::any_of(checkpoint.tensors().begin(), checkpoint.tensors().end(),
                        [&](const TensorInfo& t) { return t.name.find(trait.part) != std::string::npos; }))
            return &trait;
    return nullptr;
}

/// What in the configuration says which family it is.
std::string evidence(const nlohmann::json& config) {
    const auto text = [](const nlohmann::json& value) {
        return value.is_string() ? inQuotes(value.get_ref<const std::string&>(), 40) : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    if (const auto type = config.find("model_type"); type != config.end()) return "model_type is " + text(*type);
    if (const nlohmann::json* layer = repositoryLayer(config)) return "no model_type, but ssm_cfg.layer is " + text(*layer);
    return "no model_type, but d_model and n_layer as the Mamba repository writes them";
}

}  // namespace

Recognition recognise(const Checkpoint& checkpoint) {
    Recognition result;
    const std::string file = checkpoint.configFile().string();
    const nlohmann::json& config = checkpoint.config();
    const auto family = recogniseFamily(config, file);
    if (family) {
        result.recognised = true;
        result.family = (*family)->facts().family;
        result.reason = file + ": " + evidence(config);
        for (const TensorProblem& problem : (*family)->findProblems(checkpoint))
            if (problem.fatal) result.remedies.push_back(problem.text);
        return result;
    }
    result.reason = family.error().message;
    const Trait* trait = traitOf(checkpoint);
    if (trait != nullptr)
        result.remedies.push_back("its tensors look like those of " + std::string(trait->looks) + " (" + std::string(trait->part) +
                                  "…): " + std::string(trait->remedy));
    else
        result.remedies.push_back("its tensors are those of no known architecture; known families: " + knownFamilies());
    if (!config.is_null() && family.error().code == ErrorCode::Format)
        result.remedies.push_back("mend the field of config.json that is named above; the model's publisher has the right file");
    return result;
}

}  // namespace ms
