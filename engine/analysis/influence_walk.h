// What walks back from a token to find what had to do with it have in common.
#pragma once

#include <cstdint>
#include <stop_token>

#include "engine/base/result.h"

namespace ms {

inline constexpr std::int64_t kInfluenceStretch = 64;  // tokens read at a time
inline constexpr double kNothingLeft = 1e-26;          // e⁻⁶⁰

inline Result<void> influenceGoesOn(const std::stop_token& stop) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "influence: cancelled"};
    return {};
}

}  // namespace ms
