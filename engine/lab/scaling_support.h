// What measurements at rising lengths share.
#pragma once

#include <algorithm>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace ms {

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

inline Result<void> checkRising(std::span<const std::int64_t> lengths) {
    std::int64_t before = 0;
    for (const std::int64_t length : lengths) {
        if (length <= before) return Error{ErrorCode::InvalidArgument, "lengths to measure must be positive and rise, " + std::to_string(length) + " does not"};
        before = length;
    }
    return {};
}

inline Result<void> goOn(const std::stop_token& stop) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "measuring was cancelled; what was measured is kept"};
    return {};
}

/// By the square of the length: nothing here grows faster.
inline bool tooLong(double seconds, std::int64_t length, std::int64_t next, double mostSeconds) {
    const double ratio = static_cast<double>(next) / static_cast<double>(length);
    return seconds * ratio * ratio > mostSeconds;
}

}  // namespace ms
