// Reading a source from one end to the other, with progress and a way to stop.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/export/number_source.h"

namespace ms {

/// Rows [first, first + rows) of an array; `bytes` hold them during the call.
using PortionVisitor =
    std::function<Result<void>(const NumberArray& array, std::int64_t first, std::int64_t rows, std::span<const std::byte> bytes)>;

/// Walks over arrays; one object for all of them, so that progress counts them together.
class NumberPortions {
public:
    /// `totalBytes` of values that will be read; `file` stands in front of "writing was cancelled".
    NumberPortions(std::uint64_t totalBytes, std::string file, const ProgressCallback& progress, const std::stop_token& stop);

    /// All rows of the array, portion by portion, in order. Errors: Cancelled, the reader's, the visitor's.
    Result<void> each(const NumberArray& array, const PortionVisitor& visit);

private:
    std::string m_file;
    const ProgressCallback& m_progress;
    const std::stop_token& m_stop;
    Progress m_done;
    std::vector<std::byte> m_buffer;
};

}  // namespace ms
