// Numbers as files: read back by NumPy, by a CSV reader and by our own zip reader; what happens when writing fails.
#include "engine/export/number_file.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/export/capture_numbers.h"
#include "engine/export/number_portions.h"
#include "tests/support/file_size_limit.h"
#include "tests/unit/export/csv_reader.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

constexpr ModelDims kDims{.d_model = 8, .n_layer = 3, .d_inner = 16, .d_state = 4, .d_conv = 4, .dt_rank = 2, .vocab = 32};
constexpr std::int64_t kTokens = 60;

/// Series of every shape: whole, reduced, with a stride, with a hole of rows nobody captured.
void fill(CaptureStore& store) {
    std::mt19937 random(11);
    const auto append = [&](SeriesKey key, std::int64_t width, std::int64_t stride, std::int64_t first, std::int64_t rows) {
        const CaptureEntry entry{key, width, stride, 0, 0, 1};
        std::vector<float> values;
        for (std::int64_t i = 0; i < rows * width; ++i)
            values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random()) & 0xbfffffffu));  // no NaN or infinity
        store.append({TokenPos(first), rows * stride, {{&entry, TokenPos(first), rows, values}}});
    };
    for (int layer = 0; layer < 3; ++layer) {
        append({ProbePoint::Dt, LayerIndex(layer), Reduction::None}, 16, 1, 0, kTokens);
        append({ProbePoint::StateNorm, LayerIndex(layer), Reduction::MeanChannels}, 1, 1, 0, 20);
        append({ProbePoint::StateNorm, LayerIndex(layer), Reduction::MeanChannels}, 1, 1, 40, 20);
    }
    append({ProbePoint::State, LayerIndex(1), Reduction::None}, 64, 16, 0, 4);
}

std::string pieceAt(std::int64_t t) {
    const std::vector<std::string> pieces{" the", ",", "\"", "\n", "\xe2\x82", "größe", "#", ""};
    return pieces[static_cast<std::size_t>(t) % pieces.size()];
}

NumberSource sourceOf(const CaptureStore& store) {
    NumberSource source = captureNumbers(store, kDims, pieceAt);
    std::vector<TokenId> ids;
    for (std::int64_t t = 0; t < kTokens; ++t) ids.push_back(static_cast<TokenId>(t * 7 % 32));
    NumberArray array{"ids", "id"};
    array.type = DType::I32;
    array.axes = {{"token", kTokens, 0, 1, {}, pieceAt}};
    array.companion = true;
    array.read = readerOf(std::move(ids));
    source.arrays.push_back(std::move(array));
    return source;
}

Provenance provenance() {
    Provenance p;
    p.model.name = "tiny, \"quoted\"";
    p.input = inputOfTokens(std::vector<TokenId>{1, 2, 3}, "line one\nline two");
    return p;
}

/// A Python that has NumPy; empty when there is none.
std::string pythonWithNumpy() {
    for (const std::string python : {"/usr/bin/python3", "python3"}) {
        if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) == 0) return python;
    }
    return {};
}

int runPython(const std::string& python, const fs::path& script, const std::vector<fs::path>& arguments) {
    std::string command = python + " '" + script.string() + "'";
    for (const fs::path& a : arguments) command += " '" + a.string() + "'";
    return std::system(command.c_str());
}

/// The same bytes as the arrays of a source, one file an array, for a program that knows nothing of us.
void writeRaw(const fs::path& folder, const NumberSource& source) {
    fs::create_directory(folder);
    for (const NumberArray& array : source.arrays) {
        std::vector<std::byte> bytes(array.bytes());
        ASSERT_TRUE(array.read(0, array.rows(), bytes).ok());
        std::ofstream(folder / array.name, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
}

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

/// One array of values that are made as they are read.
NumberSource endless(std::int64_t rows, std::int64_t* portions = nullptr) {
    NumberSource source;
    NumberArray array{"x", "x"};
    array.axes = {{"token", rows}, {"channel", 256}};
    array.read = [portions](std::int64_t, std::int64_t, std::span<std::byte> out) -> Result<void> {
        if (portions != nullptr) ++*portions;
        std::fill(out.begin(), out.end(), std::byte{0x3f});
        return {};
    };
    source.arrays.push_back(std::move(array));
    return source;
}

}  // namespace

TEST(NumberFile, NumpyReadsTheSameBits) {
    const std::string python = pythonWithNumpy();
    if (python.empty()) GTEST_SKIP() << "no Python with NumPy here (package python3-numpy)";
    TempFolder folder;
    CaptureStore store;
    fill(store);
    const NumberSource source = sourceOf(store);
    const auto file = folder.path() / "größe.npz";
    const auto written = writeNumbers(file, source, provenance());
    ASSERT_TRUE(written.ok()) << written.error().message;
    writeRaw(folder.path() / "raw", source);
    const auto script = folder.write("check.py", R"(
import json, os, sys, zipfile, numpy as np
path, raw = sys.argv[1:]
assert zipfile.ZipFile(path).testzip() is None
a = np.load(path, allow_pickle=False)
names = os.listdir(raw)
assert sorted(a.files) == sorted(names + ['arrays', 'texts', 'mambascope-provenance']), a.files
for name in names:
    assert a[name].tobytes() == open(os.path.join(raw, name), 'rb').read(), name
assert a['layer.0.dt'].shape == (60, 16) and a['layer.0.dt'].dtype == np.float32
assert a['layer.2.state_norm.mean'].shape == (60,)
assert np.isnan(a['layer.2.state_norm.mean'][20:40]).all() and not np.isnan(a['layer.2.state_norm.mean'][:20]).any()
assert a['layer.1.state'].shape == (4, 16, 4)
assert a['ids'].dtype == np.int32
arrays = json.loads(str(a['arrays']))
assert arrays['layer.1.state'] == {'probe': 'state', 'unit': '', 'layer': 1, 'axes': [
    {'name': 'token', 'first': 0, 'step': 16}, {'name': 'channel', 'first': 0, 'step': 1},
    {'name': 'state', 'first': 0, 'step': 1}]}, arrays
texts = json.loads(str(a['texts']))
assert texts['token'][:4] == [' the', ',', '"', '\n'] and len(texts['token']) == 60, texts
p = json.loads(str(a['mambascope-provenance']))
assert p['model']['name'] == 'tiny, "quoted"' and p['input']['ids'] == [1, 2, 3], p
)");
    EXPECT_EQ(runPython(python, script, {file, folder.path() / "raw"}), 0);
}

TEST(NumberFile, CsvReadsBackExactly) {
    TempFolder folder;
    CaptureStore store;
    fill(store);
    const NumberSource source = sourceOf(store);
    const auto file = folder.path() / "a.CSV";
    const auto written = writeNumbers(file, source, provenance());
    ASSERT_TRUE(written.ok()) << written.error().message;
    const CsvFile csv = readCsv(readAll(file));
    EXPECT_EQ(csv.columns, (std::vector<std::string>{"probe", "token", "text", "layer", "channel", "state", "value"}));

    ASSERT_FALSE(csv.comments.empty());
    const std::string key = std::string(kProvenanceKey) + ": ";
    ASSERT_TRUE(csv.comments.back().starts_with(key));
    const auto said = provenanceFromJson(csv.comments.back().substr(key.size()), "a.CSV");
    ASSERT_TRUE(said.ok()) << said.error().message;
    EXPECT_EQ(*said, provenance());

    std::size_t line = 0;
    for (const NumberArray& array : source.arrays) {
        if (array.companion) continue;
        std::vector<std::byte> bytes(array.bytes());
        ASSERT_TRUE(array.read(0, array.rows(), bytes).ok());
        const std::int64_t width = array.rowElements();
        for (const float value : valuesOf<float>(bytes)) {
            ASSERT_LT(line, csv.rows.size());
            const auto& row = csv.rows[line++];
            EXPECT_EQ(row.at("probe"), array.probe);
            EXPECT_EQ(row.at("layer"), std::to_string(array.layer));
            EXPECT_EQ(row.at("channel").empty(), width == 1);
            const std::string text = pieceAt(std::stoll(row.at("token")));
            EXPECT_EQ(row.at("text"), text == "\xe2\x82" ? "<0xE2><0x82>" : text);
            ASSERT_EQ(row.at("value").empty(), std::isnan(value));
            const float read = std::strtof(row.at("value").c_str(), nullptr);
            ASSERT_TRUE(std::isnan(value) || read == value) << row.at("value");
        }
    }
    EXPECT_EQ(line, csv.rows.size());
}

TEST(NumberFile, PythonsCsvModuleReadsIt) {
    const std::string python = "python3";
    if (std::system((python + " -c 'import csv' 2>/dev/null").c_str()) != 0) GTEST_SKIP() << "no Python here";
    TempFolder folder;
    CaptureStore store;
    fill(store);
    ASSERT_TRUE(writeNumbers(folder.path() / "a.csv", sourceOf(store), provenance()).ok());
    const auto script = folder.write("check.py", R"(
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8') as f:
    comments = []
    while True:
        at = f.tell()
        line = f.readline()
        if not line.startswith('# '):
            break
        comments.append(line)
    f.seek(at)
    rows = list(csv.DictReader(f))
assert len(rows) == 3 * 60 * 16 + 3 * 60 + 4 * 64, len(rows)
assert json.loads(comments[-1].split(': ', 1)[1])['format'] == 'mambascope-provenance'
texts = [r['text'] for r in rows if r['probe'] == 'state_norm.mean' and r['layer'] == '1'][:8]
assert texts == [' the', ',', '"', '\n', '<0xE2><0x82>', 'größe', '#', ''], texts
assert all(r['value'] == '' for r in rows if r['probe'] == 'state_norm.mean' and 20 <= int(r['token']) < 40)
assert sum(r['value'] == '' for r in rows) == 60
)");
    EXPECT_EQ(runPython(python, script, {folder.path() / "a.csv"}), 0);
}

TEST(NumberFile, ProgressCountsToTheEnd) {
    TempFolder folder;
    for (const char* name : {"a.csv", "a.npz"}) {
        std::vector<Progress> seen;
        ASSERT_TRUE(writeNumbers(folder.path() / name, endless(3000), {}, [&](const Progress& p) { seen.push_back(p); }).ok());
        ASSERT_EQ(seen.size(), 3u) << name;
        EXPECT_EQ(seen.back().current, 3000 * 1024) << name;
        EXPECT_EQ(seen.back().total, 3000 * 1024) << name;
        EXPECT_EQ(seen.back().status, "x");
    }
}

TEST(NumberFile, StoppedLeavesTheOldFile) {
    TempFolder folder;
    for (const char* name : {"a.csv", "a.npz"}) {
        const auto file = folder.write(name, "old");
        std::stop_source stop;
        std::int64_t portions = 0;
        const auto stopped =
            writeNumbers(file, endless(100000, &portions), {}, [&](const Progress&) { stop.request_stop(); }, stop.get_token());
        expectError(stopped, ErrorCode::Cancelled, {name, "cancelled"});
        EXPECT_EQ(portions, 1);
        EXPECT_EQ(readAll(file), "old");
    }
    EXPECT_EQ(entries(folder.path()), 2u);
}

TEST(NumberFile, FullDiskAndFailingReadersLeaveTheOldFile) {
    TempFolder folder;
    for (const char* name : {"a.csv", "a.npz"}) {
        const auto file = folder.write(name, "old");
        {
            const FileSizeLimit limit(500000);
            expectError(writeNumbers(file, endless(3000), {}), ErrorCode::Io, {name, "writing failed"});
        }
        NumberSource source = endless(3000);
        source.arrays[0].read = [](std::int64_t first, std::int64_t, std::span<std::byte>) -> Result<void> {
            if (first > 0) return Error{ErrorCode::Io, "the spill file cannot be read"};
            return {};
        };
        expectError(writeNumbers(file, source, {}), ErrorCode::Io, {"spill file"});
        EXPECT_EQ(readAll(file), "old");
    }
    EXPECT_EQ(entries(folder.path()), 2u);
}

TEST(NumberFile, RefusesInOneLine) {
    TempFolder folder;
    const auto invalid = ErrorCode::InvalidArgument;
    expectError(writeNumbers(folder.path() / "a.txt", endless(1), {}), invalid, {"a.txt", ".npz or .csv"});
    expectError(writeNumbers(folder.path() / "csv", endless(1), {}), invalid, {".npz or .csv"});
    expectError(writeNumbers(folder.path() / "a.npz", {}, {}), invalid, {"no numbers"});
    expectError(writeNumbers(folder.path() / "no" / "a.csv", endless(1), {}), ErrorCode::NotFound, {"a.csv"});
    NumberSource companions = endless(1);
    companions.arrays[0].companion = true;
    expectError(writeNumbers(folder.path() / "a.csv", companions, {}), invalid, {"as .npz"});
    EXPECT_EQ(entries(folder.path()), 0u);
}

TEST(NumberFile, NothingCapturedIsAnEmptyArray) {
    TempFolder folder;
    const auto file = folder.path() / "a.csv";
    ASSERT_TRUE(writeNumbers(file, endless(0), {}).ok());
    EXPECT_TRUE(readCsv(readAll(file)).rows.empty());
    EXPECT_TRUE(writeNumbers(folder.path() / "a.npz", endless(0), {}).ok());
}

TEST(NumberFile, EstimatesItsSize) {
    TempFolder folder;
    CaptureStore store;
    fill(store);
    const NumberSource source = sourceOf(store);
    for (const auto& [name, format, tolerance] : {std::tuple{"a.csv", NumberFormat::Csv, 0.1}, std::tuple{"a.npz", NumberFormat::Npz, 0.1}}) {
        const auto estimate = estimateBytes(format, source, provenance());
        ASSERT_TRUE(estimate.ok()) << estimate.error().message;
        ASSERT_TRUE(writeNumbers(folder.path() / name, source, provenance()).ok());
        const auto real = static_cast<double>(fs::file_size(folder.path() / name));
        EXPECT_NEAR(static_cast<double>(*estimate), real, tolerance * real) << name;
    }
    const auto large = estimateBytes(NumberFormat::Csv, endless(100'000'000), {});
    ASSERT_TRUE(large.ok());
    EXPECT_GT(*large, 100'000'000'000u);
}
