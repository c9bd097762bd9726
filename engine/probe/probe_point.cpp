#include "engine/probe/probe_point.h"

#include <algorithm>
#include <array>

namespace ms {

namespace {

using enum ProbeTiming;

using Model = const ModelDims&;
using Layer = const LayerDims&;

// Widths that several points share.
constexpr std::int64_t ofDt(Model, Layer l) { return l.dtWidth(); }
constexpr std::int64_t ofDirection(Model, Layer l) { return l.directionWidth(); }
constexpr std::int64_t ofScan(Model, Layer l) { return l.isSelective() ? l.d_inner : 0; }
constexpr std::int64_t ofStateSpace(Model, Layer l) {
    return l.isSelective() || l.kind == LayerKind::S4d || l.kind == LayerKind::S4 ? l.d_inner : 0;
}
constexpr std::int64_t ofState(Model, Layer l) { return l.kind == LayerKind::Attention ? 0 : l.d_inner * l.d_state; }
constexpr std::int64_t ofConvState(Model, Layer l) { return l.convChannels() * (l.d_conv - 1); }
constexpr std::int64_t ofCell(Model, Layer l) { return l.isRecurrentCell() ? l.d_inner : 0; }
constexpr std::int64_t ofKeeping(Model, Layer l) {
    return l.kind == LayerKind::Lstm || l.kind == LayerKind::Gru ? l.d_inner : 0;
}
constexpr std::int64_t ofLstm(Model, Layer l) { return l.kind == LayerKind::Lstm ? l.d_inner : 0; }
constexpr std::int64_t ofWriting(Model, Layer l) {
    return l.kind == LayerKind::Lstm ? l.d_inner : l.kind == LayerKind::Mamba3 ? l.n_heads : 0;
}
constexpr std::int64_t ofGru(Model, Layer l) { return l.kind == LayerKind::Gru ? l.d_inner : 0; }
constexpr std::int64_t ofAttention(Model, Layer l) { return l.kind == LayerKind::Attention ? l.n_heads : 0; }
constexpr std::int64_t ofTurned(Layer l) { return l.kind == LayerKind::Mamba3 ? l.n_heads * l.d_state : 0; }
constexpr std::int64_t ofQuery(Model, Layer l) { return l.kind == LayerKind::Attention ? l.n_heads * l.head_dim : ofTurned(l); }
constexpr std::int64_t ofKey(Model, Layer l) { return l.kind == LayerKind::Attention ? l.n_kv_heads * l.head_dim : ofTurned(l); }
constexpr std::int64_t ofRouter(Model, Layer l) { return l.feedForward == FeedForward::Experts ? l.n_chosen : 0; }
constexpr std::int64_t ofResidual(Model m, Layer l) { return l.isRecurrentCell() ? 0 : m.d_model; }
constexpr std::int64_t ofLogits(Model m, Layer) { return m.vocab; }
constexpr std::int64_t ofFeatures(Model m, Layer) {
    return m.input.kind == InputDims::Kind::Features ? m.input.width : 0;
}

constexpr bool kOffered = false, kOnDemand = true, kWhole = false, kLayer = true;

constexpr std::array kTable{
    ProbeInfo{ProbePoint::Dt, "dt", "Δ", "Step size", "",
              "Δ = softplus(W·dt_low + b): how far a channel (Mamba-2: a head) opens for this token. Large: write and forget; "
              "small: keep.",
              EveryToken, kLayer, kOffered, ofDt},
    ProbeInfo{ProbePoint::B, "B", "B", "Input direction", "", "B: where in the state this token writes, one value per state.",
              EveryToken, kLayer, kOffered, ofDirection},
    ProbeInfo{ProbePoint::C, "C", "C", "Read direction", "", "C: which states this token reads.", EveryToken, kLayer, kOffered,
              ofDirection},
    ProbeInfo{ProbePoint::U, "u", "u", "Scan input", "", "u = silu(conv(x)): what the scan is fed, per channel.", EveryToken,
              kLayer, kOffered, ofStateSpace},
    ProbeInfo{ProbePoint::Gate, "gate", "silu(z)", "Gate", "", "silu(z): how much of a channel's output passes on.", EveryToken,
              kLayer, kOnDemand, ofScan},
    ProbeInfo{ProbePoint::Y, "y", "y", "Scan output", "", "y = C·h + D·u: read from the state, before the gate.", EveryToken,
              kLayer, kOnDemand, ofStateSpace},
    ProbeInfo{ProbePoint::StateNorm, "state_norm", "‖h‖", "State norm", "",
              "‖h‖₂ over d_state after this token: how full a channel's memory is.", EveryToken, kLayer, kOnDemand, ofScan},
    ProbeInfo{ProbePoint::Selectivity, "selectivity", "CV(Δ)", "Selectivity", "",
              "Coefficient of variation of Δ (standard deviation over mean) across the last 64 tokens, per channel: how "
              "much a channel's step depends on what it reads.",
              EveryToken, kLayer, kOnDemand, ofDt},
    ProbeInfo{ProbePoint::Retention, "retention", "Ā", "Retention", "",
              "exp(Δ·A) averaged over a channel's states (Mamba-2 and 3: of a head, which has one A): the share of its memory "
              "that is kept over this token. 1 keeps all, 0 forgets all.",
              EveryToken, kLayer, kOnDemand, ofDt},
    ProbeInfo{ProbePoint::WriteStrength, "write_strength", "‖Δ·B·u‖", "Write strength", "",
              "‖Δ·B·u‖₂ over d_state: how much this token writes into a channel's state. Mamba-3: ‖Δ·λ·K·v‖₂, the share that it "
              "writes at once.", EveryToken, kLayer, kOnDemand, ofScan},
    ProbeInfo{ProbePoint::State, "state", "h", "State", "",
              "h [d_inner, d_state] after this token; of an LSTM its cell c, of an RNN or GRU its hidden state.", ChunkEnd, kLayer,
              kOffered, ofState},
    ProbeInfo{ProbePoint::ConvState, "conv_state", "x", "Convolution state", "",
              "The last d_conv - 1 inputs of the causal convolution, oldest first.", ChunkEnd, kLayer, kOffered, ofConvState},
    ProbeInfo{ProbePoint::Hidden, "hidden", "h", "Hidden state", "", "h of a recurrent cell after this token: what it passes on.",
              EveryToken, kLayer, kOffered, ofCell},
    ProbeInfo{ProbePoint::ForgetGate, "forget_gate", "f", "Forget gate", "",
              "Share of its memory a cell keeps over this token: f of an LSTM, z of a GRU. 1 keeps all, 0 forgets all.", EveryToken,
              kLayer, kOnDemand, ofKeeping},
    ProbeInfo{ProbePoint::InputGate, "input_gate", "i", "Input gate", "",
              "i of an LSTM: how much of this token is written. Mamba-3: λ of a head, the share that is written at once; the rest "
              "follows with the next token.",
              EveryToken, kLayer, kOnDemand, ofWriting},
    ProbeInfo{ProbePoint::OutputGate, "output_gate", "o", "Output gate", "", "o of an LSTM: how much of its cell passes on.",
              EveryToken, kLayer, kOnDemand, ofLstm},
    ProbeInfo{ProbePoint::ResetGate, "reset_gate", "r", "Reset gate", "",
              "r of a GRU: how much of the old state the new candidate sees.", EveryToken, kLayer, kOnDemand, ofGru},
    ProbeInfo{ProbePoint::AttentionEntropy, "attn_entropy", "H(a)", "Attention entropy", "nat",
              "Entropy of a head's weights over the tokens so far: 0 looks at one token, ln t at t alike.", EveryToken, kLayer,
              kOnDemand, ofAttention},
    ProbeInfo{ProbePoint::AttentionPeak, "attn_peak", "max a", "Largest attention weight", "",
              "The largest weight a head gives to one token: how sharply it looks.", EveryToken, kLayer, kOnDemand, ofAttention},
    ProbeInfo{ProbePoint::AttentionQuery, "attn_query", "q", "Query", "",
              "What each head of attention looks for, [n_heads, head_dim], turned to its place. Mamba-3: Q, C with its bias, turned, "
              "[n_heads, d_state].",
              EveryToken, kLayer, kOnDemand, ofQuery},
    ProbeInfo{ProbePoint::AttentionKey, "attn_key", "k", "Key", "",
              "What a token offers to the heads that look back, [n_kv_heads, head_dim], turned to its place. Mamba-3: K, B with its bias, "
              "turned, [n_heads, d_state].",
              EveryToken, kLayer, kOnDemand, ofKey},
    ProbeInfo{ProbePoint::ExpertChoice, "expert_choice", "e", "Chosen experts", "",
              "Numbers of the experts that read this token, the one with the largest weight first.", EveryToken, kLayer, kOffered,
              ofRouter},
    ProbeInfo{ProbePoint::ExpertWeight, "expert_weight", "w", "Expert weights", "",
              "What the chosen experts' outputs are multiplied with, in their order.", EveryToken, kLayer, kOffered, ofRouter},
    ProbeInfo{ProbePoint::ResidPre, "resid_pre", "r", "Residual before layer", "", "Residual stream entering the layer.",
              EveryToken, kLayer, kOffered, ofResidual},
    ProbeInfo{ProbePoint::ResidPost, "resid_post", "r", "Residual after layer", "", "Residual stream leaving the layer.",
              EveryToken, kLayer, kOffered, ofResidual},
    ProbeInfo{ProbePoint::FinalNorm, "final_norm", "x", "Final norm", "",
              "Residual stream after the final norm, what the head reads.", EveryToken, kWhole, kOffered, ofResidual},
    ProbeInfo{ProbePoint::Logits, "logits", "logit", "Logits", "nat", "Unnormalised log-probabilities of the next token.",
              EveryToken, kWhole, kOffered, ofLogits},
    ProbeInfo{ProbePoint::Features, "features", "mel", "Mel spectrogram", "σ",
              "Log-mel energies as the model reads them: standard deviations from the training data's mean, the first row of each "
              "frame.",
              EveryToken, kWhole, kOffered, ofFeatures},
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

void ModelDims::setLayers(std::vector<LayerDims> all) {
    layers = std::move(all);
    n_layer = static_cast<std::int64_t>(layers.size());
    d_inner = d_state = d_conv = dt_rank = 0;
    for (const LayerDims& l : layers) {
        d_inner = std::max(d_inner, l.d_inner);
        d_state = std::max(d_state, l.d_state);
        d_conv = std::max(d_conv, l.d_conv);
        dt_rank = std::max(dt_rank, l.dt_rank);
    }
}

std::int64_t ModelDims::width(ProbePoint point, LayerIndex index) const {
    const ProbeInfo& row = info(point);
    if (!row.perLayer) return row.rowWidth(*this, n_layer > 0 ? layer(LayerIndex(0)) : LayerDims{});
    return index.value >= 0 && index.value < n_layer ? row.rowWidth(*this, layer(index)) : 0;
}

std::int64_t ModelDims::width(ProbePoint point) const {
    if (!info(point).perLayer || layers.empty()) return width(point, LayerIndex(0));
    std::int64_t widest = 0;
    for (LayerIndex k(0); k.value < n_layer; ++k) widest = std::max(widest, width(point, k));
    return widest;
}

}  // namespace ms
