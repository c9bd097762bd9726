// From a checkpoint's tensors to a Mamba2Model's weights.
#include <cmath>

#include "engine/models/mamba2.h"

namespace ms {

std::vector<TensorProblem> findProblems(const Mamba2Config& c, const Checkpoint& checkpoint) {
    std::vector<TensorProblem> problems;
    std::set<std::string, std::less<>> known;
    checkLanguage(c, checkpoint, known, problems);
    const std::string prefix = backbonePrefix(checkpoint);
    const std::int64_t conv = c.convChannels(), rows = c.d_inner + conv + c.n_heads;
    std::vector<WantedTensor> wanted{{finalNormName(prefix), {{c.d_model}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix(prefix, k), mixer = layer + "mixer.";
        wanted.push_back({layer + "norm.weight", {{c.d_model}}});
        wanted.push_back({mixer + "in_proj.weight", {{rows, c.d_model}}});
        wanted.push_back({mixer + "conv1d.weight", {{conv, 1, c.d_conv}, {conv, c.d_conv}}});
        if (c.conv_bias) wanted.push_back({mixer + "conv1d.bias", {{conv}}});
        for (const char* perHead : {"dt_bias", "A_log", "D"}) wanted.push_back({mixer + perHead, {{c.n_heads}}});
        if (c.gate_norm) wanted.push_back({mixer + "norm.weight", {{c.d_inner}}});
        wanted.push_back({mixer + "out_proj.weight", {{c.d_model, c.d_inner}}});
        if (!c.proj_bias) continue;
        wanted.push_back({mixer + "in_proj.bias", {{rows}}});
        wanted.push_back({mixer + "out_proj.bias", {{c.d_model}}});
    }
    compareTensors(checkpoint, wanted, std::move(known), problems);
    return problems;
}

ModelDims Mamba2Model::dimsOf(const Mamba2Config& c, std::int64_t vocab) {
    ModelDims dims;
    dims.d_model = c.d_model;
    dims.vocab = vocab;
    const LayerDims layer{.kind = LayerKind::Mamba2, .d_inner = c.d_inner, .d_state = c.d_state, .d_conv = c.d_conv,
                          .n_heads = c.n_heads, .head_dim = c.head_dim, .n_groups = c.n_groups};
    dims.setLayers(std::vector<LayerDims>(static_cast<std::size_t>(c.n_layer), layer));
    return dims;
}

Result<std::unique_ptr<Mamba2Model>> Mamba2Model::create(const Mamba2Config& config, const Checkpoint& checkpoint,
                                                         Backend& backend, const ProgressCallback& progress,
                                                         const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};
    std::unique_ptr<Mamba2Model> model(new Mamba2Model(config));
    WeightLoader load(checkpoint, backend, progress, stop);
    const std::string prefix = backbonePrefix(checkpoint);
    MS_CHECK(model->loadEnds(config, config.norm_eps, checkpoint, load, dimsOf(config, config.vocab_size)));
    MS_CHECK(model->makeLimits(backend));
    for (std::int64_t k = 0; k < config.n_layer; ++k) MS_CHECK(model->loadLayer(layerPrefix(prefix, k), load, backend));
    return model;
}

Result<void> Mamba2Model::makeLimits(Backend& backend) {
    if (m_config.dt_low <= 0 && std::isinf(m_config.dt_high)) return {};  // what softplus gives anyway
    const auto all = [&](float value) { return std::vector<float>(static_cast<std::size_t>(m_config.n_heads), value); };
    MS_TRY(m_limits.scale, uploadVector(backend, all(1.0f), "limits of the step size"));
    MS_TRY(m_limits.low, uploadVector(backend, all(m_config.dt_low), "limits of the step size"));
    MS_TRY(m_limits.high, uploadVector(backend, all(m_config.dt_high), "limits of the step size"));
    return {};
}

Result<void> Mamba2Model::loadLayer(const std::string& layer, WeightLoader& load, Backend& backend) {
    const Mamba2Config& c = m_config;
    const std::string mixer = layer + "mixer.";
    const std::int64_t conv = c.convChannels(), before = c.d_inner + conv;  // rows of in_proj before Δ's
    Mamba2Layer w;
    MS_TRY(w.norm, load.widened(layer + "norm.weight", {c.d_model}));
    MS_TRY(const Tensor inProj, load.matrix(mixer + "in_proj.weight"));
    w.inProj = inProj.rowRange(0, before);
    w.dtProj = inProj.rowRange(before, c.n_heads);
    MS_TRY(std::vector<float> dtBias, load.values(mixer + "dt_bias"));
    if (c.proj_bias) {
        std::vector<float> bias;
        MS_TRY(const Tensor inBias, load.widened(mixer + "in_proj.bias", {before + c.n_heads}, &bias));
        w.inProjBias = inBias.colRange(0, before).reshaped({before});
        for (std::size_t i = 0; i < dtBias.size(); ++i) dtBias[i] += bias[static_cast<std::size_t>(before) + i];
        MS_TRY(w.outProjBias, load.widened(mixer + "out_proj.bias", {c.d_model}));
    }
    MS_TRY(w.dtBias, uploadVector(backend, std::move(dtBias), mixer + "dt_bias"));
    MS_TRY(w.convWeight, load.widened(mixer + "conv1d.weight", {conv, c.d_conv}));
    if (c.conv_bias) { MS_TRY(w.convBias, load.widened(mixer + "conv1d.bias", {conv})); }
    std::vector<float> A, D;
    MS_TRY(w.A, load.negativeExp(mixer + "A_log", {c.n_heads}, A));
    m_stateMatrices.push_back(std::move(A));
    MS_TRY(w.D, load.widened(mixer + "D", {c.n_heads}, &D));
    keepSkip(D, c.head_dim);
    if (c.gate_norm) { MS_TRY(w.gateNorm, load.widened(mixer + "norm.weight", {c.d_inner})); }
    MS_TRY(w.outProj, load.matrix(mixer + "out_proj.weight"));
    m_layers.push_back(std::move(w));
    return {};
}

}  // namespace ms
