// The order of the paper's figure 3 and of mamba_simple.py; Falcon-Mamba's and Jamba's norms as in transformers.
#include "engine/models/mamba_block.h"

namespace ms {

namespace {

enum Scratch : std::size_t { kXz, kU, kDbc, kDt, kGated, kScratchCount };

Result<void> loadComplexA(const MambaStackConfig& c, const std::string& mixer, WeightLoader& load, MambaLayer& w) {
    std::vector<float> real;
    MS_TRY(w.decay, load.negativeExp(mixer + "A_log", {c.d_inner, c.d_state}, real));
    MS_TRY(const std::vector<float> imaginary, load.values(mixer + "A_imag"));
    std::vector<float> rows;
    for (std::int64_t channel = 0; channel < c.d_inner; ++channel)
        for (const std::vector<float>* part : {&std::as_const(real), &imaginary})
            rows.insert(rows.end(), part->begin() + channel * c.d_state, part->begin() + (channel + 1) * c.d_state);
    MS_TRY(w.A, load.made(std::move(rows), {c.d_inner, 2 * c.d_state}, mixer + "A"));
    return {};
}

}  // namespace

void applyClamp(Ops& op, const ChannelClamp& change, const Tensor& x) {
    if (change) op.scaleClamp({.x = x, .scale = change.scale, .low = change.low, .high = change.high});
}

std::vector<std::int64_t> blockScratch(const MambaStackConfig& c) {
    return {2 * c.d_inner, c.d_inner, c.dt_rank + 2 * c.stateWidth(), c.d_inner, c.d_inner};
}

void mambaBlock(Ops& op, const MambaStackConfig& c, const MambaLayer& w, const MambaBlockArgs& a) {
    const std::int64_t L = a.normed.rows();
    const auto scratch = [&](Scratch which) { return a.scratch[which].rowRange(0, L); };
    const Tensor xz = scratch(kXz);                         // [L, 2·d_inner]
    const Tensor x = xz.colRange(0, c.d_inner);             // [L, d_inner] convolution input
    const Tensor z = xz.colRange(c.d_inner, c.d_inner);     // [L, d_inner]
    const Tensor u = scratch(kU);                           // [L, d_inner] scan input
    const Tensor dbc = scratch(kDbc);                       // [L, dt_rank + 2·stateWidth]
    const Tensor dt_low = dbc.colRange(0, c.dt_rank);       // [L, dt_rank]
    const Tensor B = dbc.colRange(c.dt_rank, c.stateWidth());  // [L, stateWidth]
    const Tensor C = dbc.colRange(c.dt_rank + c.stateWidth(), c.stateWidth());
    const Tensor dt = scratch(kDt);                         // [L, d_inner] Δ
    const Tensor gated = scratch(kGated);                   // [L, d_inner] y · silu(z)
    ProbeTaps& taps = *a.taps;

    op.matmul({.x = a.normed, .weight = w.inProj, .bias = w.inProjBias, .out = xz});
    // u = silu(conv(x)), causal over the last d_conv inputs
    op.causalConv1d({.x = x, .weight = w.convWeight, .bias = w.convBias, .state = a.convState, .out = u});
    // Δ, B and C are functions of the input: this is the selection
    op.matmul({.x = u, .weight = w.xProj, .out = dbc});
    if (c.inner_norm != MambaStackConfig::InnerNorm::None) {
        op.gatedRmsNorm({.x = dt_low, .weight = w.dtNorm, .eps = c.inner_norm_eps, .out = dt_low});
        op.gatedRmsNorm({.x = B, .weight = w.bNorm, .eps = c.inner_norm_eps, .out = B});
        op.gatedRmsNorm({.x = C, .weight = w.cNorm, .eps = c.inner_norm_eps, .out = C});
    }
    // Δ = softplus(dt_low · W_dtᵀ + b_dt)
    op.matmul({.x = dt_low, .weight = w.dtProj, .bias = w.dtBias, .out = dt, .epilogue = MatmulArgs::Epilogue::Softplus});
    applyClamp(op, a.edit.dt, dt);
    // h ← exp(Δ A) h + Δ B u;  y = C·h + D u;  gated = y · silu(z)
    const Tensor y = taps.wanted(ProbePoint::Y, a.layer);
    const Tensor gate = taps.wanted(ProbePoint::Gate, a.layer);
    const Tensor stateNorm = taps.wanted(ProbePoint::StateNorm, a.layer);
    if (c.complex_ssm)  // y = 2 Re(C·h) + D u
        op.complexScan({.u = u, .dt = dt, .A = w.A, .B = B, .C = C, .D = w.D, .z = z, .state = a.state, .out = gated, .y = y,
                        .gate = gate, .stateNorm = stateNorm});
    else
        op.selectiveScan({.u = u, .dt = dt, .A = w.A, .B = B, .C = C, .D = w.D, .z = z, .dtBias = {}, .state = a.state,
                          .out = gated, .y = y, .gate = gate, .stateNorm = stateNorm});
    applyClamp(op, a.edit.gated, gated);
    // r ← r + gated · W_outᵀ
    if (!a.edit.ablated)
        op.matmul({.x = gated, .weight = w.outProj, .bias = w.outProjBias, .out = a.r,
                   .epilogue = MatmulArgs::Epilogue::Accumulate});

    taps.offer(op, ProbePoint::U, a.layer, u);
    taps.offer(op, ProbePoint::Dt, a.layer, dt);
    taps.offer(op, ProbePoint::B, a.layer, B);
    taps.offer(op, ProbePoint::C, a.layer, C);
    if (y) taps.offer(op, ProbePoint::Y, a.layer, y);
    if (gate) taps.offer(op, ProbePoint::Gate, a.layer, gate);
    if (stateNorm) taps.offer(op, ProbePoint::StateNorm, a.layer, stateNorm);
    if (const Tensor kept = taps.wanted(ProbePoint::Retention, a.layer)) {
        op.retention({.dt = dt, .A = c.complex_ssm ? w.decay : w.A, .out = kept});
        taps.offer(op, ProbePoint::Retention, a.layer, kept);
    }
    if (const Tensor written = taps.wanted(ProbePoint::WriteStrength, a.layer)) {
        op.writeStrength({.dt = dt, .u = u, .B = B, .out = written});
        taps.offer(op, ProbePoint::WriteStrength, a.layer, written);
    }
    taps.offer(op, ProbePoint::State, a.layer, a.state);
    if (a.convState) taps.offer(op, ProbePoint::ConvState, a.layer, a.convState);
}

void addWantedBlock(const MambaStackConfig& c, const std::string& mixer, std::vector<WantedTensor>& wanted) {
    wanted.push_back({mixer + "in_proj.weight", {{2 * c.d_inner, c.d_model}}});
    wanted.push_back({mixer + "conv1d.weight", {{c.d_inner, 1, c.d_conv}, {c.d_inner, c.d_conv}}});
    if (c.conv_bias) wanted.push_back({mixer + "conv1d.bias", {{c.d_inner}}});
    wanted.push_back({mixer + "x_proj.weight", {{c.dt_rank + 2 * c.stateWidth(), c.d_inner}}});
    if (c.inner_norm == MambaStackConfig::InnerNorm::Learned) {
        wanted.push_back({mixer + "dt_layernorm.weight", {{c.dt_rank}}});
        wanted.push_back({mixer + "b_layernorm.weight", {{c.d_state}}});
        wanted.push_back({mixer + "c_layernorm.weight", {{c.d_state}}});
    }
    wanted.push_back({mixer + "dt_proj.weight", {{c.d_inner, c.dt_rank}}});
    wanted.push_back({mixer + "dt_proj.bias", {{c.d_inner}}});
    wanted.push_back({mixer + "A_log", {{c.d_inner, c.d_state}}});
    if (c.complex_ssm) wanted.push_back({mixer + "A_imag", {{c.d_inner, c.d_state}}});
    wanted.push_back({mixer + "D", {{c.d_inner}}});
    wanted.push_back({mixer + "out_proj.weight", {{c.d_model, c.d_inner}}});
    if (c.proj_bias) {
        wanted.push_back({mixer + "in_proj.bias", {{2 * c.d_inner}}});
        wanted.push_back({mixer + "out_proj.bias", {{c.d_model}}});
    }
}

Result<MambaLayer> loadBlock(const MambaStackConfig& c, const std::string& mixer, WeightLoader& load) {
    MambaLayer w;
    MS_TRY(w.inProj, load.matrix(mixer + "in_proj.weight"));
    MS_TRY(w.convWeight, load.widened(mixer + "conv1d.weight", {c.d_inner, c.d_conv}));
    if (c.conv_bias) { MS_TRY(w.convBias, load.widened(mixer + "conv1d.bias", {c.d_inner})); }
    MS_TRY(w.xProj, load.matrix(mixer + "x_proj.weight"));
    if (c.inner_norm == MambaStackConfig::InnerNorm::Learned) {
        MS_TRY(w.dtNorm, load.widened(mixer + "dt_layernorm.weight", {c.dt_rank}));
        MS_TRY(w.bNorm, load.widened(mixer + "b_layernorm.weight", {c.d_state}));
        MS_TRY(w.cNorm, load.widened(mixer + "c_layernorm.weight", {c.d_state}));
    }
    MS_TRY(w.dtProj, load.matrix(mixer + "dt_proj.weight"));
    MS_TRY(w.dtBias, load.widened(mixer + "dt_proj.bias", {c.d_inner}));
    if (c.complex_ssm) { MS_CHECK(loadComplexA(c, mixer, load, w)); }
    else { MS_TRY(w.A, load.negativeExp(mixer + "A_log", {c.d_inner, c.d_state}, w.stateMatrix)); }
    MS_TRY(w.D, load.widened(mixer + "D", {c.d_inner}, &w.skip));
    MS_TRY(w.outProj, load.matrix(mixer + "out_proj.weight"));
    if (c.proj_bias) {
        MS_TRY(w.inProjBias, load.widened(mixer + "in_proj.bias", {2 * c.d_inner}));
        MS_TRY(w.outProjBias, load.widened(mixer + "out_proj.bias", {c.d_model}));
    }
    return w;
}

}  // namespace ms
