// What a session file says of its model beyond its name: enough to show the session while the model is not there.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/typed_index.h"
#include "engine/probe/capture.h"
#include "engine/probe/model_dims.h"

namespace ms {

/// Texts are UTF-8.
struct RecordedModel {
    std::string layout, format;    ///< as ModelInfo has them
    ModelDims dims;
    float normEps = 0;
    bool tiedHead = false, hasTokenizer = false;
    std::int64_t parameters = 0, tokens = 0;
    std::uint64_t weightBytes = 0;
    std::vector<std::pair<TokenId, std::string>> texts;  ///< of the tokens that the session names, as they are shown; by id
};

/// Whether a capture of a model with these sizes gives exactly this series.
[[nodiscard]] bool isSeriesOf(const CaptureEntry& entry, const ModelDims& dims);

}  // namespace ms
