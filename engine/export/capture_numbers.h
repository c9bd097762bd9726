// Captured series as numbers to be written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/export/number_source.h"
#include "engine/probe/capture_store.h"

namespace ms {

/// Text of a token by its position; raw bytes, perhaps a part of a character.
using TokenTextAt = std::function<std::string(std::int64_t position)>;

/// Rows of the positions within [first, end) that the series has a stride for: [token], [token, channel], [token, state],
/// [token, channel, state], … by the point and its reduction. Rows that nobody captured are NaN. The store must outlive
/// the array.
[[nodiscard]] NumberArray captureArray(const CaptureStore& store, const SeriesInfo& series, const ModelDims& dims,
                                       const TokenTextAt& text = {}, std::int64_t first = 0,
                                       std::int64_t end = std::int64_t{1} << 62);

/// Every series of the store, whole, in the order of its keys.
[[nodiscard]] NumberSource captureNumbers(const CaptureStore& store, const ModelDims& dims, const TokenTextAt& text = {});

}  // namespace ms
