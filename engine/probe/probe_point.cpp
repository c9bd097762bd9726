#include "engine/probe/probe_point.h"

#include <algorithm>
#include <array>

namespace ms {

namespace {

using enum ProbeTiming;

constexpr std::array kTable{
    ProbeInfo{ProbePoint::Dt, "dt", "Δ", "Step size", "",
              "Δ = softplus(W·dt_low + b): how far a channel opens for this token. Large: write and forget; small: keep.",
              EveryToken, true},
    ProbeInfo{ProbePoint::B, "B", "B", "Input direction", "", "B: where in the state this token writes, one value per state.",
              EveryToken, true},
    ProbeInfo{ProbePoint::C, "C", "C", "Read direction", "", "C: which states this token reads.", EveryToken, true},
    ProbeInfo{ProbePoint::U, "u", "u", "Scan input", "", "u = silu(conv(x)): what the scan is fed, per channel.", EveryToken, true},
    ProbeInfo{ProbePoint::Gate, "gate", "silu(z)", "Gate", "", "silu(z): how much of a channel's output passes on.", EveryToken,
              true},
    ProbeInfo{ProbePoint::Y, "y", "y", "Scan output", "", "y = C·h + D·u: read from the state, before the gate.", EveryToken, true},
    ProbeInfo{ProbePoint::StateNorm, "state_norm", "‖h‖", "State norm", "",
              "‖h‖₂ over d_state after this token: how full a channel's memory is.", EveryToken, true},
    ProbeInfo{ProbePoint::Selectivity, "selectivity", "CV(Δ)", "Selectivity", "",
              "Coefficient of variation of Δ (standard deviation over mean) across the last 64 tokens, per channel: how "
              "much a channel's step depends on what it reads.",
              EveryToken, true},
    ProbeInfo{ProbePoint::Retention, "retention", "Ā", "Retention", "",
              "exp(Δ·A) averaged over a channel's states: the share of its memory a channel keeps over this token. 1 keeps "
              "all, 0 forgets all.",
              EveryToken, true},
    ProbeInfo{ProbePoint::WriteStrength, "write_strength", "‖Δ·B·u‖", "Write strength", "",
              "‖Δ·B·u‖₂ over d_state: how much this token writes into a channel's state.", EveryToken, true},
    ProbeInfo{ProbePoint::State, "state", "h", "State", "", "h [d_inner, d_state] after this token.", ChunkEnd, true},
    ProbeInfo{ProbePoint::ConvState, "conv_state", "x", "Convolution state", "",
              "The last d_conv - 1 inputs of the causal convolution, oldest first.", ChunkEnd, true},
    ProbeInfo{ProbePoint::ResidPre, "resid_pre", "r", "Residual before layer", "", "Residual stream entering the layer.",
              EveryToken, true},
    ProbeInfo{ProbePoint::ResidPost, "resid_post", "r", "Residual after layer", "", "Residual stream leaving the layer.",
              EveryToken, true},
    ProbeInfo{ProbePoint::FinalNorm, "final_norm", "x", "Final norm", "", "Residual stream after norm_f, what the head reads.",
              EveryToken, false},
    ProbeInfo{ProbePoint::Logits, "logits", "logit", "Logits", "nat", "Unnormalised log-probabilities of the next token.",
              EveryToken, false},
    ProbeInfo{ProbePoint::Features, "features", "mel", "Mel spectrogram", "σ",
              "Log-mel energies as the model reads them: standard deviations from the training data's mean, the first row of each "
              "frame.",
              EveryToken, false},
};

constexpr bool inEnumOrder() {
    for (std::size_t i = 0; i < kTable.size(); ++i)
        if (static_cast<std::size_t>(kTable[i].point) != i) return false;
    return true;
}
static_assert(inEnumOrder(), "info() indexes the table by the enum's value");

}  // namespace

std::span<const ProbeInfo> probeTable() { return kTable; }

const ProbeInfo& info(ProbePoint point) { return kTable[static_cast<std::size_t>(point)]; }

std::optional<ProbePoint> probePointByKey(std::string_view key) {
    const auto row = std::find_if(kTable.begin(), kTable.end(), [&](const ProbeInfo& r) { return r.key == key; });
    if (row == kTable.end()) return std::nullopt;
    return row->point;
}

std::int64_t rowWidth(ProbePoint point, const ModelDims& dims) {
    switch (point) {
        case ProbePoint::B: case ProbePoint::C: return dims.d_state;
        case ProbePoint::State: return dims.d_inner * dims.d_state;
        case ProbePoint::ConvState: return dims.d_inner * (dims.d_conv - 1);
        case ProbePoint::ResidPre: case ProbePoint::ResidPost: case ProbePoint::FinalNorm: return dims.d_model;
        case ProbePoint::Logits: return dims.vocab;
        case ProbePoint::Features: return dims.input.kind == InputDims::Kind::Features ? dims.input.width : 0;
        default: return dims.d_inner;
    }
}

}  // namespace ms
