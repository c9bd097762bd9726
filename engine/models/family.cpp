#include "engine/models/family.h"

#include <nlohmann/json.hpp>

#include "engine/models/mamba_lm.h"
#include "engine/models/mamba_ctc.h"

namespace ms {

namespace {

ModelDims dimsOf(const MambaStackConfig& c, std::int64_t vocab, const InputDims& input) {
    return {c.d_model, c.n_layer, c.d_inner, c.d_state, c.d_conv, c.dt_rank, vocab, input};
}

FamilyFacts factsOf(const MambaConfig& c) {
    return {.family = "Mamba-1", .layout = c.layout, .dims = dimsOf(c, c.vocab_size, {}), .normEps = c.norm_eps,
            .tiedHead = c.tie_embeddings, .bosId = c.bos_id, .eosId = c.eos_id};
}

FamilyFacts factsOf(const MambaCtcConfig& c) {
    return {.family = "Mamba-1 CTC", .layout = "Hugging Face",
            .dims = dimsOf(c, static_cast<std::int64_t>(c.speech.vocab.size()), c.input()), .normEps = c.norm_eps, .speech = c.speech};
}

template <class Model, class Config>
class FamilyOf final : public Family {
public:
    explicit FamilyOf(Config config) : m_config(std::move(config)), m_facts(factsOf(m_config)) {}

    [[nodiscard]] const FamilyFacts& facts() const override { return m_facts; }
    [[nodiscard]] std::vector<TensorProblem> findProblems(const Checkpoint& checkpoint) const override {
        return ms::findProblems(m_config, checkpoint);
    }
    Result<std::unique_ptr<FamilyModel>> load(const Checkpoint& checkpoint, Backend& backend, const ProgressCallback& progress,
                                              const std::stop_token& stop) const override {
        MS_TRY(auto model, Model::create(m_config, checkpoint, backend, progress, stop));
        return std::unique_ptr<FamilyModel>(std::move(model));
    }

private:
    Config m_config;
    FamilyFacts m_facts;
};

}  // namespace

Result<std::unique_ptr<Family>> recogniseFamily(const nlohmann::json& config, const std::string& file) {
    const auto type = config.is_object() ? config.find("model_type") : config.end();
    if (type != config.end() && *type == kMambaCtcType) {
        MS_TRY(MambaCtcConfig parsed, parseMambaCtcConfig(config, file));
        return std::unique_ptr<Family>(new FamilyOf<MambaCtcModel, MambaCtcConfig>(std::move(parsed)));
    }
    MS_TRY(MambaConfig parsed, parseMambaConfig(config, file));
    return std::unique_ptr<Family>(new FamilyOf<MambaModel, MambaConfig>(std::move(parsed)));
}

}  // namespace ms
