// FFTW's planner is one for the whole process and not thread-safe; execution is.
#pragma once

#include <mutex>

namespace ms {

/// Held while a plan is made or dropped.
inline std::mutex& fftwPlanner() {
    static std::mutex s_mutex;
    return s_mutex;
}

}  // namespace ms
