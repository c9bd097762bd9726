// Words of session.json that its writer and its reader share.
#pragma once

#include <array>
#include <string_view>

#include "engine/runtime/interventions.h"

namespace ms {

inline constexpr const char* kSessionFormat = "mambascope-session";

/// In the order of Intervention::Kind.
inline constexpr std::array<const char*, 5> kInterventionKeys{"scale_dt", "clamp_dt", "zero_channels", "freeze_channels",
                                                              "ablate_layer"};

[[nodiscard]] inline const char* kindKey(Intervention::Kind kind) { return kInterventionKeys[static_cast<std::size_t>(kind)]; }

}  // namespace ms
