// The places inside a model where it can be watched. A point is a row of one table; views know nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/probe/model_dims.h"

namespace ms {

enum class ProbePoint : std::uint8_t {
    Dt, B, C, U, Gate, Y, StateNorm, Selectivity, Retention, WriteStrength, State, ConvState, ResidPre, ResidPost, FinalNorm,
    Logits, Features,
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
};

[[nodiscard]] std::span<const ProbeInfo> probeTable();
[[nodiscard]] const ProbeInfo& info(ProbePoint point);
[[nodiscard]] std::optional<ProbePoint> probePointByKey(std::string_view key);

/// Floats of one token's row, unreduced: d_inner, d_state, d_inner·d_state, …
[[nodiscard]] std::int64_t rowWidth(ProbePoint point, const ModelDims& dims);

/// Tokens of the trailing window over which selectivity is measured.
inline constexpr std::int64_t kSelectivityWindow = 64;

}  // namespace ms
