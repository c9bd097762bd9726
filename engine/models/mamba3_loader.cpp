// From a checkpoint's tensors to a Mamba3Model's weights.
#include "engine/models/mamba3.h"

namespace ms {

std::vector<TensorProblem> findProblems(const Mamba3Config& c, const Checkpoint& checkpoint) {
    std::vector<TensorProblem> problems;
    std::set<std::string, std::less<>> known;
    checkLanguage(c, checkpoint, known, problems);
    const std::int64_t rows = 2 * c.d_inner + 2 * c.n_groups * c.d_state + 3 * c.n_heads + c.n_angles;
    std::vector<WantedTensor> wanted{{finalNormName({}), {{c.d_model}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix({}, k), mixer = layer + "mixer.";
        wanted.push_back({layer + "norm.weight", {{c.d_model}}});
        wanted.push_back({mixer + "in_proj.weight", {{rows, c.d_model}}});
        for (const char* perHead : {"dt_bias", "D"}) wanted.push_back({mixer + perHead, {{c.n_heads}}});
        for (const char* bias : {"B_bias", "C_bias"}) wanted.push_back({mixer + bias, {{c.n_heads, 1, c.d_state}, {c.n_heads, c.d_state}}});
        for (const char* norm : {"B_norm.weight", "C_norm.weight"}) wanted.push_back({mixer + norm, {{c.d_state}}});
        wanted.push_back({mixer + "out_proj.weight", {{c.d_model, c.d_inner}}});
    }
    compareTensors(checkpoint, wanted, std::move(known), problems);
    return problems;
}

ModelDims Mamba3Model::dimsOf(const Mamba3Config& c, std::int64_t vocab) {
    ModelDims dims;
    dims.d_model = c.d_model;
    dims.vocab = vocab;
    const LayerDims layer{.kind = LayerKind::Mamba3, .d_inner = c.d_inner, .d_state = c.d_state, .n_heads = c.n_heads,
                          .head_dim = c.head_dim, .n_groups = c.n_groups, .n_angles = c.n_angles};
    dims.setLayers(std::vector<LayerDims>(static_cast<std::size_t>(c.n_layer), layer));
    return dims;
}

Result<std::unique_ptr<Mamba3Model>> Mamba3Model::create(const Mamba3Config& config, const Checkpoint& checkpoint,
                                                         Backend& backend, const ProgressCallback& progress,
                                                         const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};
    std::unique_ptr<Mamba3Model> model(new Mamba3Model(config));
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_CHECK(model->loadEnds(config, config.norm_eps, checkpoint, load, dimsOf(config, config.vocab_size)));
    for (std::int64_t k = 0; k < config.n_layer; ++k) MS_CHECK(model->loadLayer(layerPrefix({}, k), load));
    return model;
}

Result<void> Mamba3Model::loadLayer(const std::string& layer, WeightLoader& load) {
    const Mamba3Config& c = m_config;
    const std::string mixer = layer + "mixer.";
    const std::int64_t before = 2 * c.d_inner + 2 * c.n_groups * c.d_state;  // rows of in_proj before Δ's
    Mamba3Layer w;
    MS_TRY(w.norm, load.widened(layer + "norm.weight", {c.d_model}));
    MS_TRY(const Tensor inProj, load.matrix(mixer + "in_proj.weight"));
    w.inProj = inProj.rowRange(0, before);
    w.dtProj = inProj.rowRange(before, c.n_heads);
    w.turns = inProj.rowRange(before + c.n_heads, 2 * c.n_heads + c.n_angles);
    MS_TRY(w.dtBias, load.widened(mixer + "dt_bias", {c.n_heads}));
    MS_TRY(w.normB, load.widened(mixer + "B_norm.weight", {c.d_state}));
    MS_TRY(w.normC, load.widened(mixer + "C_norm.weight", {c.d_state}));
    MS_TRY(w.biasB, load.widened(mixer + "B_bias", {c.n_heads, c.d_state}));
    MS_TRY(w.biasC, load.widened(mixer + "C_bias", {c.n_heads, c.d_state}));
    std::vector<float> D;
    MS_TRY(w.D, load.widened(mixer + "D", {c.n_heads}, &D));
    keepSkip(D, c.head_dim);
    MS_TRY(w.outProj, load.matrix(mixer + "out_proj.weight"));
    m_layers.push_back(std::move(w));
    return {};
}

}  // namespace ms
