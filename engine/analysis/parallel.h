// A few threads for the length of one call.
#pragma once

#include <functional>

#include "engine/base/result.h"

namespace ms {

/// Runs work(0) … work(parts − 1) at once, work(0) on the calling thread, and returns when all have, with the error of
/// the first part that failed. Products of BLAS inside run on their own thread only.
Result<void> inParallel(unsigned parts, const std::function<Result<void>(unsigned part)>& work);

}  // namespace ms
