// Captured internals of a run, from the command line's words to an NPZ file.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/probe/capture_store.h"
#include "engine/runtime/text_stream.h"

namespace ms::cli {

/// "dt,state_norm.mean" and "0-3,7" as capture requests. A point may carry .mean, .max or .l2; alone it is captured whole.
/// InvalidArgument names the word that is not understood and lists the known ones.
Result<std::vector<CaptureRequest>> parseCapture(const std::string& points, const std::string& layers, const ModelDims& dims);

/// Writes ids [T], surprisal_bits [T], every captured series [rows, width] under its path, and `meta` (JSON: model,
/// prompt, device, program version).
Result<void> writeTrace(const std::string& file, const CaptureStore& store, std::span<const TokenEvent> tokens,
                        const std::string& metaJson);

}  // namespace ms::cli
