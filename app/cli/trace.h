// What a run captured, as a file with numbers.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "engine/probe/capture_store.h"
#include "engine/runtime/text_stream.h"

namespace ms::cli {

struct TraceOptions {
    std::string file;            ///< ends in .npz or .csv
    std::string points, layers;  ///< as --capture and --layers say
    SamplerOptions sampling;
};

/// Writes every captured series under its path, with ids [T] I32 and surprisal_bits [T] beside them in an archive, and what
/// made them: the model's hash is computed for that. Says so on standard error before it writes more than 1 GB. Errors: as
/// writeNumbers and sha256OfFiles.
Result<void> writeTrace(const TraceOptions& options, const CaptureStore& store, const Model& model,
                        const std::vector<TokenEvent>& tokens, const std::stop_token& stop);

}  // namespace ms::cli
