// Where in a recording what was said: the tables beside speech sets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace ms {

struct SpokenSegment {
    std::int64_t start_sample = 0, samples = 0;
    std::string speaker, text;
    friend bool operator==(const SpokenSegment&, const SpokenSegment&) = default;
};

/// Tab-separated values, UTF-8, LF or CRLF; the first line names the columns: start_sample, samples and text in any
/// order, speaker if it is known, others are passed over. Quotes mean nothing. Errors (Format), one line naming the file,
/// the line and the column.
Result<std::vector<SpokenSegment>> parseSegmentTable(std::string_view text, const std::string& name);
/// Errors: as MappedFile::open and parseSegmentTable.
Result<std::vector<SpokenSegment>> readSegmentTable(const std::filesystem::path& path);

}  // namespace ms
