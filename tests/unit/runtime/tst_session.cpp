// Sessions on both backends: state, captures, snapshots, limits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/probe/measures.h"
#include "engine/runtime/text_stream.h"
#include "tests/unit/runtime/session_fixture.h"

namespace ms {
namespace {

using SessionTest = SessionFixture;

TEST_P(SessionTest, ProbesChangeNoBit) {
    const std::vector<TokenId> prompt = ids(70);
    auto plain = session(), probed = session();
    std::vector<CaptureRequest> all;
    for (const ProbeInfo& row : probeTable())
        if (m_model->dims().has(row.point))
            all.push_back(whole(row.point, {}, Reduction::None, row.timing == ProbeTiming::ChunkEnd ? 16 : 1));
    all.push_back(whole(ProbePoint::Dt, {}, Reduction::MeanChannels));
    auto made = CapturePlan::create(all, m_model->dims());
    ASSERT_TRUE(made) << made.error().message;
    int frames = 0;
    ASSERT_TRUE(probed->setCapture(*made, [&](const CaptureFrame&) { ++frames; }));
    // The same chunks on both sides: a chunk of another length may round differently, probes or not.
    for (std::size_t at = 0; at < prompt.size();) {
        const std::size_t next = std::min(prompt.size(), at == 0 ? std::size_t{1} : (at - 1) / 16 * 16 + 17);
        const std::span<const TokenId> part = std::span(prompt).subspan(at, next - at);
        const std::vector<float> a = read(*plain, part), b = read(*probed, part);
        ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << "behind token " << next;
        at = next;
    }
    for (int i = 0; i < 5; ++i) {
        const auto a = plain->step(3), b = probed->step(3);
        ASSERT_TRUE(a && b);
        ASSERT_EQ(std::memcmp(a->data(), b->data(), a->size_bytes()), 0) << "decode step " << i;
    }
    const auto left = plain->snapshot(), right = probed->snapshot();
    EXPECT_EQ(left->tensors, right->tensors);
    EXPECT_GT(frames, 5);
}

TEST_P(SessionTest, SnapshotsAreExact) {
    auto s = session();
    read(*s, ids(33));
    const auto before = s->snapshot();
    ASSERT_TRUE(before);
    const std::vector<float> first = read(*s, ids(9));
    read(*s, ids(21));
    ASSERT_TRUE(s->restore(*before));
    EXPECT_EQ(s->position(), TokenPos(33));
    EXPECT_EQ(s->snapshot()->tensors, before->tensors);
    EXPECT_EQ(read(*s, ids(9)), first);
    StateSnapshot foreign = *before;
    foreign.fingerprint = "another";
    EXPECT_FALSE(s->restore(foreign));
}

TEST_P(SessionTest, ResetReturnsToTheBeginning) {
    auto s = session();
    const std::vector<float> fresh = read(*s, ids(12));
    read(*s, ids(5));
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(s->position(), TokenPos(0));
    EXPECT_EQ(read(*s, ids(12)), fresh);
}

TEST_P(SessionTest, RefusesIdsOutsideTheVocabulary) {
    auto s = session();
    const std::vector<TokenId> bad{1, 2, 320};
    const auto result = s->prefill(bad);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("320"), std::string::npos);
    EXPECT_EQ(s->position(), TokenPos(0));
    EXPECT_FALSE(s->step(-1));
    EXPECT_FALSE(s->prefill({}));
}

TEST_P(SessionTest, StopsBetweenChunks) {
    auto s = session();
    std::stop_source stop;
    PrefillOptions options;
    options.chunk = 10;
    options.stop = stop.get_token();
    options.progress = [&](const Progress& p) { if (p.current == 20) stop.request_stop(); };
    const auto result = s->prefill(ids(100), options);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
    EXPECT_EQ(s->position(), TokenPos(20));
}

TEST_P(SessionTest, SelectivityFollowsItsDefinition) {
    auto s = session();
    std::vector<float> dt, cv;
    const LayerIndex layer(1);
    ASSERT_TRUE(s->setCapture(plan({whole(ProbePoint::Dt, {layer}), whole(ProbePoint::Selectivity, {layer})}, m_model->dims()),
                              [&](const CaptureFrame& frame) {
                                  for (const auto& b : frame.blocks) {
                                      auto& rows = b.entry->key.point == ProbePoint::Dt ? dt : cv;
                                      rows.insert(rows.end(), b.values.begin(), b.values.end());
                                  }
                              }));
    read(*s, ids(150), 40);  // the window of 64 wraps twice
    ASSERT_TRUE(s->step(5));
    const auto d_inner = static_cast<std::size_t>(m_model->dims().d_inner);
    ASSERT_EQ(cv.size(), 151 * d_inner);
    for (const std::size_t t : {0u, 1u, 39u, 63u, 64u, 65u, 127u, 128u, 149u, 150u})
        for (std::size_t c = 0; c < d_inner; c += 17) {
            std::vector<float> window;
            for (std::size_t k = t + 1 >= 64 ? t + 1 - 64 : 0; k <= t; ++k) window.push_back(dt[k * d_inner + c]);
            EXPECT_NEAR(cv[t * d_inner + c], selectivity(window), 1e-4f) << "token " << t << " channel " << c;
        }
}

TEST_P(SessionTest, RetentionAndWriteStrengthFollowTheirDefinitions) {
    for (const char* folder : {"mamba-tiny", "mamba-odd-bf16"}) {
        const auto m = model(folder);
        const LayerIndex layer(1);
        const auto capture = [&](Session& s, std::int64_t stride, CapturedRows& got) {
            std::vector<CaptureRequest> requests;
            for (const ProbePoint p : {ProbePoint::Dt, ProbePoint::U, ProbePoint::B, ProbePoint::Retention, ProbePoint::WriteStrength})
                requests.push_back(whole(p, {layer}, Reduction::None, stride));
            requests.push_back(whole(ProbePoint::Retention, {layer}, Reduction::MeanChannels, stride));
            ASSERT_TRUE(s.setCapture(*CapturePlan::create(requests, m->dims()), appendTo(got)));
            read(s, ids(45), 40);
            ASSERT_TRUE(s.step(5));
        };
        CapturedRows all, third;
        capture(*session(m), 1, all);
        capture(*session(m), 3, third);
        const auto rows = [&](ProbePoint p) { return std::span<const float>(all.at({p, layer, Reduction::None})); };
        const auto d_inner = static_cast<std::size_t>(m->dims().d_inner), d_state = static_cast<std::size_t>(m->dims().d_state);
        ASSERT_EQ(rows(ProbePoint::Retention).size(), 46 * d_inner);
        ASSERT_EQ(rows(ProbePoint::WriteStrength).size(), 46 * d_inner);
        const std::span<const float> A = m->stateMatrix(layer);
        for (std::size_t t = 0; t < 46; ++t) {
            double sum = 0;
            for (std::size_t c = 0; c < d_inner; ++c) {
                const std::size_t i = t * d_inner + c;
                const float dt = rows(ProbePoint::Dt)[i];
                const float kept = retention(dt, A.subspan(c * d_state, d_state));
                const float written = writeStrength(dt, rows(ProbePoint::U)[i], rows(ProbePoint::B).subspan(t * d_state, d_state));
                ASSERT_NEAR(rows(ProbePoint::Retention)[i], kept, 2e-6f) << folder << " token " << t << " channel " << c;
                ASSERT_NEAR(rows(ProbePoint::WriteStrength)[i], written, 2e-6f * written + 1e-30f) << folder << " token " << t << " channel " << c;
                sum += kept;
            }
            EXPECT_NEAR(all.at({ProbePoint::Retention, layer, Reduction::MeanChannels})[t], sum / static_cast<double>(d_inner), 1e-5);
        }
        for (const ProbePoint p : {ProbePoint::Retention, ProbePoint::WriteStrength}) {
            const std::vector<float>& some = third.at({p, layer, Reduction::None});
            ASSERT_EQ(some.size(), 16 * d_inner);
            for (std::size_t t = 0; t < 16; ++t)
                EXPECT_EQ(std::memcmp(&some[t * d_inner], &rows(p)[3 * t * d_inner], d_inner * sizeof(float)), 0) << "token " << 3 * t;
        }
    }
}

TEST_P(SessionTest, ReductionsAgreeWithTheRows) {
    auto s = session();
    std::map<SeriesKey, std::vector<float>> got;
    CaptureRequest top = whole(ProbePoint::Y, {LayerIndex(0)}, Reduction::TopK);
    top.bins = 4;
    CaptureRequest histogram = whole(ProbePoint::Y, {LayerIndex(0)}, Reduction::Histogram);
    histogram.bins = 8;
    histogram.low = -2;
    histogram.high = 2;
    const LayerIndex layer(0);
    ASSERT_TRUE(s->setCapture(plan({whole(ProbePoint::Y, {layer}), whole(ProbePoint::Y, {layer}, Reduction::MeanChannels),
                                    whole(ProbePoint::Y, {layer}, Reduction::MaxChannels), whole(ProbePoint::Y, {layer}, Reduction::L2),
                                    top, histogram}, m_model->dims()),
                              [&](const CaptureFrame& frame) {
                                  for (const auto& b : frame.blocks) {
                                      auto& rows = got[b.entry->key];
                                      rows.insert(rows.end(), b.values.begin(), b.values.end());
                                  }
                              }));
    read(*s, ids(5));
    const auto series = [&](Reduction r) -> const std::vector<float>& { return got.at({ProbePoint::Y, layer, r}); };
    const auto d_inner = static_cast<std::size_t>(m_model->dims().d_inner);
    ASSERT_EQ(series(Reduction::None).size(), 5 * d_inner);
    for (std::size_t t = 0; t < 5; ++t) {
        const std::span<const float> row = std::span(series(Reduction::None)).subspan(t * d_inner, d_inner);
        double sum = 0, squares = 0;
        std::vector<float> counts(8);
        for (const float v : row) {
            sum += v;
            squares += static_cast<double>(v) * v;
            ++counts[static_cast<std::size_t>(std::clamp(std::floor((v + 2) / 4 * 8), 0.0f, 7.0f))];
        }
        const auto largest = std::max_element(row.begin(), row.end());
        EXPECT_NEAR(series(Reduction::MeanChannels)[t], sum / static_cast<double>(d_inner), 1e-5);
        EXPECT_EQ(series(Reduction::MaxChannels)[t], *largest);
        EXPECT_NEAR(series(Reduction::L2)[t], std::sqrt(squares), 1e-4);
        EXPECT_EQ(series(Reduction::TopK)[t * 8], *largest);
        EXPECT_EQ(series(Reduction::TopK)[t * 8 + 4], static_cast<float>(largest - row.begin()));
        const std::span<const float> bins = std::span(series(Reduction::Histogram)).subspan(t * 8, 8);
        EXPECT_EQ(std::vector<float>(bins.begin(), bins.end()), counts);
    }
}

TEST_P(SessionTest, StatesAreSeenWhereTheStrideFalls) {
    auto s = session();
    std::vector<std::int64_t> positions;
    std::vector<float> last;
    ASSERT_TRUE(s->setCapture(plan({whole(ProbePoint::State, {LayerIndex(2)}, Reduction::None, 8)}, m_model->dims()),
                              [&](const CaptureFrame& frame) {
                                  for (const auto& b : frame.blocks) {
                                      positions.push_back(b.first.value);
                                      last.assign(b.values.begin(), b.values.end());
                                  }
                              }));
    read(*s, ids(25));
    EXPECT_EQ(positions, (std::vector<std::int64_t>{0, 8, 16, 24}));
    const auto snapshot = s->snapshot();
    const std::vector<std::byte>& bytes = snapshot->tensors[4];  // layer 2: state, then convolution state
    ASSERT_EQ(bytes.size(), last.size() * sizeof(float));
    EXPECT_EQ(std::memcmp(bytes.data(), last.data(), bytes.size()), 0);
}

TEST_P(SessionTest, StreamsTextWithSurprisal) {
    auto stream = TextStream::create(session(), {.temperature = 0});
    ASSERT_TRUE(stream);
    EXPECT_FALSE((*stream)->next()) << "nothing was read yet";
    std::vector<TokenEvent> events;
    ASSERT_TRUE((*stream)->read(ids(6), [&](const TokenEvent& e) { events.push_back(e); }));
    ASSERT_EQ(events.size(), 6u);
    EXPECT_TRUE(std::isnan(events[0].surprisalBits));
    EXPECT_GT(events[3].surprisalBits, 0);
    EXPECT_TRUE(events[3].fromPrompt);
    const auto next = (*stream)->next();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->position, TokenPos(6));
    EXPECT_EQ(next->id, next->alternatives.front().id);
    EXPECT_NEAR(next->surprisalBits, -std::log2(next->alternatives.front().probability), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Devices, SessionTest, testing::Values("host", "llvmpipe", "gpuKernels"), [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace ms
