#include "engine/models/family.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "engine/models/decoder.h"
#include "engine/models/family_of.h"
#include "engine/models/mamba2.h"
#include "engine/models/mamba3.h"
#include "engine/models/mamba_ctc.h"
#include "engine/models/mamba_lm.h"
#include "engine/models/recurrent.h"
#include "engine/models/s4.h"
#include "engine/models/s4_lm.h"

namespace ms {

namespace {

FamilyFacts factsOf(const MambaConfig& c) {
    return {.family = c.family, .layout = c.layout, .dims = MambaStack::dimsOf(c, c.vocab_size, {}),
            .normEps = c.norm_eps, .tiedHead = c.tie_embeddings, .bosId = c.bos_id, .eosId = c.eos_id};
}

FamilyFacts factsOf(const MambaCtcConfig& c) {
    return {.family = "Mamba-1 CTC", .layout = "Hugging Face",
            .dims = MambaStack::dimsOf(c, static_cast<std::int64_t>(c.speech.vocab.size()), c.input()),
            .normEps = c.norm_eps, .speech = c.speech};
}

FamilyFacts factsOf(const DecoderConfig& c) {
    return {.family = c.family, .layout = "Hugging Face", .dims = decoderDims(c), .normEps = c.norm_eps, .tiedHead = c.tie_embeddings,
            .embeddingsFirst = true, .bosId = c.bos_id, .eosId = c.eos_id};
}

FamilyFacts factsOf(const Mamba2Config& c) {
    return {.family = "Mamba-2", .layout = c.layout, .dims = Mamba2Model::dimsOf(c, c.vocab_size), .normEps = c.norm_eps,
            .tiedHead = c.tie_embeddings, .bosId = c.bos_id, .eosId = c.eos_id};
}

FamilyFacts factsOf(const Mamba3Config& c) {
    return {.family = "Mamba-3", .layout = "Mamba repository", .dims = Mamba3Model::dimsOf(c, c.vocab_size), .normEps = c.norm_eps,
            .tiedHead = c.tie_embeddings};
}

FamilyFacts factsOf(const RecurrentConfig& c) {
    const ModelDims dims = RecurrentModel::dimsOf(c);
    return {.family = std::string(name(dims.layer(LayerIndex(0)).kind)), .layout = "PyTorch", .dims = dims};
}

FamilyFacts factsOf(const S4Config& c) {
    const ModelDims dims = S4Model::dimsOf(c);
    return {.family = std::string(name(dims.layer(LayerIndex(0)).kind)), .layout = "one layer", .dims = dims};
}

FamilyFacts factsOf(const S4LmConfig& c) {
    return {.family = "S4D language model", .layout = "MambaScope", .dims = S4LmModel::dimsOf(c), .normEps = c.norm_eps};
}

using Recognised = Result<std::unique_ptr<Family>>;

Recognised openMamba(const nlohmann::json& config, const std::string& file) {
    return familyOf<MambaModel>(parseMambaConfig(config, file), [](const MambaConfig& c) { return factsOf(c); });
}

Recognised openMambaCtc(const nlohmann::json& config, const std::string& file) {
    return familyOf<MambaCtcModel>(parseMambaCtcConfig(config, file), [](const MambaCtcConfig& c) { return factsOf(c); });
}

Recognised openMamba2(const nlohmann::json& config, const std::string& file) {
    return familyOf<Mamba2Model>(parseMamba2Config(config, file), [](const Mamba2Config& c) { return factsOf(c); });
}

Recognised openMamba3(const nlohmann::json& config, const std::string& file) {
    return familyOf<Mamba3Model>(parseMamba3Config(config, file), [](const Mamba3Config& c) { return factsOf(c); });
}

Recognised openRecurrent(const nlohmann::json& config, const std::string& file) {
    return familyOf<RecurrentModel>(parseRecurrentConfig(config, file), [](const RecurrentConfig& c) { return factsOf(c); });
}

Recognised openS4(const nlohmann::json& config, const std::string& file) {
    return familyOf<S4Model>(parseS4Config(config, file), [](const S4Config& c) { return factsOf(c); });
}

Recognised openS4Lm(const nlohmann::json& config, const std::string& file) {
    return familyOf<S4LmModel>(parseS4LmConfig(config, file), [](const S4LmConfig& c) { return factsOf(c); });
}

template <Result<DecoderConfig> (*parse)(const nlohmann::json&, const std::string&)>
Recognised openDecoder(const nlohmann::json& config, const std::string& file) {
    return familyOf<DecoderModel>(parse(config, file), [](const DecoderConfig& c) { return factsOf(c); });
}

/// What a configuration says it is, and who reads it.
struct Row {
    std::string_view type;
    Recognised (*open)(const nlohmann::json& config, const std::string& file);
};

/// By model_type.
constexpr std::array kTypes{
    Row{"mamba", openMamba},
    Row{kFalconMambaType, openMamba},
    Row{"mamba2", openMamba2},
    Row{"gpt_neox", openDecoder<parseGptNeoxConfig>},
    Row{"llama", openDecoder<parseLlamaConfig>},
    Row{"jamba", openDecoder<parseJambaConfig>},
    Row{"rnn", openRecurrent},
    Row{"lstm", openRecurrent},
    Row{"gru", openRecurrent},
    Row{"s4d_layer", openS4},
    Row{"s4_dplr_layer", openS4},
    Row{"s4d_lm", openS4Lm},
    Row{kMambaCtcType, openMambaCtc},
};

/// The Mamba repository's files have no model_type: by ssm_cfg.layer, which is Mamba1 where it is absent.
constexpr std::array kRepositoryLayers{
    Row{"Mamba1", openMamba},
    Row{"Mamba2", openMamba2},
    Row{"Mamba3", openMamba3},
};

template <std::size_t N>
const Row* find(const std::array<Row, N>& rows, const nlohmann::json& type) {
    if (!type.is_string()) return nullptr;
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return type == r.type; });
    return row == rows.end() ? nullptr : &*row;
}

}  // namespace

std::string knownFamilies() {
    std::string all;
    for (const Row& row : kTypes) all += (all.empty() ? "" : ", ") + std::string(row.type);
    return all;
}

const nlohmann::json* repositoryLayer(const nlohmann::json& config) {
    const auto ssm = config.find("ssm_cfg");
    if (ssm == config.end() || !ssm->is_object()) return nullptr;
    const auto layer = ssm->find("layer");
    return layer == ssm->end() ? nullptr : &*layer;
}

Recognised recogniseFamily(const nlohmann::json& config, const std::string& file) {
    if (!config.is_object()) return openMamba(config, file);  // says what is wrong
    if (const auto type = config.find("model_type"); type != config.end()) {
        const Row* row = find(kTypes, *type);
        return row != nullptr ? row->open(config, file) : openMamba(config, file);
    }
    const nlohmann::json* layer = repositoryLayer(config);
    const Row* row = layer != nullptr ? find(kRepositoryLayers, *layer) : nullptr;
    return row != nullptr ? row->open(config, file) : openMamba(config, file);
}

}  // namespace ms
