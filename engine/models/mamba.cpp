// The forward pass of Mamba-1, in the order of the paper's figure 3 and of mamba_simple.py.
#include "engine/models/mamba.h"

namespace ms {

namespace {

/// Scratch tensors, one set for all layers; L rows of each are used. A block's follow.
enum Scratch : std::size_t { kResidual, kNormed, kOwnCount };

}  // namespace

std::size_t MambaStack::stackScratch() const { return kOwnCount + blockScratch(m_config).size(); }

Result<ModelScratch> MambaStack::allocateScratch(Backend& backend, std::int64_t rows) const {
    std::vector<std::int64_t> cols{m_config.d_model, m_config.d_model};
    for (const std::int64_t c : blockScratch(m_config)) cols.push_back(c);
    ModelScratch scratch{rows, {}};
    for (const std::int64_t c : cols) {
        MS_TRY(Tensor t, backend.allocate(DType::F32, {rows, c}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

void MambaStack::forward(Ops& op, const ForwardArgs& args) const {
    const std::int64_t L = m_dims.input.steps(args.input.shape[0]);
    const float eps = m_config.norm_eps;
    const Tensor r = args.scratch->tensors[kResidual].rowRange(0, L);      // [L, d_model] residual stream
    const Tensor normed = args.scratch->tensors[kNormed].rowRange(0, L);   // [L, d_model]
    ProbeTaps& taps = *args.taps;

    readInput(op, args, r);
    for (std::size_t k = 0; k < m_layers.size(); ++k) {
        const LayerIndex layer(static_cast<std::int64_t>(k));
        taps.offer(op, ProbePoint::ResidPre, layer, r);
        op.rmsNorm(r, m_norms[k], eps, normed);
        mambaBlock(op, m_config, m_layers[k],
                   {.normed = normed, .r = r, .scratch = std::span(args.scratch->tensors).subspan(kOwnCount),
                    .state = args.state->of(layer, StatePart::State), .convState = args.state->of(layer, StatePart::ConvState),
                    .edit = args.edits.empty() ? LayerEdits{} : args.edits[k], .taps = args.taps, .layer = layer});
        taps.offer(op, ProbePoint::ResidPost, layer, r);
    }

    const LayerIndex whole(-1);
    if (taps.watches(ProbePoint::FinalNorm, whole)) {
        op.rmsNorm(r, m_normF, eps, normed);
        taps.offer(op, ProbePoint::FinalNorm, whole, normed);
    }
    if (args.rows == LogitRows::None) return;
    const std::int64_t rows = args.rows == LogitRows::All ? L : 1;
    const Tensor last = normed.rowRange(L - rows, rows);  // [rows, d_model]
    headLogits(op, r.rowRange(L - rows, rows), last, args.logits);
    taps.offer(op, ProbePoint::Logits, whole, args.logits);
}

void MambaStack::headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const {
    op.rmsNorm(x, m_normF, m_config.norm_eps, normed);
    op.matmul({.x = normed, .weight = m_head.weight, .bias = m_head.bias, .out = logits});
}

bool MambaStack::outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const {
    const MambaLayer& w = m_layers[static_cast<std::size_t>(layer.value)];
    op.matmul({.x = gated, .weight = w.outProj, .out = out, .epilogue = MatmulArgs::Epilogue::Accumulate});
    return true;
}

}  // namespace ms
