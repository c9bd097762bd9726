// What to capture, in the command line's words.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/probe/capture.h"

namespace ms::cli {

/// "dt,state_norm.mean" and "0-3,7" as capture requests. A point may carry .mean, .max or .l2; alone it is captured whole.
/// InvalidArgument names the word that is not understood and lists the known ones.
Result<std::vector<CaptureRequest>> parseCapture(const std::string& points, const std::string& layers, const ModelDims& dims);

}  // namespace ms::cli
