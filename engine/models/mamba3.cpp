// The forward pass of Mamba-3, in the order of mamba3.py.
#include "engine/models/mamba3.h"

#include "engine/models/mamba_block.h"

namespace ms {

namespace {

/// Scratch tensors, one set for all layers; L rows of each are used.
enum Scratch : std::size_t { kZvbc, kDt, kTurns, kRate, kLambda, kOwnStep, kDirections, kK, kQ, kY, kGated };

}  // namespace

std::vector<std::int64_t> Mamba3Model::scratchColumns() const {
    const Mamba3Config& c = m_config;
    const std::int64_t groups = c.n_groups * c.d_state, states = c.n_heads * c.d_state;
    return {2 * c.d_inner + 2 * groups, c.n_heads, 2 * c.n_heads + c.n_angles, c.n_heads, c.n_heads, c.n_heads, 2 * groups,
            states, states, c.d_inner, c.d_inner};
}

void Mamba3Model::block(Ops& op, const ForwardArgs& args, LayerIndex layer, const Tensor& r, const Tensor& normed) const {
    const Mamba3Config& c = m_config;
    const std::int64_t L = r.rows(), d_inner = c.d_inner, heads = c.n_heads, groups = c.n_groups * c.d_state;
    const auto index = static_cast<std::size_t>(layer.value);
    const Mamba3Layer& w = m_layers[index];
    const auto scratch = [&](Scratch which) { return blockScratch(args, which, L); };
    ProbeTaps& taps = *args.taps;
    const LayerEdits edit = args.edits.empty() ? LayerEdits{} : args.edits[index];

    const Tensor zvbc = scratch(kZvbc);                                // [L, 2·d_inner + 2·n_groups·d_state]
    const Tensor z = zvbc.colRange(0, d_inner);                        // [L, d_inner]
    const Tensor v = zvbc.colRange(d_inner, d_inner);                  // [L, d_inner] scan input
    const Tensor dt = scratch(kDt);                                    // [L, n_heads] Δ
    const Tensor turns = scratch(kTurns);                              // [L, 2·n_heads + n_angles]
    const Tensor A = scratch(kRate);                                   // [L, n_heads]
    const Tensor lambda = scratch(kLambda);                            // [L, n_heads]
    const Tensor directions = scratch(kDirections);                    // [L, 2·n_groups·d_state] B and C after their norms
    const Tensor B = directions.colRange(0, groups), C = directions.colRange(groups, groups);
    const Tensor K = scratch(kK), Q = scratch(kQ);                     // [L, n_heads·d_state] turned
    const Tensor y = scratch(kY);                                      // [L, d_inner]
    const Tensor gated = scratch(kGated);                              // [L, d_inner] y · silu(z)
    const Tensor h = args.state->of(layer, StatePart::State);          // [d_inner, d_state]
    const Tensor angle = args.state->of(layer, StatePart::Angle);      // [n_heads, n_angles]
    const Tensor kPrev = args.state->of(layer, StatePart::LastKey);    // [n_heads, d_state]
    const Tensor vPrev = args.state->of(layer, StatePart::LastInput);  // [d_inner, 1]

    op.rmsNorm(r, w.norm, c.norm_eps, normed);
    op.matmul({.x = normed, .weight = w.inProj, .out = zvbc});
    op.matmul({.x = normed, .weight = w.dtProj, .bias = w.dtBias, .out = dt, .epilogue = MatmulArgs::Epilogue::Softplus});
    applyClamp(op, edit.dt, dt);
    op.matmul({.x = normed, .weight = w.turns, .out = turns});
    const Tensor retention = taps.wanted(ProbePoint::Retention, layer);
    const Tensor written = taps.wanted(ProbePoint::WriteStrength, layer);
    const Tensor ownStep = written ? scratch(kOwnStep) : Tensor{};     // [L, n_heads] Δ λ
    op.trapezoidSteps({.x = turns.colRange(0, heads), .trap = turns.colRange(heads, heads), .dt = dt, .floor = c.A_floor, .A = A,
                       .lambda = lambda, .retention = retention, .ownStep = ownStep});
    op.gatedRmsNorm({.x = zvbc.colRange(2 * d_inner, groups), .weight = w.normB, .eps = c.norm_eps, .groups = c.n_groups, .out = B});
    op.gatedRmsNorm({.x = zvbc.colRange(2 * d_inner + groups, groups), .weight = w.normC, .eps = c.norm_eps, .groups = c.n_groups,
                     .out = C});
    // angle ← angle + π tanh(·) Δ;  K = R(angle) (B + b_B), Q = R(angle) (C + b_C)
    op.rotateStates({.B = B, .C = C, .biasB = w.biasB, .biasC = w.biasC, .turn = turns.colRange(2 * heads, c.n_angles), .dt = dt,
                     .angle = angle, .K = K, .Q = Q});
    // h ← a h + a Δ (1 - λ) v₋₁ K₋₁ᵀ + Δ λ v Kᵀ, a = exp(Δ A);  y = h Q + D v
    const Tensor stateNorm = taps.wanted(ProbePoint::StateNorm, layer);
    op.trapezoidScan({.v = v, .dt = dt, .A = A, .lambda = lambda, .K = K, .Q = Q, .D = w.D, .state = h,
                      .kPrev = kPrev.reshaped({heads * c.d_state}), .vPrev = vPrev.reshaped({d_inner}), .out = y,
                      .stateNorm = stateNorm});
    const Tensor gate = taps.wanted(ProbePoint::Gate, layer);
    op.gatedRmsNorm({.x = y, .z = z, .norm = false, .out = gated, .gate = gate});
    applyClamp(op, edit.gated, gated);
    // r ← r + gated · W_outᵀ
    if (!edit.ablated) op.matmul({.x = gated, .weight = w.outProj, .out = r, .epilogue = MatmulArgs::Epilogue::Accumulate});

    taps.offer(op, ProbePoint::U, layer, v);
    taps.offer(op, ProbePoint::Dt, layer, dt);
    taps.offer(op, ProbePoint::B, layer, B);
    taps.offer(op, ProbePoint::C, layer, C);
    taps.offer(op, ProbePoint::Y, layer, y);
    if (gate) taps.offer(op, ProbePoint::Gate, layer, gate);
    if (stateNorm) taps.offer(op, ProbePoint::StateNorm, layer, stateNorm);
    if (retention) taps.offer(op, ProbePoint::Retention, layer, retention);
    if (written) {
        op.writeStrength({.dt = ownStep, .u = v, .B = K, .out = written, .n_groups = heads});
        taps.offer(op, ProbePoint::WriteStrength, layer, written);
    }
    taps.offer(op, ProbePoint::InputGate, layer, lambda);
    taps.offer(op, ProbePoint::AttentionQuery, layer, Q);
    taps.offer(op, ProbePoint::AttentionKey, layer, K);
    taps.offer(op, ProbePoint::State, layer, h);
}

bool Mamba3Model::outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const {
    const Mamba3Layer& w = m_layers[static_cast<std::size_t>(layer.value)];
    op.matmul({.x = gated, .weight = w.outProj, .out = out, .epilogue = MatmulArgs::Epilogue::Accumulate});
    return true;
}

}  // namespace ms
