#include "engine/probe/measure.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace ms {

namespace {

constexpr std::array kTable{
    MeasureInfo{.key = "dt", .title = "Step size", .symbol = "Δ", .unit = "",
                .definition = "Δ, mean over channels: how far the layer opens for a token. Large: write and forget; small: keep.",
                .point = ProbePoint::Dt, .layerReduction = Reduction::MeanChannels,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = false},
    MeasureInfo{.key = "dt_max", .title = "Largest step size", .symbol = "max Δ", .unit = "",
                .definition = "The largest Δ among a layer's channels: whether any channel opens wide for a token.",
                .point = ProbePoint::Dt, .layerReduction = Reduction::MaxChannels,
                .difference = false, .isSigned = false, .perChannel = false, .channelsSigned = false},
    MeasureInfo{.key = "state_norm", .title = "State norm", .symbol = "‖h‖", .unit = "",
                .definition = "‖h‖₂ over d_state after a token, mean over channels: how full the layer's memory is.",
                .point = ProbePoint::StateNorm, .layerReduction = Reduction::MeanChannels,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = false},
    MeasureInfo{.key = "state_norm_change", .title = "Change of state norm", .symbol = "Δ‖h‖", .unit = "",
                .definition = "Change of the state norm from the token before: where memory fills and where it is let go.",
                .point = ProbePoint::StateNorm, .layerReduction = Reduction::MeanChannels,
                .difference = true, .isSigned = true, .perChannel = true, .channelsSigned = true},
    MeasureInfo{.key = "selectivity", .title = "Selectivity", .symbol = "CV(Δ)", .unit = "",
                .definition = "Coefficient of variation of Δ over the last 64 tokens, mean over channels: how much the layer's "
                              "steps depend on what it reads.",
                .point = ProbePoint::Selectivity, .layerReduction = Reduction::MeanChannels,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = false},
    MeasureInfo{.key = "retention", .title = "Retention", .symbol = "Ā", .unit = "",
                .definition = "exp(Δ·A), mean over states and channels: the share of its memory the layer keeps over a token.",
                .point = ProbePoint::Retention, .layerReduction = Reduction::MeanChannels,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = false},
    MeasureInfo{.key = "write_strength", .title = "Write strength", .symbol = "‖Δ·B·u‖", .unit = "",
                .definition = "‖Δ·B·u‖₂ over d_state, mean over channels: how much a token writes into the layer's memory.",
                .point = ProbePoint::WriteStrength, .layerReduction = Reduction::MeanChannels,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = false},
    MeasureInfo{.key = "gate", .title = "Gate", .symbol = "silu(z)", .unit = "",
                .definition = "silu(z), mean over channels: how much of the layer's output passes on.",
                .point = ProbePoint::Gate, .layerReduction = Reduction::MeanChannels,
                .difference = false, .isSigned = true, .perChannel = true, .channelsSigned = true},
    MeasureInfo{.key = "y", .title = "Scan output", .symbol = "‖y‖", .unit = "",
                .definition = "‖y‖₂ over channels, y = C·h + D·u: how much the layer reads out for a token, before the gate.",
                .point = ProbePoint::Y, .layerReduction = Reduction::L2,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = true},
    MeasureInfo{.key = "u", .title = "Scan input", .symbol = "‖u‖", .unit = "",
                .definition = "‖u‖₂ over channels, u = silu(conv(x)): how much the layer's scan is fed by a token.",
                .point = ProbePoint::U, .layerReduction = Reduction::L2,
                .difference = false, .isSigned = false, .perChannel = true, .channelsSigned = true},
    MeasureInfo{.key = "resid_norm", .title = "Residual norm", .symbol = "‖r‖", .unit = "",
                .definition = "‖r‖₂ of the residual stream leaving the layer.",
                .point = ProbePoint::ResidPost, .layerReduction = Reduction::L2,
                .difference = false, .isSigned = false, .perChannel = false, .channelsSigned = true},
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
