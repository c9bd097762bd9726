// The forward pass of Mamba-1, in the order of the paper's figure 3 and of mamba_simple.py.
#include "engine/models/mamba.h"

namespace ms {

namespace {

/// Scratch tensors, one set for all layers; L rows of each are used.
enum Scratch : std::size_t { kResidual, kNormed, kXz, kU, kDbc, kDt, kGated, kScratchCount };

/// An intervention's change to a tensor, where there is one.
void apply(Ops& op, const ChannelClamp& change, const Tensor& x) {
    if (change) op.scaleClamp({.x = x, .scale = change.scale, .low = change.low, .high = change.high});
}

}  // namespace

const std::size_t MambaStack::kStackScratch = kScratchCount;

Result<ModelState> MambaStack::allocateState(Backend& backend) const {
    ModelState state;
    for (std::int64_t k = 0; k < m_dims.n_layer; ++k) {
        const std::string layer = "layer " + std::to_string(k);
        MS_TRY(Tensor h, backend.allocate(DType::F32, {m_dims.d_inner, m_dims.d_state}, MemoryKind::Device, "state of " + layer));
        state.tensors.push_back({LayerIndex(k), ProbePoint::State, h});
        if (m_dims.d_conv < 2) continue;
        MS_TRY(Tensor conv, backend.allocate(DType::F32, {m_dims.d_inner, m_dims.d_conv - 1}, MemoryKind::Device,
                                             "convolution state of " + layer));
        state.tensors.push_back({LayerIndex(k), ProbePoint::ConvState, conv});
    }
    return state;
}

Result<ModelScratch> MambaStack::allocateScratch(Backend& backend, std::int64_t rows) const {
    const ModelDims& d = m_dims;
    const std::int64_t cols[kScratchCount] = {d.d_model, d.d_model, 2 * d.d_inner, d.d_inner, d.dt_rank + 2 * d.d_state,
                                              d.d_inner, d.d_inner};
    ModelScratch scratch{rows, {}};
    for (const std::int64_t c : cols) {
        MS_TRY(Tensor t, backend.allocate(DType::F32, {rows, c}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

void MambaStack::forward(Ops& op, const ForwardArgs& args) const {
    const std::int64_t L = m_dims.input.steps(args.input.shape[0]);
    const std::int64_t d_inner = m_dims.d_inner, d_state = m_dims.d_state, dt_rank = m_dims.dt_rank;
    const float eps = m_normEps;
    const auto scratch = [&](Scratch which) { return args.scratch->tensors[which].rowRange(0, L); };
    ProbeTaps& taps = *args.taps;

    const Tensor r = scratch(kResidual);              // [L, d_model] residual stream
    const Tensor normed = scratch(kNormed);           // [L, d_model]
    const Tensor xz = scratch(kXz);                   // [L, 2·d_inner]
    const Tensor x = xz.colRange(0, d_inner);         // [L, d_inner] convolution input
    const Tensor z = xz.colRange(d_inner, d_inner);   // [L, d_inner]
    const Tensor u = scratch(kU);                     // [L, d_inner] scan input
    const Tensor dbc = scratch(kDbc);                 // [L, dt_rank + 2·d_state]
    const Tensor dt_low = dbc.colRange(0, dt_rank);   // [L, dt_rank]
    const Tensor B = dbc.colRange(dt_rank, d_state);  // [L, d_state]
    const Tensor C = dbc.colRange(dt_rank + d_state, d_state);
    const Tensor dt = scratch(kDt);                   // [L, d_inner] Δ
    const Tensor gated = scratch(kGated);             // [L, d_inner] y · silu(z)

    readInput(op, args, r);

    std::size_t nextState = 0;
    for (std::size_t k = 0; k < m_layers.size(); ++k) {
        const MambaLayer& w = m_layers[k];
        const LayerIndex layer(static_cast<std::int64_t>(k));
        const Tensor h = args.state->tensors[nextState++].tensor;  // [d_inner, d_state]
        const Tensor convState = m_dims.d_conv > 1 ? args.state->tensors[nextState++].tensor : Tensor{};
        const LayerEdits edit = args.edits.empty() ? LayerEdits{} : args.edits[k];

        taps.offer(op, ProbePoint::ResidPre, layer, r);
        op.rmsNorm(r, w.norm, eps, normed);
        op.matmul({.x = normed, .weight = w.inProj, .bias = w.inProjBias, .out = xz});
        // u = silu(conv(x)), causal over the last d_conv inputs
        op.causalConv1d({.x = x, .weight = w.convWeight, .bias = w.convBias, .state = convState, .out = u});
        // Δ, B and C are functions of the input: this is the selection
        op.matmul({.x = u, .weight = w.xProj, .out = dbc});
        // Δ = softplus(dt_low · W_dtᵀ + b_dt)
        op.matmul({.x = dt_low, .weight = w.dtProj, .bias = w.dtBias, .out = dt, .epilogue = MatmulArgs::Epilogue::Softplus});
        apply(op, edit.dt, dt);
        // h ← exp(Δ A) h + Δ B u;  y = C·h + D u;  gated = y · silu(z)
        const Tensor y = taps.wanted(ProbePoint::Y, layer);
        const Tensor gate = taps.wanted(ProbePoint::Gate, layer);
        const Tensor stateNorm = taps.wanted(ProbePoint::StateNorm, layer);
        op.selectiveScan({.u = u, .dt = dt, .A = w.A, .B = B, .C = C, .D = w.D, .z = z, .dtBias = {}, .state = h,
                          .out = gated, .y = y, .gate = gate, .stateNorm = stateNorm});
        apply(op, edit.gated, gated);
        // r ← r + gated · W_outᵀ
        if (!edit.ablated)
            op.matmul({.x = gated, .weight = w.outProj, .bias = w.outProjBias, .out = r,
                       .epilogue = MatmulArgs::Epilogue::Accumulate});

        taps.offer(op, ProbePoint::U, layer, u);
        taps.offer(op, ProbePoint::Dt, layer, dt);
        taps.offer(op, ProbePoint::B, layer, B);
        taps.offer(op, ProbePoint::C, layer, C);
        if (y) taps.offer(op, ProbePoint::Y, layer, y);
        if (gate) taps.offer(op, ProbePoint::Gate, layer, gate);
        if (stateNorm) taps.offer(op, ProbePoint::StateNorm, layer, stateNorm);
        if (const Tensor kept = taps.wanted(ProbePoint::Retention, layer)) {
            op.retention({.dt = dt, .A = w.A, .out = kept});
            taps.offer(op, ProbePoint::Retention, layer, kept);
        }
        if (const Tensor written = taps.wanted(ProbePoint::WriteStrength, layer)) {
            op.writeStrength({.dt = dt, .u = u, .B = B, .out = written});
            taps.offer(op, ProbePoint::WriteStrength, layer, written);
        }
        taps.offer(op, ProbePoint::State, layer, h);
        if (convState) taps.offer(op, ProbePoint::ConvState, layer, convState);
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
    op.rmsNorm(x, m_normF, m_normEps, normed);
    op.matmul({.x = normed, .weight = m_head.weight, .bias = m_head.bias, .out = logits});
}

void MambaStack::outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const {
    const MambaLayer& w = m_layers[static_cast<std::size_t>(layer.value)];
    op.matmul({.x = gated, .weight = w.outProj, .out = out, .epilogue = MatmulArgs::Epilogue::Accumulate});
}

}  // namespace ms
