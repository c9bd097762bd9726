// What an inspector fetches afterwards is what the live session captured, bit for bit on the host.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>

#include "engine/runtime/devices.h"
#include "engine/runtime/snapshot_trail.h"
#include "engine/runtime/token_inspection.h"

namespace ms {
namespace {

std::shared_ptr<const Model> model(const std::string& name, const std::string& device = "host") {
    auto backend = openDevice(device, {.threads = 2});
    if (!backend) return nullptr;
    auto loaded = Model::load(std::filesystem::path(MS_TEST_DATA) / name, *backend);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *loaded;
}

std::vector<TokenId> ids(std::size_t count) {
    std::vector<TokenId> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<TokenId>((i * 37 + 11) % 240));
    return all;
}

/// Of the kind of all models here.
const ModelDims kMamba{.d_model = 64, .n_layer = 3, .d_inner = 128, .d_state = 16, .d_conv = 4, .dt_rank = 4, .vocab = 320};

std::vector<CaptureRequest> everything(bool states, std::int64_t stateStride) {
    std::vector<CaptureRequest> all;
    for (const ProbeInfo& row : probeTable()) {
        if (row.point == ProbePoint::Selectivity || !kMamba.has(row.point)) continue;
        const bool atEnd = row.timing == ProbeTiming::ChunkEnd;
        if (atEnd && !states) continue;
        for (const Reduction reduction : {Reduction::None, Reduction::L2, Reduction::MaxChannels})
            all.push_back({row.point, {}, reduction, atEnd ? stateStride : 1, 0, 0, 1});
    }
    return all;
}

/// A session that keeps all it captured, and its logits.
struct Live {
    std::unique_ptr<Session> session;
    SnapshotTrail trail;
    std::map<std::int64_t, std::map<SeriesKey, std::vector<float>>> rows;
    std::map<std::int64_t, std::vector<float>> logits;

    Live(const std::shared_ptr<const Model>& m, std::span<const CaptureRequest> requests) {
        session = std::move(*Session::create(m));
        auto plan = CapturePlan::create(requests, m->dims());
        EXPECT_TRUE(plan) << plan.error().message;
        EXPECT_TRUE(session->setCapture(*plan, [this](const CaptureFrame& frame) {
            for (const auto& b : frame.blocks)
                for (std::int64_t r = 0; r < b.rows; ++r) {
                    const auto row = b.values.subspan(static_cast<std::size_t>(r * b.entry->width),
                                                      static_cast<std::size_t>(b.entry->width));
                    rows[b.first.value + r * b.entry->stride][b.entry->key].assign(row.begin(), row.end());
                }
        }));
    }
    void prefill(std::span<const TokenId> part, std::int64_t chunk, bool allLogits) {
        const auto vocab = static_cast<std::size_t>(session->model().dims().vocab);
        while (!part.empty()) {
            const auto now = part.first(std::min(part.size(), static_cast<std::size_t>(chunk)));
            PrefillOptions options;
            options.chunk = chunk;
            if (allLogits)
                options.onLogits = [&](TokenPos first, std::span<const float> all) {
                    for (std::size_t r = 0; r * vocab < all.size(); ++r)
                        logits[first.value + static_cast<std::int64_t>(r)].assign(all.data() + r * vocab,
                                                                                  all.data() + (r + 1) * vocab);
                };
            const auto last = session->prefill(now, options);
            ASSERT_TRUE(last) << last.error().message;
            if (!allLogits) logits[session->position().value - 1].assign(last->begin(), last->end());
            ASSERT_TRUE(trail.offer(*session));
            part = part.subspan(now.size());
        }
    }
    void decode(std::span<const TokenId> part) {
        for (const TokenId id : part) prefill({&id, 1}, 1, false);
    }
};

bool same(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

void expectSame(const TokenInspection& seen, const Live& live, bool logitsOfEveryToken) {
    const std::int64_t token = seen.token.value;
    for (const auto& [key, value] : live.rows.at(token)) {
        if (key.point == ProbePoint::Logits && !logitsOfEveryToken) continue;  // nobody computed them then
        const auto at = seen.values.find(key);
        ASSERT_NE(at, seen.values.end()) << key.path();
        EXPECT_TRUE(same(at->second, value)) << key.path() << " of token " << token;
    }
    if (live.logits.contains(token)) {
        EXPECT_TRUE(same(seen.logits, live.logits.at(token))) << "logits of token " << token;
    }
}

const std::vector<std::int64_t> kTokens{0,   1,   15, 16,  39,  40,  77,  63,  64, 119,
                                        120, 149, 5,  150, 151, 152, 189, 160, 79, 78};

class InspectionTest : public testing::TestWithParam<std::tuple<const char*, std::int64_t, bool>> {};

TEST_P(InspectionTest, GivesTheBitsOfTheLiveSession) {
    const auto& [name, chunk, allLogits] = GetParam();
    const auto m = model(name);
    const std::vector<TokenId> all = ids(190);
    Live live(m, everything(false, 1));
    live.prefill(std::span(all).first(150), chunk, allLogits);
    live.decode(std::span(all).subspan(150));
    auto inspector = TokenInspector::create(m);
    ASSERT_TRUE(inspector);
    for (const std::int64_t t : kTokens) {
        const TokenPos token(t);
        const auto seen =
            (*inspector)
                ->inspect(live.trail.atOrBefore(token), all, token, everything(true, 1), {}, &live.session->chunks());
        ASSERT_TRUE(seen) << seen.error().message;
        EXPECT_EQ(seen->token, token);
        expectSame(*seen, live, allLogits || t >= 150);
        EXPECT_EQ(seen->logits.size(), static_cast<std::size_t>(m->dims().vocab));
        EXPECT_EQ(seen->values.at({ProbePoint::State, LayerIndex(1), Reduction::None}).size(),
                  static_cast<std::size_t>(m->dims().d_inner * m->dims().d_state));
    }
}

INSTANTIATE_TEST_SUITE_P(Chunks, InspectionTest,
                         testing::Combine(testing::Values("mamba-tiny", "mamba-odd-bf16"),
                                          testing::Values(1, 7, 16, 17, 40, 150), testing::Bool()),
                         [](const auto& which) {
                             return std::string(std::get<0>(which.param) == std::string("mamba-tiny") ? "tiny"
                                                                                                      : "odd") +
                                    "_" + std::to_string(std::get<1>(which.param)) +
                                    (std::get<2>(which.param) ? "_all" : "_last");
                         });

TEST(TokenInspector, SeesStatesAsTheyWereCaptured) {
    const auto m = model("mamba-odd-bf16");
    const std::vector<TokenId> all = ids(120);
    for (const std::int64_t stride : {1, 8, 32}) {
        Live live(m, everything(true, stride));
        live.prefill(all, 120, false);
        auto inspector = TokenInspector::create(m);
        for (const std::int64_t t : {32, 64, 0, 96, 33}) {
            const auto seen =
                (*inspector)->inspect(nullptr, all, TokenPos(t), everything(true, 1), {}, &live.session->chunks());
            ASSERT_TRUE(seen) << seen.error().message;
            EXPECT_EQ((live.rows.at(t).contains({ProbePoint::State, LayerIndex(0), Reduction::L2})), t % stride == 0);
            expectSame(*seen, live, false);
        }
    }
}

TEST(TokenInspector, IsExactWithoutALogForDecodedTokens) {
    const auto m = model("mamba-tiny");
    const std::vector<TokenId> all = ids(100);
    Live live(m, everything(true, 1));
    live.decode(all);
    auto inspector = TokenInspector::create(m);
    for (const std::int64_t t : {99, 0, 64, 65, 30}) {
        const auto seen =
            (*inspector)->inspect(live.trail.atOrBefore(TokenPos(t)), all, TokenPos(t), everything(true, 1), {});
        ASSERT_TRUE(seen) << seen.error().message;
        expectSame(*seen, live, true);
    }
}

TEST(TokenInspector, FollowsInterventions) {
    const auto m = model("mamba-tiny");
    const std::vector<TokenId> all = ids(100);
    Intervention slower, silent;
    slower.factor = 0.5f;
    silent.kind = Intervention::Kind::ZeroChannels;
    silent.channels = {ChannelIndex(3)};
    const std::vector<Intervention> changes{slower, silent};
    Live plain(m, everything(false, 1)), changed(m, everything(false, 1));
    ASSERT_TRUE(changed.session->setInterventions(changes));
    for (Live* live : {&plain, &changed}) {
        live->prefill(std::span(all).first(70), 40, true);
        live->decode(std::span(all).subspan(70));
    }
    auto inspector = std::move(*TokenInspector::create(m));
    for (const bool intervened : {false, true, false}) {
        const Live& live = intervened ? changed : plain;
        ASSERT_TRUE(inspector->session().setInterventions(live.session->interventions()));
        for (const std::int64_t t : {90, 91, 10}) {
            const auto seen = inspector->inspect(live.trail.atOrBefore(TokenPos(t)), all, TokenPos(t),
                                                 everything(true, 1), {}, &live.session->chunks());
            ASSERT_TRUE(seen) << seen.error().message;
            EXPECT_EQ(seen->interventions, intervened ? changes : std::vector<Intervention>());
            expectSame(*seen, live, true);
        }
    }
    EXPECT_NE(plain.logits.at(90), changed.logits.at(90));
}

TEST(TokenInspector, GoesOnFromWhereItStands) {
    const auto m = model("mamba-tiny");
    std::vector<TokenId> all = ids(60);
    auto inspector = std::move(*TokenInspector::create(m));
    const std::vector<CaptureRequest> none;
    ASSERT_TRUE(inspector->inspect(nullptr, all, TokenPos(50), none, {}));
    // Reading on takes one submission, so nobody asks to stop; reading anew takes several.
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(inspector->inspect(nullptr, all, TokenPos(51), none, stop.get_token()));
    const auto behind = inspector->inspect(nullptr, all, TokenPos(40), none, stop.get_token());
    ASSERT_FALSE(behind);
    EXPECT_EQ(behind.error().code, ErrorCode::Cancelled);

    // Other tokens before it: what was read counts no more.
    const auto before = inspector->inspect(nullptr, all, TokenPos(52), none, {});
    all[3] = 7;
    const auto after = inspector->inspect(nullptr, all, TokenPos(53), none, {});
    auto fresh = std::move(*TokenInspector::create(m));
    const auto wanted = fresh->inspect(nullptr, all, TokenPos(53), none, {});
    ASSERT_TRUE(before && after && wanted);
    EXPECT_TRUE(same(after->logits, wanted->logits));

    // Whoever takes the session may have moved it.
    ASSERT_TRUE(inspector->session().step(1));
    const auto again = inspector->inspect(nullptr, all, TokenPos(53), none, {});
    ASSERT_TRUE(again);
    EXPECT_TRUE(same(again->logits, wanted->logits));
}

TEST(TokenInspector, SurvivesAReturnIntoAChunk) {
    const auto m = model("mamba-tiny");
    std::vector<TokenId> all = ids(80);
    Live live(m, everything(false, 1));
    live.prefill(all, 80, false);
    const auto firstReading = live.rows;
    auto inspector = std::move(*TokenInspector::create(m));
    const auto at = inspector->inspect(nullptr, all, TokenPos(49), {}, {});
    ASSERT_TRUE(at);
    const auto state = inspector->session().snapshot();
    ASSERT_TRUE(state);
    ASSERT_TRUE(live.session->restore(*state));
    all.resize(50);
    for (const std::int64_t t : {49, 20}) {
        const auto seen =
            inspector->inspect(nullptr, all, TokenPos(t), everything(true, 1), {}, &live.session->chunks());
        ASSERT_TRUE(seen) << seen.error().message;
        for (const auto& [key, value] : firstReading.at(t))
            EXPECT_TRUE(key.point == ProbePoint::Logits || same(seen->values.at(key), value)) << key.path();
    }
}

TEST(TokenInspector, RefusesWhatItCannotShow) {
    const auto m = model("mamba-tiny");
    const std::vector<TokenId> all = ids(20);
    auto inspector = std::move(*TokenInspector::create(m));
    const auto refused = [&](const StateSnapshot* from, TokenPos token, std::vector<CaptureRequest> requests,
                             const char* word) {
        const auto seen = inspector->inspect(from, all, token, requests, {});
        ASSERT_FALSE(seen);
        EXPECT_EQ(seen.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(seen.error().message.find(word), std::string::npos) << seen.error().message;
    };
    refused(nullptr, TokenPos(20), {}, "not read yet");
    refused(nullptr, TokenPos(-1), {}, "not read yet");
    refused(nullptr, TokenPos(3), {{ProbePoint::Selectivity, {}, Reduction::None, 1, 0, 0, 1}}, "selectivity");
    refused(nullptr, TokenPos(3), {{ProbePoint::Dt, {LayerIndex(99)}, Reduction::None, 1, 0, 0, 1}}, "99");
    StateSnapshot state{m->info().fingerprint, TokenPos(10), {}};
    refused(&state, TokenPos(5), {}, "before the state");
    refused(&state, TokenPos(15), {}, "another model");
    EXPECT_TRUE(inspector->inspect(nullptr, all, TokenPos(19), {}, {}));
}

TEST(TokenInspector, AgreesOnTheGpusKernels) {
    const auto m = model("mamba-tiny", "llvmpipe");
    if (!m) GTEST_SKIP() << "no device llvmpipe";
    const std::vector<TokenId> all = ids(90);
    Live live(m, everything(false, 1));
    live.prefill(std::span(all).first(70), 40, true);
    live.decode(std::span(all).subspan(70));
    auto inspector = std::move(*TokenInspector::create(m));
    for (const std::int64_t t : {10, 69, 85}) {
        const auto seen = inspector->inspect(live.trail.atOrBefore(TokenPos(t)), all, TokenPos(t), everything(true, 1),
                                             {}, &live.session->chunks());
        ASSERT_TRUE(seen) << seen.error().message;
        for (const auto& [key, value] : live.rows.at(t)) {
            const std::vector<float>& got = seen->values.at(key);
            ASSERT_EQ(got.size(), value.size());
            for (std::size_t i = 0; i < got.size(); ++i)
                EXPECT_NEAR(got[i], value[i], 1e-4f * (1 + std::abs(value[i]))) << key.path();
        }
    }
}

TEST(ChunkLog, KnowsEveryCut) {
    ChunkLog log;
    EXPECT_FALSE(log.chunkOf(TokenPos(0)));
    log.append(TokenPos(10), 40, true);
    log.append(TokenPos(50), 40, true);
    log.append(TokenPos(90), 7, true);
    for (int i = 0; i < 5; ++i) log.append(TokenPos(97 + i), 1, false);
    EXPECT_FALSE(log.chunkOf(TokenPos(9)));
    EXPECT_EQ(log.chunkOf(TokenPos(49)), (Chunk{TokenPos(10), 40, true, 40}));
    EXPECT_EQ(log.chunkOf(TokenPos(50)), (Chunk{TokenPos(50), 40, true, 40}));
    EXPECT_EQ(log.chunkOf(TokenPos(96)), (Chunk{TokenPos(90), 7, true, 7}));
    EXPECT_EQ(log.chunkOf(TokenPos(99)), (Chunk{TokenPos(99), 1, false, 1}));
    EXPECT_FALSE(log.chunkOf(TokenPos(102)));
    log.truncate(TokenPos(60));
    EXPECT_EQ(log.chunkOf(TokenPos(59)), (Chunk{TokenPos(50), 40, true, 10}));
    EXPECT_FALSE(log.chunkOf(TokenPos(60)));
    log.append(TokenPos(60), 40, true);
    EXPECT_EQ(log.chunkOf(TokenPos(59)), (Chunk{TokenPos(50), 40, true, 10}));
    EXPECT_EQ(log.chunkOf(TokenPos(99)), (Chunk{TokenPos(60), 40, true, 40}));
}

}  // namespace
}  // namespace ms
