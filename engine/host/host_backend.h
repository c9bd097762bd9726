// The op interface on the CPU.
#pragma once

#include <memory>

#include "engine/backend/backend.h"
#include "engine/base/result.h"

namespace ms {

struct HostOptions {
    int threads = 0;  ///< 0: one per core
};

/// Weights are read where they lie, states live in main memory, products of many tokens go through OpenBLAS (which is
/// told, process-wide, to use one thread a call: the backend brings its own). Results do not depend on `threads`.
/// InvalidArgument for a negative thread count, Device when threads cannot be started.
Result<std::unique_ptr<Backend>> createHostBackend(const HostOptions& options = {});

}  // namespace ms
