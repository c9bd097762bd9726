#include "engine/models/s4_lm.h"

#include <nlohmann/json.hpp>

#include "engine/models/config_fields.h"

namespace ms {

namespace {

enum Scratch : std::size_t { kResidual, kNormed, kY, kMixed, kScratchCount };

std::string layerName(std::int64_t layer, const char* part) { return "layers." + std::to_string(layer) + "." + part; }

}  // namespace

Result<S4LmConfig> parseS4LmConfig(const nlohmann::json& config, const std::string& file) {
    ConfigFields fields(config, file);
    S4LmConfig c;
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    c.n_layer = fields.integer("num_hidden_layers", 1, kMaxLayers);
    c.layer = {.diagonal = true, .channels = fields.integer("d_model", 1, kMaxModel), .states = fields.integer("d_state", 2, 2 * kMaxState) / 2};
    c.norm_eps = fields.number("rms_norm_eps", c.norm_eps);
    if (fields.problem()) return *fields.problem();
    return c;
}

std::vector<TensorProblem> findProblems(const S4LmConfig& c, const Checkpoint& checkpoint) {
    const std::int64_t width = c.layer.channels;
    std::vector<WantedTensor> wanted{{"embedding.weight", {{c.vocab_size, width}}}, {"norm_f.weight", {{width}}},
                                     {"head.weight", {{c.vocab_size, width}}}, {"head.bias", {{c.vocab_size}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        wanted.push_back({layerName(k, "norm.weight"), {{width}}});
        for (WantedTensor& tensor : S4Layer::diagonalTensors(layerName(k, "s4d."), c.layer)) wanted.push_back(std::move(tensor));
    }
    std::vector<TensorProblem> problems;
    compareTensors(checkpoint, wanted, {}, problems);
    return problems;
}

ModelDims S4LmModel::dimsOf(const S4LmConfig& c) {
    ModelDims dims;
    dims.d_model = c.layer.channels;
    dims.vocab = c.vocab_size;
    const LayerDims layer{.kind = LayerKind::S4d, .d_inner = c.layer.channels, .d_state = 2 * c.layer.states};
    dims.setLayers(std::vector<LayerDims>(static_cast<std::size_t>(c.n_layer), layer));
    return dims;
}

Result<std::unique_ptr<S4LmModel>> S4LmModel::create(const S4LmConfig& config, const Checkpoint& checkpoint, Backend& backend,
                                                     const ProgressCallback& progress, const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};
    std::unique_ptr<S4LmModel> model(new S4LmModel(config));
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_TRY(model->m_embedding, load.matrix("embedding.weight"));
    for (std::int64_t k = 0; k < config.n_layer; ++k) {
        MS_TRY(Tensor norm, load.widened(layerName(k, "norm.weight"), {config.layer.channels}));
        model->m_norms.push_back(std::move(norm));
        MS_TRY(S4Layer layer, S4Layer::loadDiagonal(layerName(k, "s4d."), config.layer, load, backend));
        model->m_layers.push_back(std::move(layer));
    }
    MS_TRY(model->m_normF, load.widened("norm_f.weight", {config.layer.channels}));
    MS_TRY(model->m_head, load.matrix("head.weight"));
    MS_TRY(model->m_headBias, load.widened("head.bias", {config.vocab_size}));
    return model;
}

Result<ModelScratch> S4LmModel::allocateScratch(Backend& backend, std::int64_t rows) const {
    const std::int64_t width = m_config.layer.channels;
    const std::int64_t cols[kScratchCount] = {width, width, width, 2 * width};
    ModelScratch scratch{rows, {}};
    for (const std::int64_t c : cols) {
        MS_TRY(Tensor t, backend.allocate(DType::F32, {rows, c}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

void S4LmModel::forward(Ops& op, const ForwardArgs& args) const {
    const std::int64_t L = args.input.shape[0];
    const auto scratch = [&](Scratch which) { return args.scratch->tensors[which].rowRange(0, L); };
    ProbeTaps& taps = *args.taps;
    const Tensor r = scratch(kResidual);     // [L, channels]
    const Tensor normed = scratch(kNormed);  // [L, channels]
    const S4LayerScratch layerScratch{scratch(kY), scratch(kMixed)};

    op.embedding(m_embedding, args.input, r);
    for (std::size_t k = 0; k < m_layers.size(); ++k) {
        const LayerIndex layer(static_cast<std::int64_t>(k));
        const Tensor state = args.state->of(layer, StatePart::State);  // [channels, 2·states]
        const Tensor y = taps.wanted(ProbePoint::Y, layer);
        taps.offer(op, ProbePoint::ResidPre, layer, r);
        op.rmsNorm(r, m_norms[k], m_config.norm_eps, normed);
        // r ← r + S4D(norm(r)); of an ablated layer the state goes on, and what it would add goes nowhere
        const bool ablated = !args.edits.empty() && args.edits[k].ablated;
        m_layers[k].run(op, normed, state, layerScratch, ablated ? layerScratch.y : r, !ablated, y);
        taps.offer(op, ProbePoint::U, layer, normed);
        if (y) taps.offer(op, ProbePoint::Y, layer, y);
        taps.offer(op, ProbePoint::State, layer, state);
        taps.offer(op, ProbePoint::ResidPost, layer, r);
    }
    const LayerIndex whole(-1);
    if (taps.watches(ProbePoint::FinalNorm, whole)) {
        op.rmsNorm(r, m_normF, m_config.norm_eps, normed);
        taps.offer(op, ProbePoint::FinalNorm, whole, normed);
    }
    if (args.rows == LogitRows::None) return;
    const std::int64_t rows = args.rows == LogitRows::All ? L : 1;
    headLogits(op, r.rowRange(L - rows, rows), normed.rowRange(L - rows, rows), args.logits);
    taps.offer(op, ProbePoint::Logits, whole, args.logits);
}

void S4LmModel::headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const {
    op.rmsNorm(x, m_normF, m_config.norm_eps, normed);
    op.matmul({.x = normed, .weight = m_head, .bias = m_headBias, .out = logits});
}

}  // namespace ms
