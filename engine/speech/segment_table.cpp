#include "engine/speech/segment_table.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/mapped_file.h"

namespace ms {

namespace {

constexpr std::array<std::string_view, 4> kColumns{"start_sample", "samples", "speaker", "text"};
enum Column : std::size_t { Start, Samples, Speaker, Text };
constexpr std::int64_t kMostSamples = std::int64_t{1} << 50;  // 700 years of 48 kHz; sums stay far from overflow

std::string_view takeLine(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::vector<std::string_view> fieldsOf(std::string_view line) {
    std::vector<std::string_view> fields;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find('\t', begin), line.size());
        fields.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return fields;
}

}  // namespace

Result<std::vector<SpokenSegment>> parseSegmentTable(std::string_view text, const std::string& name) {
    std::size_t lineNumber = 1;
    const auto error = [&](const std::string& problem) {
        return Error{ErrorCode::Format, name + ": line " + std::to_string(lineNumber) + ": " + problem};
    };
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, as spreadsheets write
    const auto header = fieldsOf(takeLine(text));
    std::array<std::size_t, kColumns.size()> place{};
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
        const auto found = std::find(header.begin(), header.end(), kColumns[c]);
        place[c] = static_cast<std::size_t>(found - header.begin());
        if (found == header.end() && c != Speaker)
            return error("has no column " + std::string(kColumns[c]) + "; expected start_sample, samples, speaker, text parted by tabs");
        if (found != header.end() && std::find(found + 1, header.end(), kColumns[c]) != header.end())
            return error("column " + std::string(kColumns[c]) + " is there twice");
    }
    std::vector<SpokenSegment> segments;
    while (!text.empty()) {
        ++lineNumber;
        const std::string_view line = takeLine(text);
        if (line.empty()) continue;
        const auto fields = fieldsOf(line);
        if (fields.size() != header.size())
            return error("has " + std::to_string(fields.size()) + " columns, the first line " + std::to_string(header.size()));
        SpokenSegment segment;
        for (const auto& [column, target, low] :
             {std::tuple{Start, &segment.start_sample, std::int64_t{0}}, {Samples, &segment.samples, std::int64_t{1}}}) {
            const std::string_view field = fields[place[column]];
            const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), *target);
            if (problem != std::errc() || end != field.data() + field.size() || *target < low || *target > kMostSamples)
                return error(std::string(kColumns[column]) + " is " + inQuotes(field, 40) + ", no whole number from " +
                             std::to_string(low) + " to 2^50");
        }
        if (place[Speaker] < header.size()) segment.speaker = fields[place[Speaker]];
        segment.text = fields[place[Text]];
        segments.push_back(std::move(segment));
    }
    if (segments.empty()) return error("the table has no segments");
    return segments;
}

Result<std::vector<SpokenSegment>> readSegmentTable(const std::filesystem::path& path) {
    MS_TRY(const auto file, MappedFile::open(path));
    return parseSegmentTable(asText(file->bytes()), path.string());
}

}  // namespace ms
