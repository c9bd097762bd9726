#include "engine/export/number_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/export/number_portions.h"
#include "engine/export/number_table.h"
#include "engine/formats/atomic_file.h"
#include "engine/formats/npz_writer.h"

namespace ms {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::int64_t kMostTexts = 4096;
/// Of an estimate: windows of an array, and values of each.
constexpr std::int64_t kSamples = 3, kSampleValues = 4096;
/// Zip and .npy headers of a member, its name aside.
constexpr std::uint64_t kMemberBytes = 300;

std::string commentLines(const Provenance& provenance) {
    std::string text;
    for (const ProvenanceLine& line : describe(provenance)) text += "# " + line.label + ": " + line.value + "\n";
    return text + "# " + kProvenanceKey + ": " + toJson(provenance) + "\n";
}

Result<void> checkTable(const NumberSource& source) {
    MS_CHECK(source.check());
    if (std::all_of(source.arrays.begin(), source.arrays.end(), [](const NumberArray& a) { return a.companion; }))
        return Error{ErrorCode::InvalidArgument, "there are no numbers to write as a table; write them as .npz"};
    return {};
}

std::uint64_t totalBytes(const NumberSource& source, bool companions) {
    std::uint64_t bytes = 0;
    for (const NumberArray& array : source.arrays)
        if (companions || !array.companion) bytes += array.bytes();
    return bytes;
}

std::string asUtf8(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string describeArrays(const NumberSource& source) {
    json arrays = json::object();
    for (const NumberArray& array : source.arrays) {
        json axes = json::array();
        for (const NumberAxis& axis : array.axes) {
            json entry = {{"name", axis.name}};
            if (axis.numbers.empty()) entry.update({{"first", axis.first}, {"step", axis.step}});
            else entry["numbers"] = axis.numbers;
            axes.push_back(std::move(entry));
        }
        json& entry = arrays[array.name] = {{"probe", array.probe}, {"unit", array.unit}, {"axes", std::move(axes)}};
        if (array.layer >= 0) entry["layer"] = array.layer;
    }
    return asUtf8(arrays);
}

/// Texts of the first axis of each name that has few enough of them.
std::string axisTexts(const NumberSource& source) {
    json texts = json::object();
    for (const NumberArray& array : source.arrays)
        for (const NumberAxis& axis : array.axes) {
            if (!axis.text || axis.size > kMostTexts || texts.contains(axis.name)) continue;
            json& list = texts[axis.name] = json::array();
            for (std::int64_t i = 0; i < axis.size; ++i) list.push_back(axis.text(axis.numberAt(i)));
        }
    return asUtf8(texts);
}

Shape shapeOf(const NumberArray& array) {
    Shape shape;
    for (const NumberAxis& axis : array.axes) shape.append(axis.size);
    return shape;
}

Result<void> writeCsv(const fs::path& path, const NumberSource& source, const Provenance& provenance,
                      const ProgressCallback& progress, const std::stop_token& stop) {
    MS_CHECK(checkTable(source));
    MS_TRY(AtomicFile file, AtomicFile::create(path));
    NumberTable table(source);
    MS_CHECK(file.write(commentLines(provenance)));
    MS_CHECK(file.write(table.header()));
    NumberPortions portions(totalBytes(source, false), path.string(), progress, stop);
    std::string text;
    const auto writeLines = [&](const NumberArray& array, std::int64_t first, std::int64_t rows,
                                std::span<const std::byte> bytes) {
        text.clear();
        table.appendLines(text, array, first, bytes, rows * array.rowElements());
        return file.write(text);
    };
    for (const NumberArray& array : source.arrays)
        if (!array.companion) MS_CHECK(portions.each(array, writeLines));
    return file.commit(Durability::OnDisk);
}

Result<void> writeNpz(const fs::path& path, const NumberSource& source, const Provenance& provenance,
                      const ProgressCallback& progress, const std::stop_token& stop) {
    MS_CHECK(source.check());
    MS_TRY(NpzWriter npz, NpzWriter::create(path));
    MS_CHECK(npz.addText(kProvenanceKey, toJson(provenance)));
    MS_CHECK(npz.addText("arrays", describeArrays(source)));
    MS_CHECK(npz.addText("texts", axisTexts(source)));
    NumberPortions portions(totalBytes(source, true), path.string(), progress, stop);
    const auto append = [&](const NumberArray&, std::int64_t, std::int64_t, std::span<const std::byte> bytes) {
        return npz.append(bytes);
    };
    for (const NumberArray& array : source.arrays) {
        MS_CHECK(npz.begin(array.name, array.type, shapeOf(array)));
        MS_CHECK(portions.each(array, append));
    }
    return npz.finish(Durability::OnDisk);
}

/// Bytes of all lines of an array, from a few of them at its beginning, middle and end.
Result<std::uint64_t> estimateLines(NumberTable& table, const NumberArray& array) {
    const std::int64_t rowElements = array.rowElements();
    if (array.rows() == 0 || rowElements == 0) return std::uint64_t{0};
    const std::int64_t rows = std::clamp<std::int64_t>(kSampleValues / rowElements, 1, array.rows());
    std::vector<std::byte> bytes(static_cast<std::size_t>(rows) * array.rowBytes());
    std::string lines;
    std::int64_t values = 0;
    for (std::int64_t i = 0; i < kSamples; ++i) {
        const std::int64_t first = (array.rows() - rows) * i / (kSamples - 1);
        MS_CHECK(array.read(first, rows, bytes));
        const std::int64_t count = std::min(rows * rowElements, kSampleValues);
        table.appendLines(lines, array, first, bytes, count);
        values += count;
    }
    return static_cast<std::uint64_t>(static_cast<double>(lines.size()) / static_cast<double>(values) *
                                      static_cast<double>(array.rows()) * static_cast<double>(rowElements));
}

}  // namespace

Result<NumberFormat> numberFormat(const fs::path& path) {
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (ending == ".csv") return NumberFormat::Csv;
    if (ending == ".npz") return NumberFormat::Npz;
    return Error{ErrorCode::InvalidArgument,
                 path.string() + ": numbers are written as .npz or .csv; give the file one of these endings"};
}

Result<void> writeNumbers(const fs::path& path, const NumberSource& source, const Provenance& provenance,
                          const ProgressCallback& progress, const std::stop_token& stop) {
    MS_TRY(const NumberFormat format, numberFormat(path));
    return format == NumberFormat::Csv ? writeCsv(path, source, provenance, progress, stop)
                                       : writeNpz(path, source, provenance, progress, stop);
}

Result<std::uint64_t> estimateBytes(NumberFormat format, const NumberSource& source, const Provenance& provenance) {
    if (format == NumberFormat::Npz) {
        MS_CHECK(source.check());
        const std::size_t characters =
            toJson(provenance).size() + describeArrays(source).size() + axisTexts(source).size();
        return totalBytes(source, true) + characters * sizeof(char32_t) + (source.arrays.size() + 3) * kMemberBytes;
    }
    MS_CHECK(checkTable(source));
    NumberTable table(source);
    std::uint64_t bytes = commentLines(provenance).size() + table.header().size();
    for (const NumberArray& array : source.arrays) {
        if (array.companion) continue;
        MS_TRY(const std::uint64_t lines, estimateLines(table, array));
        bytes += lines;
    }
    return bytes;
}

}  // namespace ms
