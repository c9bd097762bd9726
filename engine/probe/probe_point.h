// The places inside a model where it can be watched. A point is a row of one table; views know nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/probe/model_dims.h"

namespace ms {

enum class ProbePoint : std::uint8_t {
    Dt, B, C, U, Gate, Y, StateNorm, Selectivity, Retention, WriteStrength, State, ConvState, Hidden, ForgetGate, InputGate,
    OutputGate, ResetGate, AttentionEntropy, AttentionPeak, AttentionQuery, AttentionKey, ExpertChoice, ExpertWeight, ResidPre,
    ResidPost, FinalNorm, Logits, Features,
};

/// When a point can be read.
enum class ProbeTiming : std::uint8_t {
    EveryToken,  ///< a row for each token
    ChunkEnd,    ///< only where a submission ends: the session splits its chunks there
};

struct ProbeInfo {
    ProbePoint point;
    std::string_view key;         ///< "dt": the path is layer.12.dt
    std::string_view symbol;      ///< "Δ"
    std::string_view title;       ///< "Step size"
    std::string_view unit;        ///< "" for pure numbers
    std::string_view definition;  ///< one sentence for a tooltip
    ProbeTiming timing;
    bool perLayer;
    bool onDemand;                ///< an op fills it only when somebody watches: the model asks ProbeTaps::wanted for room
    /// Floats of a token's row in a layer; 0 of a layer without it. Read it through ModelDims::width.
    std::int64_t (*rowWidth)(const ModelDims& model, const LayerDims& layer);
};

[[nodiscard]] std::span<const ProbeInfo> probeTable();
[[nodiscard]] const ProbeInfo& info(ProbePoint point);
[[nodiscard]] std::optional<ProbePoint> probePointByKey(std::string_view key);

/// Tokens of the trailing window over which selectivity is measured.
inline constexpr std::int64_t kSelectivityWindow = 64;

}  // namespace ms
