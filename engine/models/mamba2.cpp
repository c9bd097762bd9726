// The forward pass of Mamba-2, in the order of mamba2.py.
#include "engine/models/mamba2.h"

#include "engine/models/mamba_block.h"

namespace ms {

namespace {

/// Scratch tensors, one set for all layers; L rows of each are used.
enum Scratch : std::size_t { kZxbc, kUbc, kDt, kY, kGated };

}  // namespace

std::vector<std::int64_t> Mamba2Model::scratchColumns() const {
    const Mamba2Config& c = m_config;
    return {c.d_inner + c.convChannels(), c.convChannels(), c.n_heads, c.d_inner, c.d_inner};
}

void Mamba2Model::block(Ops& op, const ForwardArgs& args, LayerIndex layer, const Tensor& r, const Tensor& normed) const {
    const Mamba2Config& c = m_config;
    const std::int64_t L = r.rows(), groups = c.n_groups * c.d_state;
    const auto index = static_cast<std::size_t>(layer.value);
    const Mamba2Layer& w = m_layers[index];
    const auto scratch = [&](Scratch which) { return blockScratch(args, which, L); };
    ProbeTaps& taps = *args.taps;
    const LayerEdits edit = args.edits.empty() ? LayerEdits{} : args.edits[index];

    const Tensor zxbc = scratch(kZxbc);                               // [L, 2·d_inner + 2·n_groups·d_state]
    const Tensor z = zxbc.colRange(0, c.d_inner);                     // [L, d_inner]
    const Tensor xbc = zxbc.colRange(c.d_inner, c.convChannels());    // [L, d_inner + 2·n_groups·d_state]
    const Tensor ubc = scratch(kUbc);                                 // the same after convolution and SiLU
    const Tensor u = ubc.colRange(0, c.d_inner);                      // [L, d_inner] scan input
    const Tensor B = ubc.colRange(c.d_inner, groups);                 // [L, n_groups·d_state]
    const Tensor C = ubc.colRange(c.d_inner + groups, groups);        // [L, n_groups·d_state]
    const Tensor dt = scratch(kDt);                                   // [L, n_heads] Δ
    const Tensor y = scratch(kY);                                     // [L, d_inner]
    const Tensor gated = scratch(kGated);                             // [L, d_inner] norm(y · silu(z))
    const Tensor h = args.state->of(layer, StatePart::State);              // [d_inner, d_state]
    const Tensor convState = args.state->of(layer, StatePart::ConvState);  // [d_inner + 2·n_groups·d_state, d_conv - 1]

    op.rmsNorm(r, w.norm, c.norm_eps, normed);
    op.matmul({.x = normed, .weight = w.inProj, .bias = w.inProjBias, .out = zxbc});
    // Δ = softplus(normed · W_dtᵀ + b_dt), held to its limits
    op.matmul({.x = normed, .weight = w.dtProj, .bias = w.dtBias, .out = dt, .epilogue = MatmulArgs::Epilogue::Softplus});
    applyClamp(op, m_limits, dt);
    applyClamp(op, edit.dt, dt);
    op.causalConv1d({.x = xbc, .weight = w.convWeight, .bias = w.convBias, .state = convState, .out = ubc});
    // h ← exp(Δ A) h + Δ u Bᵀ;  y = h C + D u
    const Tensor stateNorm = taps.wanted(ProbePoint::StateNorm, layer);
    op.ssdScan({.u = u, .dt = dt, .A = w.A, .B = B, .C = C, .D = w.D, .n_groups = c.n_groups, .state = h, .out = y,
                .stateNorm = stateNorm});
    const Tensor gate = taps.wanted(ProbePoint::Gate, layer);
    op.gatedRmsNorm({.x = y, .z = z, .weight = w.gateNorm, .eps = c.norm_eps, .groups = c.norm_groups, .norm = c.gate_norm,
                     .out = gated, .gate = gate});
    applyClamp(op, edit.gated, gated);
    // r ← r + gated · W_outᵀ
    if (!edit.ablated)
        op.matmul({.x = gated, .weight = w.outProj, .bias = w.outProjBias, .out = r, .epilogue = MatmulArgs::Epilogue::Accumulate});

    taps.offer(op, ProbePoint::U, layer, u);
    taps.offer(op, ProbePoint::Dt, layer, dt);
    taps.offer(op, ProbePoint::B, layer, B);
    taps.offer(op, ProbePoint::C, layer, C);
    taps.offer(op, ProbePoint::Y, layer, y);
    if (gate) taps.offer(op, ProbePoint::Gate, layer, gate);
    if (stateNorm) taps.offer(op, ProbePoint::StateNorm, layer, stateNorm);
    offerScan(op, taps, layer, u, dt, B);
    taps.offer(op, ProbePoint::State, layer, h);
    if (convState) taps.offer(op, ProbePoint::ConvState, layer, convState);
}

void Mamba2Model::offerScan(Ops& op, ProbeTaps& taps, LayerIndex layer, const Tensor& u, const Tensor& dt, const Tensor& B) const {
    const Mamba2Layer& w = m_layers[static_cast<std::size_t>(layer.value)];
    if (const Tensor kept = taps.wanted(ProbePoint::Retention, layer)) {
        op.retention({.dt = dt, .A = w.A.reshaped({m_config.n_heads, 1}), .out = kept});
        taps.offer(op, ProbePoint::Retention, layer, kept);
    }
    if (const Tensor written = taps.wanted(ProbePoint::WriteStrength, layer)) {
        op.writeStrength({.dt = dt, .u = u, .B = B, .out = written, .n_groups = m_config.n_groups});
        taps.offer(op, ProbePoint::WriteStrength, layer, written);
    }
}

bool Mamba2Model::outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const {
    const Mamba2Layer& w = m_layers[static_cast<std::size_t>(layer.value)];
    op.matmul({.x = gated, .weight = w.outProj, .out = out, .epilogue = MatmulArgs::Epilogue::Accumulate});
    return true;
}

}  // namespace ms
