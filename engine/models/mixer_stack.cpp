#include "engine/models/mixer_stack.h"

#include <algorithm>

namespace ms {

namespace {

/// The stack's own scratch tensors; the block's follow.
enum Scratch : std::size_t { kResidual, kNormed, kBlock };

}  // namespace

std::string finalNormName(const std::string& prefix) { return prefix + "backbone.norm_f.weight"; }

std::string layerPrefix(const std::string& prefix, std::int64_t layer) {
    return prefix + "backbone.layers." + std::to_string(layer) + ".";
}

Result<Tensor> uploadVector(Backend& backend, std::vector<float> values, const std::string& label) {
    auto kept = std::make_shared<const std::vector<float>>(std::move(values));
    return backend.adoptWeights(DType::F32, {std::ssize(*kept)}, std::as_bytes(std::span(*kept)), kept, label);
}

Result<void> MixerStack::loadEnds(const LanguageTable& table, float eps, const Checkpoint& checkpoint, WeightLoader& load,
                                  ModelDims dims) {
    MS_TRY(m_language, loadLanguage(table, checkpoint, load));
    MS_TRY(m_normF, load.widened(finalNormName(backbonePrefix(checkpoint)), {table.d_model}));
    m_normEps = eps;
    m_dims = std::move(dims);
    m_dims.vocab = m_language.embedding.rows();
    return {};
}

void MixerStack::keepSkip(const std::vector<float>& D, std::int64_t headDim) {
    std::vector<float>& skip = m_skipWeights.emplace_back();
    for (const float d : D) skip.insert(skip.end(), static_cast<std::size_t>(headDim), d);
}

Result<ModelScratch> MixerStack::allocateScratch(Backend& backend, std::int64_t rows) const {
    std::vector<std::int64_t> cols = scratchColumns();
    cols.insert(cols.begin(), {m_dims.d_model, m_dims.d_model});
    ModelScratch scratch{rows, {}};
    for (const std::int64_t width : cols) {
        MS_TRY(Tensor t, backend.allocate(DType::F32, {rows, width}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

Tensor MixerStack::blockScratch(const ForwardArgs& args, std::size_t which, std::int64_t L) {
    return args.scratch->tensors[kBlock + which].rowRange(0, L);
}

void MixerStack::forward(Ops& op, const ForwardArgs& args) const {
    const std::int64_t L = args.input.shape[0];
    ProbeTaps& taps = *args.taps;
    const Tensor r = args.scratch->tensors[kResidual].rowRange(0, L);     // [L, d_model] residual stream
    const Tensor normed = args.scratch->tensors[kNormed].rowRange(0, L);  // [L, d_model]

    op.embedding(m_language.embedding, args.input, r);
    for (LayerIndex layer(0); layer.value < m_dims.n_layer; ++layer) {
        taps.offer(op, ProbePoint::ResidPre, layer, r);
        block(op, args, layer, r, normed);
        taps.offer(op, ProbePoint::ResidPost, layer, r);
    }

    const LayerIndex whole(-1);
    if (taps.watches(ProbePoint::FinalNorm, whole)) {
        op.rmsNorm(r, m_normF, m_normEps, normed);
        taps.offer(op, ProbePoint::FinalNorm, whole, normed);
    }
    if (args.rows == LogitRows::None) return;
    const std::int64_t rows = args.rows == LogitRows::All ? L : 1;
    headLogits(op, r.rowRange(L - rows, rows), normed.rowRange(L - rows, rows), args.logits);
    taps.offer(op, ProbePoint::Logits, whole, args.logits);
}

void MixerStack::headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const {
    op.rmsNorm(x, m_normF, m_normEps, normed);
    op.matmul({.x = normed, .weight = m_language.head, .out = logits});
}

}  // namespace ms
