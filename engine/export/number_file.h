// Numbers as files for notebooks and spreadsheets. Written in portions; the file appears under its name only when it is
// whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/export/number_source.h"
#include "engine/export/provenance.h"

namespace ms {

enum class NumberFormat : std::uint8_t { Csv, Npz };

/// By the ending, in any case. InvalidArgument for others, naming the path and the endings there are.
[[nodiscard]] Result<NumberFormat> numberFormat(const std::filesystem::path& path);

/// Writes `source` as CSV or NPZ, by the ending of `path`.
///
/// CSV (UTF-8): lines "# label: value" that say what made it, the last of them "# mambascope-provenance: JSON"; then the
/// header and a line a value, as NumberTable. Companions are left out.
///
/// NPZ: every array under its name, of its type, shape and bits; "arrays", JSON text about them: {name: {"probe", "unit",
/// "layer", "axes": [{"name", "first", "step"} or {"name", "numbers"}]}}; "texts", JSON text: {axis: [text, …]} of axes with
/// up to 4,096 texts; "mambascope-provenance", JSON text. numpy.load needs no pickle for it, json.loads(str(file["arrays"])).
///
/// Progress counts bytes of values, on the calling thread. Errors: InvalidArgument (the ending, NumberSource::check), Io,
/// NotFound (the folder), Cancelled; a reader's own. One line; the target is as it was.
[[nodiscard]] Result<void> writeNumbers(const std::filesystem::path& path, const NumberSource& source,
                                        const Provenance& provenance, const ProgressCallback& progress = {},
                                        const std::stop_token& stop = {});

/// Bytes the file will have. NPZ: to a few hundred bytes an array; CSV: by a sample of its lines, usually within a few
/// percent. Errors: NumberSource::check, a reader's own.
[[nodiscard]] Result<std::uint64_t> estimateBytes(NumberFormat format, const NumberSource& source,
                                                  const Provenance& provenance);

}  // namespace ms
