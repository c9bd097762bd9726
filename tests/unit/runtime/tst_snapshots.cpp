// Snapshots along a session, on disk, and compared.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/formats/safetensors_writer.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/snapshot_compare.h"
#include "engine/runtime/snapshot_file.h"
#include "engine/runtime/snapshot_trail.h"
#include "engine/probe/state_layout.h"
#include "engine/runtime/text_stream.h"

namespace ms {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Model> model(const std::string& name) {
    auto loaded = Model::load(fs::path(MS_TEST_DATA) / name, *openDevice("host", {.threads = 2}));
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *loaded;
}

std::vector<TokenId> ids(std::size_t count) {
    std::vector<TokenId> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<TokenId>((i * 37 + 11) % 240));
    return all;
}

std::uint64_t stateBytes(const Model& m) { return ms::stateBytes(m.dims(), 0); }

TEST(StateLayout, IsWhatTheFamilyAllocates) {
    for (const char* name : {"mamba-tiny", "mamba-odd-bf16"}) {
        const auto m = model(name);
        const auto state = m->family().allocateState(m->backend());
        const std::vector<StateSlot> slots = stateLayout(m->dims());
        ASSERT_EQ(state->tensors.size(), slots.size());
        for (std::size_t i = 0; i < slots.size(); ++i) {
            EXPECT_EQ(state->tensors[i].layer, slots[i].layer);
            EXPECT_EQ(state->tensors[i].part, slots[i].part);
            EXPECT_EQ(state->tensors[i].tensor.shape, slots[i].shape);
        }
    }
}

TEST(SnapshotTrail, ReachesEveryToken) {
    const auto m = model("mamba-tiny");
    auto session = std::move(*Session::create(m));
    SnapshotTrail trail;
    EXPECT_EQ(trail.spacing(), 64);
    EXPECT_EQ(trail.atOrBefore(TokenPos(1000)), nullptr);
    for (const TokenId id : ids(200)) {
        ASSERT_TRUE(session->step(id));
        ASSERT_TRUE(trail.offer(*session));
    }
    EXPECT_EQ(trail.bytes(), 3 * stateBytes(*m));
    EXPECT_EQ(trail.atOrBefore(TokenPos(63)), nullptr);
    EXPECT_EQ(trail.atOrBefore(TokenPos(64))->position, TokenPos(64));
    EXPECT_EQ(trail.atOrBefore(TokenPos(127))->position, TokenPos(64));
    EXPECT_EQ(trail.atOrBefore(TokenPos(5000))->position, TokenPos(192));

    const StateSnapshot kept = *trail.atOrBefore(TokenPos(128));
    ASSERT_TRUE(session->restore(kept));
    EXPECT_EQ(session->snapshot()->tensors, kept.tensors);
    trail.truncate(TokenPos(128));
    EXPECT_EQ(trail.atOrBefore(TokenPos(5000))->position, TokenPos(128));
    trail.truncate(TokenPos(127));
    EXPECT_EQ(trail.atOrBefore(TokenPos(5000))->position, TokenPos(64));

    ASSERT_TRUE(session->reset());  // without telling the trail
    ASSERT_TRUE(trail.offer(*session));
    EXPECT_EQ(trail.atOrBefore(TokenPos(5000)), nullptr);
    EXPECT_EQ(trail.bytes(), 0u);
}

TEST(SnapshotTrail, ThinsOutEvenlyUnderItsCap) {
    const auto m = model("mamba-tiny");
    auto session = std::move(*Session::create(m));
    SnapshotTrail trail(4 * stateBytes(*m) + 1);
    const std::vector<TokenId> all = ids(32);
    for (int i = 0; i < 60; ++i) {  // 1920 tokens
        ASSERT_TRUE(session->prefill(all));
        ASSERT_TRUE(trail.offer(*session));
        ASSERT_LE(trail.bytes(), 4 * stateBytes(*m) + 1);
    }
    EXPECT_EQ(trail.spacing(), 512);
    for (std::int64_t t = 512; t < 1920; t += 100) {
        const StateSnapshot* near = trail.atOrBefore(TokenPos(t));
        ASSERT_NE(near, nullptr) << t;
        EXPECT_LT(t - near->position.value, 512 + 32);
    }
    trail.clear();
    EXPECT_EQ(trail.spacing(), 64);

    SnapshotTrail none(10);  // not even one fits
    ASSERT_TRUE(none.offer(*session));
    EXPECT_EQ(none.bytes(), 0u);
    EXPECT_EQ(none.atOrBefore(TokenPos(5000)), nullptr);
}

TEST(SnapshotTrail, ThinsOutUnderItsNumber) {
    const auto m = model("mamba-tiny");
    auto session = std::move(*Session::create(m));
    SnapshotTrail trail(SnapshotTrail::kDefaultCap, 4);
    const std::vector<TokenId> all = ids(64);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(session->prefill(all));
        ASSERT_TRUE(trail.offer(*session));
        ASSERT_LE(trail.bytes(), 4 * stateBytes(*m));
    }
    EXPECT_EQ(trail.spacing(), 512);
    const std::shared_ptr<const StateSnapshot> kept = trail.sharedAtOrBefore(TokenPos(1280));
    ASSERT_NE(kept, nullptr);
    EXPECT_GT(kept->position.value, 1280 - 512 - 64);
    trail.clear();
    EXPECT_EQ(kept->tensors.size(), stateLayout(m->dims()).size());  // outlasts the trail
}

TEST(TextStream, AStateWithoutLogitsAsksToGoBack) {
    const auto m = model("mamba-tiny");
    auto stream = std::move(*TextStream::create(std::move(*Session::create(m)), {}));
    const auto first = stream->next();
    ASSERT_FALSE(first);
    EXPECT_NE(first.error().message.find("give a prompt"), std::string::npos);
    ASSERT_TRUE(stream->reread(ids(20)));
    const StateSnapshot state = std::move(*stream->session().snapshot());
    ASSERT_TRUE(stream->next());
    ASSERT_TRUE(stream->restore(state, {}));
    const auto next = stream->next();
    ASSERT_FALSE(next);
    EXPECT_NE(next.error().message.find("after token 19 is not known"), std::string::npos) << next.error().message;
    EXPECT_NE(next.error().message.find("go back"), std::string::npos);
}

class SnapshotFile : public testing::Test {
protected:
    void SetUp() override {
        std::string folder = (fs::temp_directory_path() / "ms-snapshots-XXXXXX").string();
        m_folder = ::mkdtemp(folder.data());
        m_path = m_folder / "state.safetensors";
        m_model = model("mamba-odd-bf16");
        auto session = std::move(*Session::create(m_model));
        m_saved.ids = ids(30);
        ASSERT_TRUE(session->prefill(m_saved.ids));
        m_saved.name = "before “the\nword”";
        m_saved.modelName = m_model->info().name;
        m_saved.state = *session->snapshot();
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(m_folder, ignored);
    }
    std::string bytes() const {
        std::ifstream in(m_path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& content) const { std::ofstream(m_path, std::ios::binary) << content; }
    void expectRefused(ErrorCode code, const std::string& word) const {
        const auto loaded = loadSnapshot(m_path, *m_model);
        ASSERT_FALSE(loaded) << word;
        const std::string& message = loaded.error().message;
        EXPECT_EQ(loaded.error().code, code) << message;
        EXPECT_NE(message.find(word), std::string::npos) << message;
        EXPECT_NE(message.find(m_path.string()), std::string::npos) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        EXPECT_EQ(message.find("download"), std::string::npos) << message;
    }
    /// Writes the file with one text of its header replaced by another of the same length.
    void change(const std::string& from, const std::string& to) const {
        ASSERT_TRUE(saveSnapshot(m_path, m_saved));
        std::string content = bytes();
        const std::size_t at = content.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        ASSERT_EQ(from.size(), to.size());
        write(content.replace(at, from.size(), to));
    }

    fs::path m_folder, m_path;
    std::shared_ptr<const Model> m_model;
    SavedSnapshot m_saved;
};

TEST_F(SnapshotFile, IsExact) {
    const float odd[] = {NAN, -0.0f, 1e-42f, -INFINITY};
    std::memcpy(m_saved.state.tensors[0].data(), odd, sizeof odd);
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    const auto loaded = loadSnapshot(m_path, *m_model);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->name, m_saved.name);
    EXPECT_EQ(loaded->modelName, m_saved.modelName);
    EXPECT_EQ(loaded->ids, m_saved.ids);
    EXPECT_EQ(loaded->state.fingerprint, m_saved.state.fingerprint);
    EXPECT_EQ(loaded->state.position, TokenPos(30));
    EXPECT_EQ(loaded->state.tensors, m_saved.state.tensors);
    EXPECT_TRUE(loaded->logits.empty());
    m_saved.logits.assign(static_cast<std::size_t>(m_model->dims().vocab), 0.25f);
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    EXPECT_EQ(loadSnapshot(m_path, *m_model)->logits, m_saved.logits);
    EXPECT_EQ(std::distance(fs::directory_iterator(m_folder), fs::directory_iterator()), 1);
    EXPECT_NE(bytes().find("\"program\":\"MambaScope "), std::string::npos) << "which version wrote it";
    EXPECT_TRUE((*Session::create(m_model))->restore(loaded->state));
}

TEST_F(SnapshotFile, HoldsTheEmptyState) {
    auto session = std::move(*Session::create(m_model));
    ASSERT_TRUE(saveSnapshot(m_path, {"", *session->snapshot(), {}, {}, "m"}));
    const auto loaded = loadSnapshot(m_path, *m_model);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->state.position, TokenPos(0));
    EXPECT_TRUE(loaded->ids.empty());
}

TEST_F(SnapshotFile, RefusesToSaveNonsense) {
    SavedSnapshot lacking = m_saved;
    lacking.ids.pop_back();
    EXPECT_EQ(saveSnapshot(m_path, lacking).error().code, ErrorCode::InvalidArgument);
    SavedSnapshot garbled = m_saved;
    garbled.name = "\xff";
    EXPECT_EQ(saveSnapshot(m_path, garbled).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(saveSnapshot(m_folder / "no" / "folder", m_saved).error().code, ErrorCode::NotFound);
    EXPECT_TRUE(fs::is_empty(m_folder));
}

TEST_F(SnapshotFile, RefusesOtherModels) {
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    const auto loaded = loadSnapshot(m_path, *model("mamba-tiny"));
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(loaded.error().message.find("mamba-odd-bf16"), std::string::npos) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find("mamba-tiny"), std::string::npos) << loaded.error().message;
}

TEST_F(SnapshotFile, RefusesDamage) {
    expectRefused(ErrorCode::NotFound, "");
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    const std::string whole = bytes();
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{8}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
        write(whole.substr(0, length));
        expectRefused(ErrorCode::Format, "save the snapshot again");
    }
    write(whole + "x");
    expectRefused(ErrorCode::Format, "save the snapshot again");
    change("\"state.2\"", "\"state.9\"");
    expectRefused(ErrorCode::Format, "state.2 is missing");
    change("\"shape\":[1152]", "\"shape\":[1153]");
    expectRefused(ErrorCode::Format, "save the snapshot again");
    change("\"I32\"", "\"F32\"");
    expectRefused(ErrorCode::Format, "tensor ids is F32 [30], not I32 [30]");
    change("\"position\":\"30\"", "\"position\":\"31\"");
    expectRefused(ErrorCode::Format, "tensor ids is I32 [30], not I32 [31]");
    change("\"position\":\"30\"", "\"position\":\"-3\"");
    expectRefused(ErrorCode::Format, "position");
    change("\"format_version\":\"1\"", "\"format_version\":\"2\"");
    expectRefused(ErrorCode::Unsupported, "newer");
    change("mambascope-snapshot", "mambascope-snapshoe");
    expectRefused(ErrorCode::Format, "no state snapshot");
    m_saved.ids[5] = 251;
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    expectRefused(ErrorCode::Format, "251");
    m_saved.ids[5] = 1;
    m_saved.state.tensors[1].resize(40);
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    expectRefused(ErrorCode::Format, "state.1");
    m_saved.state.tensors.pop_back();
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    expectRefused(ErrorCode::Format, "tensors");
}

TEST_F(SnapshotFile, SurvivesAnyByte) {
    ASSERT_TRUE(saveSnapshot(m_path, m_saved));
    const std::string whole = bytes();
    std::mt19937 random(1);
    for (int i = 0; i < 400; ++i) {  // loads or is refused in one line
        std::string content = whole;
        content[random() % 900] = static_cast<char>(random());
        write(content);
        const auto loaded = loadSnapshot(m_path, *m_model);
        EXPECT_TRUE(loaded || loaded.error().message.find('\n') == std::string::npos);
    }
}

TEST(SnapshotCompare, MeasuresByLayer) {
    const ModelDims dims{.d_model = 4, .n_layer = 2, .d_inner = 3, .d_state = 2, .d_conv = 2, .dt_rank = 1, .vocab = 8};
    const auto tensor = [](std::vector<float> values) {
        const auto bytes = std::as_bytes(std::span(values));
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    };
    const StateSnapshot a{
        "m",
        TokenPos(1),
        {tensor({1, 0, 0, 2, 2, 0}), tensor({9, 9, 9}), tensor({0, 0, 0, 0, 0, 0}), tensor({1, 1, 1})}};
    StateSnapshot b = a;
    b.tensors[0] = tensor({1, 0, 3, 6, 2, 1});
    b.tensors[1] = tensor({0, 0, 0});  // convolution states are not compared
    const auto result = compareSnapshots(a, b, dims, 2);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->size(), 2u);
    const LayerDistance& first = (*result)[0];
    EXPECT_EQ(first.layer, LayerIndex(0));
    EXPECT_DOUBLE_EQ(first.distance, std::sqrt(26.0));
    EXPECT_DOUBLE_EQ(first.relative, std::sqrt(26.0) / 3);
    EXPECT_DOUBLE_EQ(first.cosine, 17 / (3 * std::sqrt(51.0)));
    ASSERT_EQ(first.topChannels.size(), 2u);
    EXPECT_EQ(first.topChannels[0], (std::pair(ChannelIndex(1), 5.0)));
    EXPECT_EQ(first.topChannels[1], (std::pair(ChannelIndex(2), 1.0)));
    const LayerDistance& second = (*result)[1];
    EXPECT_EQ(second.distance, 0);
    EXPECT_EQ(second.relative, 0);
    EXPECT_EQ(second.cosine, 1);
    b.tensors[2] = tensor({0, 0, 0, 0, 1, 0});
    EXPECT_TRUE(std::isinf((*compareSnapshots(a, b, dims, 9))[1].relative));
    EXPECT_EQ((*compareSnapshots(a, b, dims, 9))[1].cosine, 0);
    EXPECT_EQ((*compareSnapshots(a, b, dims, 9))[1].topChannels.size(), 3u);

    EXPECT_FALSE(compareSnapshots(a, b, dims, -1));
    StateSnapshot foreign = b;
    foreign.fingerprint = "n";
    EXPECT_FALSE(compareSnapshots(a, foreign, dims, 1));
    b.tensors.pop_back();
    EXPECT_FALSE(compareSnapshots(a, b, dims, 1));
}

}  // namespace
}  // namespace ms
