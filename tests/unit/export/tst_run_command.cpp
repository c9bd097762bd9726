// `mambascope-cli run --capture … --out FILE`: the file holds what a session of our own captures, to the bit, and says what
// made it.
#include <sys/wait.h>

#include <cstdlib>

#include "engine/export/file_hash.h"
#include "engine/export/provenance.h"
#include "engine/formats/npy.h"
#include "engine/formats/zip_reader.h"
#include "engine/probe/capture_store.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/text_stream.h"
#include "tests/unit/export/csv_reader.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace fs = std::filesystem;

namespace {

const fs::path kModel = fs::path(MS_TEST_DATA) / "mamba-tiny";
const std::vector<TokenId> kIds{1, 2, 3, 5, 8, 13, 21, 34};

struct Outcome {
    int code = 0;
    std::string errors;
};

/// `run` on the tiny model with eight tokens and these arguments.
Outcome run(const TempFolder& folder, const std::string& arguments) {
    const std::string log = (folder.path() / "log").string();
    const int status = std::system((std::string(MS_CLI) + " run '" + kModel.string() +
                                    "' --ids 1,2,3,5,8,13,21,34 --max-new 0 --device host " + arguments + " >/dev/null 2>'" + log + "'")
                                       .c_str());
    const Outcome outcome{WEXITSTATUS(status), readAll(log)};
    fs::remove(log);
    return outcome;
}

/// What a session captures of the same tokens.
void capture(CaptureStore& store, const std::vector<CaptureRequest>& requests) {
    auto backend = openDevice("host");
    ASSERT_TRUE(backend.ok()) << backend.error().message;
    auto model = Model::load(kModel, *backend);
    ASSERT_TRUE(model.ok()) << model.error().message;
    auto session = Session::create(*model);
    auto plan = CapturePlan::create(requests, (*model)->dims());
    ASSERT_TRUE(session.ok() && plan.ok());
    ASSERT_TRUE((*session)->setCapture(std::move(*plan), [&](const CaptureFrame& frame) { store.append(frame); }).ok());
    auto stream = TextStream::create(std::move(*session), {});
    ASSERT_TRUE(stream.ok() && (*stream)->read(kIds, [](const TokenEvent&) {}).ok());
}

std::vector<float> valuesOf(const CaptureStore& store, const SeriesInfo& series) {
    std::vector<float> values(static_cast<std::size_t>(series.end.value * series.width));
    store.read(series.key, TokenPos(0), series.end.value, 0, series.width, values);
    return values;
}

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

TEST(RunCommand, ArchiveEqualsTheCaptureBitForBit) {
    TempFolder folder;
    const auto file = folder.path() / "trace.npz";
    const Outcome outcome = run(folder, "--capture dt,state_norm.mean --out '" + file.string() + "'");
    ASSERT_EQ(outcome.code, 0) << outcome.errors;
    CaptureStore store;
    capture(store, {{ProbePoint::Dt, {}, Reduction::None}, {ProbePoint::StateNorm, {}, Reduction::MeanChannels}});

    const std::string archive = readAll(file);
    const auto members = readZip(asBytes(archive), "trace.npz");
    ASSERT_TRUE(members.ok()) << members.error().message;
    std::map<std::string, std::span<const std::byte>> byName;
    for (const ZipMember& member : *members) byName[member.name] = member.bytes;
    ASSERT_FALSE(store.series().empty());
    EXPECT_EQ(byName.size(), store.series().size() + 5);  // ids, surprisal, arrays, texts, provenance
    for (const SeriesInfo& series : store.series()) {
        const auto array = parseNpy(byName[series.key.path() + ".npy"], series.key.path());
        ASSERT_TRUE(array.ok()) << array.error().message;
        EXPECT_EQ(array->shape[0], 8);
        const std::vector<float> expected = valuesOf(store, series);
        ASSERT_EQ(array->bytes.size(), expected.size() * sizeof(float));
        EXPECT_EQ(std::memcmp(array->bytes.data(), expected.data(), array->bytes.size()), 0) << series.key.path();
    }
    const auto ids = parseNpy(byName["ids.npy"], "ids");
    ASSERT_TRUE(ids.ok());
    EXPECT_EQ(ms::test::valuesOf<TokenId>(ids->bytes), kIds);
}

TEST(RunCommand, TableSaysWhatMadeIt) {
    TempFolder folder;
    const auto file = folder.path() / "spur größe.csv";
    const Outcome outcome = run(folder, "--capture dt.mean --layers 1 --out '" + file.string() + "'");
    ASSERT_EQ(outcome.code, 0) << outcome.errors;
    CaptureStore store;
    capture(store, {{ProbePoint::Dt, {LayerIndex(1)}, Reduction::MeanChannels}});
    const std::vector<float> expected = valuesOf(store, store.series().at(0));

    const CsvFile csv = readCsv(readAll(file));
    EXPECT_EQ(csv.columns, (std::vector<std::string>{"token", "text", "layer", "channel", "value"}));
    ASSERT_EQ(csv.rows.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(csv.rows[i].at("token"), std::to_string(i));
        EXPECT_EQ(csv.rows[i].at("layer"), "1");
        EXPECT_EQ(std::strtof(csv.rows[i].at("value").c_str(), nullptr), expected[i]);
    }

    const std::string key = std::string(kProvenanceKey) + ": ";
    ASSERT_TRUE(!csv.comments.empty() && csv.comments.back().starts_with(key));
    const auto said = provenanceFromJson(csv.comments.back().substr(key.size()), "csv");
    ASSERT_TRUE(said.ok()) << said.error().message;
    const auto hash = sha256OfFile(kModel / "model.safetensors");
    ASSERT_TRUE(hash.ok());
    EXPECT_EQ(said->model.hash, *hash);
    EXPECT_EQ(said->model.name, "mamba-tiny");
    EXPECT_EQ(said->input.ids, kIds);
    EXPECT_EQ(said->input.hash, sha256OfIds(kIds));
    EXPECT_EQ(said->probe, "dt.mean");
    EXPECT_EQ(said->viewSettings.at("layers"), "1");
    EXPECT_EQ(said->viewSettings.at("temperature"), "0.8");
    EXPECT_FALSE(said->device.empty() || said->time.empty());
}

TEST(RunCommand, RefusesBeforeItRuns) {
    TempFolder folder;
    const std::string out = " --out '" + folder.path().string();
    const Outcome ending = run(folder, "--capture dt" + out + "/trace.txt'");
    EXPECT_EQ(ending.code, 2);
    EXPECT_NE(ending.errors.find("trace.txt: numbers are written as .npz or .csv"), std::string::npos) << ending.errors;
    const Outcome nowhere = run(folder, "--capture dt" + out + "/no/trace.npz'");
    EXPECT_EQ(nowhere.code, 1);
    EXPECT_NE(nowhere.errors.find("trace.npz: cannot be written"), std::string::npos) << nowhere.errors;
    EXPECT_EQ(std::count(nowhere.errors.begin(), nowhere.errors.end(), '\n'), 1) << nowhere.errors;
    EXPECT_EQ(entries(folder.path()), 0u);
}
