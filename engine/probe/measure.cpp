#include "engine/probe/measure.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace ms {

namespace {

constexpr std::array kTable{
    MeasureInfo{.key = "dt",
                .title = "Step size",
                .symbol = "Δ",
                .definition =
                    "Δ, mean over channels: how far the layer opens for a token. Large: write and forget; small: keep.",
                .point = ProbePoint::Dt,
                .perChannel = true},
    MeasureInfo{.key = "dt_max",
                .title = "Largest step size",
                .symbol = "max Δ",
                .definition = "The largest Δ among a layer's channels: whether any channel opens wide for a token.",
                .point = ProbePoint::Dt,
                .layerReduction = Reduction::MaxChannels},
    MeasureInfo{.key = "state_norm",
                .title = "State norm",
                .symbol = "‖h‖",
                .definition = "‖h‖₂ over d_state after a token, mean over channels: how full the layer's memory is.",
                .point = ProbePoint::StateNorm,
                .perChannel = true},
    MeasureInfo{
        .key = "state_norm_change",
        .title = "Change of state norm",
        .symbol = "‖hₜ‖ − ‖hₜ₋₁‖",
        .definition = "Change of the state norm from the token before: where memory fills and where it is let go.",
        .point = ProbePoint::StateNorm,
        .difference = true,
        .isSigned = true,
        .perChannel = true,
        .channelsSigned = true},
    MeasureInfo{.key = "selectivity",
                .title = "Selectivity",
                .symbol = "CV(Δ)",
                .definition =
                    "Coefficient of variation of Δ over the last 64 tokens, mean over channels: how much the layer's "
                    "steps depend on what it reads.",
                .point = ProbePoint::Selectivity,
                .perChannel = true},
    MeasureInfo{
        .key = "retention",
        .title = "Retention",
        .symbol = "Ā",
        .definition = "exp(Δ·A), mean over states and channels (Mamba-2 and 3: over heads): the share of its memory the layer "
                      "keeps over a token.",
        .point = ProbePoint::Retention,
        .perChannel = true},
    MeasureInfo{
        .key = "write_strength",
        .title = "Write strength",
        .symbol = "‖Δ·B·u‖",
        .definition = "‖Δ·B·u‖₂ over d_state (Mamba-3: ‖Δ·λ·K·v‖₂), mean over channels: how much a token writes into the layer's "
                      "memory.",
        .point = ProbePoint::WriteStrength,
        .perChannel = true},
    MeasureInfo{.key = "gate",
                .title = "Gate",
                .symbol = "silu(z)",
                .definition = "silu(z), mean over channels: how much of the layer's output passes on.",
                .point = ProbePoint::Gate,
                .isSigned = true,
                .perChannel = true,
                .channelsSigned = true},
    MeasureInfo{
        .key = "y",
        .title = "Scan output",
        .symbol = "‖y‖",
        .definition = "‖y‖₂ over channels, y = C·h + D·u: how much the layer reads out for a token, before the gate.",
        .point = ProbePoint::Y,
        .layerReduction = Reduction::L2,
        .perChannel = true,
        .channelsSigned = true},
    MeasureInfo{.key = "u",
                .title = "Scan input",
                .symbol = "‖u‖",
                .definition = "‖u‖₂ over channels, u = silu(conv(x)): how much the layer's scan is fed by a token.",
                .point = ProbePoint::U,
                .layerReduction = Reduction::L2,
                .perChannel = true,
                .channelsSigned = true},
    MeasureInfo{.key = "resid_norm",
                .title = "Residual norm",
                .symbol = "‖r‖",
                .definition = "‖r‖₂ of the residual stream leaving the layer.",
                .point = ProbePoint::ResidPost,
                .layerReduction = Reduction::L2},
    MeasureInfo{.key = "attn_entropy",
                .title = "Attention entropy",
                .symbol = "H(a)",
                .unit = "nat",
                .definition = "−Σ a ln a of a head's weights, mean over heads: over how many tokens the layer spreads its look.",
                .point = ProbePoint::AttentionEntropy,
                .perChannel = true},
    MeasureInfo{.key = "attn_peak",
                .title = "Largest attention weight",
                .symbol = "max a",
                .definition = "The largest weight that a head gives to one token, mean over heads: how sharply the layer looks.",
                .point = ProbePoint::AttentionPeak,
                .perChannel = true},
    MeasureInfo{.key = "forget_gate",
                .title = "Forget gate",
                .symbol = "f",
                .definition = "The share of its memory that a cell keeps over a token (f of an LSTM, z of a GRU), mean over channels.",
                .point = ProbePoint::ForgetGate,
                .perChannel = true},
    MeasureInfo{.key = "hidden",
                .title = "Hidden state",
                .symbol = "‖h‖",
                .definition = "‖h‖₂ over channels of what a recurrent cell passes on for a token.",
                .point = ProbePoint::Hidden,
                .layerReduction = Reduction::L2,
                .perChannel = true,
                .channelsSigned = true},
};

}  // namespace

std::span<const MeasureInfo> measureTable() { return kTable; }

const MeasureInfo* measureByKey(std::string_view key) {
    const auto row = std::find_if(kTable.begin(), kTable.end(), [&](const MeasureInfo& m) { return m.key == key; });
    return row == kTable.end() ? nullptr : row;
}

CaptureRequest seriesRequest(const MeasureInfo& measure, std::optional<LayerIndex> layer) {
    CaptureRequest request;
    request.point = measure.point;
    request.reduction = measure.layerReduction;
    if (layer) request.layers = {*layer};
    return request;
}

CaptureRequest channelsRequest(const MeasureInfo& measure, LayerIndex layer) {
    assert(measure.perChannel);
    CaptureRequest request = seriesRequest(measure, layer);
    request.reduction = Reduction::None;
    return request;
}

}  // namespace ms
