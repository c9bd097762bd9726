// One vocabulary for everything that takes longer than a blink.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace ms {

struct Progress {
    std::int64_t current = 0;
    std::int64_t total = 0;   ///< 0: unknown
    std::string status;       ///< "reading layer 3"
};

/// Called on the thread that does the work, throttled by the caller's side; returning is all it need do.
using ProgressCallback = std::function<void(const Progress&)>;

}  // namespace ms
