// How far back the captures of a token's past reach without a hole.
#pragma once

#include <QtGlobal>
#include <span>

#include "engine/probe/capture_store.h"

namespace ms {

/// The first token f >= least such that every series holds all of [f, end); `end` where the last of them is missing.
/// Reads one value a token: for a background task.
[[nodiscard]] qint64 capturedFrom(const CaptureStore& store, std::span<const SeriesKey> keys, qint64 end, qint64 least = 0);

}  // namespace ms
