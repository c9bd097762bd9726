// Sessions that read frames, on both backends: chunks, captures, snapshots, interventions, refusals.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/unit/runtime/session_fixture.h"

namespace ms {
namespace {

using Floats = std::vector<float>;

class SpeechSession : public SessionFixture {
protected:
    void SetUp() override {
        SessionFixture::SetUp();
        if (!IsSkipped()) m_model = model("mamba-ctc-tiny");
    }
    [[nodiscard]] const InputDims& input() const { return m_model->dims().input; }
    /// The window of `frames` frames of a signal.
    [[nodiscard]] Floats window(std::int64_t frames) const {
        Floats values(static_cast<std::size_t>(input().shape(frames).elements()));
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(0.37f * static_cast<float>(i % 1009)) + 0.2f * std::cos(0.011f * static_cast<float>(i));
        return values;
    }
    /// The part of a window that frames [first, first + count) read.
    [[nodiscard]] std::span<const float> part(const Floats& all, std::int64_t first, std::int64_t count) const {
        return std::span(all).subspan(static_cast<std::size_t>(first * input().step * input().width),
                                      static_cast<std::size_t>(input().rows(count) * input().width));
    }
    /// Logits of every frame.
    static Floats read(Session& session, std::span<const float> frames, std::int64_t chunk = 0) {
        Floats all;
        PrefillOptions options;
        options.chunk = chunk;
        options.onLogits = [&](TokenPos, std::span<const float> logits) { all.insert(all.end(), logits.begin(), logits.end()); };
        const auto last = session.prefillFrames(frames, options);
        EXPECT_TRUE(last) << last.error().message;
        if (last) { EXPECT_EQ(std::memcmp(last->data(), all.data() + all.size() - last->size(), last->size_bytes()), 0); }
        return all;
    }
    static double difference(const Floats& a, const Floats& b) {
        double d = 0, norm = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            d += (a[i] - b[i]) * (a[i] - b[i]);
            norm += a[i] * a[i];
        }
        return a.size() == b.size() ? std::sqrt(d / norm) : std::numeric_limits<double>::infinity();
    }
};

TEST_P(SpeechSession, AnyChunksGiveTheSameLogits) {
    const Floats all = window(45);
    const Floats expected = read(*session(), all);
    ASSERT_EQ(expected.size(), 45u * 29u);
    for (const std::int64_t chunk : {1, 2, 7, 16, 44}) EXPECT_LE(difference(expected, read(*session(), all, chunk)), 1e-5) << chunk;
    auto pieces = session();  // windows of their own, as a transcriber hands them over
    Floats got;
    for (std::int64_t first = 0, count = 1; first < 45; first += count, count = std::min<std::int64_t>(45 - first, count % 5 + 1)) {
        const Floats some = read(*pieces, part(all, first, count));
        got.insert(got.end(), some.begin(), some.end());
    }
    EXPECT_LE(difference(expected, got), 1e-5);
    EXPECT_EQ(pieces->position(), TokenPos(45));
}

TEST_P(SpeechSession, ShortChunksOnTheHostAreTheSameBits) {
    if (std::string(GetParam()) != "host") GTEST_SKIP() << "a promise of the host backend";
    const Floats all = window(24);
    const Floats expected = read(*session(), all, 1);
    // Six frames read fifteen rows of the first convolution: up to sixteen rows are multiplied row by row.
    for (const std::int64_t chunk : {2, 3, 5, 6}) EXPECT_EQ(read(*session(), all, chunk), expected) << chunk;
}

TEST_P(SpeechSession, StepsGiveTheSameAsChunksOfOne) {
    const Floats all = window(5);
    auto chunks = session(), steps = session();
    const Floats expected = read(*chunks, all, 1);
    for (std::int64_t i = 0; i < 5; ++i) {
        const auto logits = steps->stepFrame(part(all, i, 1));
        ASSERT_TRUE(logits) << logits.error().message;
        EXPECT_TRUE(std::equal(logits->begin(), logits->end(), expected.begin() + i * 29)) << "frame " << i;
    }
    EXPECT_EQ(chunks->snapshot()->tensors, steps->snapshot()->tensors);
}

TEST_P(SpeechSession, ProbesChangeNoBitAndRowsAreFrames) {
    const Floats all = window(40);
    auto plain = session(), probed = session();
    std::vector<CaptureRequest> requests;
    for (const ProbeInfo& row : probeTable())
        if (m_model->dims().has(row.point))
            requests.push_back(whole(row.point, {}, Reduction::None, row.timing == ProbeTiming::ChunkEnd ? 8 : 1));
    auto made = CapturePlan::create(requests, m_model->dims());
    ASSERT_TRUE(made) << made.error().message;
    CapturedRows rows;
    std::int64_t next = 0;
    const CaptureSink append = appendTo(rows);
    ASSERT_TRUE(probed->setCapture(*made, [&](const CaptureFrame& frame) {
        EXPECT_EQ(frame.first.value, next);
        next += frame.tokens;
        append(frame);
    }));
    // The same chunks on both sides: those that the strides of states ask for.
    Floats a, b;
    for (std::int64_t first = 0, count = 1; first < 40; first += count, count = std::min<std::int64_t>(40 - first, 8)) {
        const Floats left = read(*plain, part(all, first, count)), right = read(*probed, part(all, first, count));
        a.insert(a.end(), left.begin(), left.end());
        b.insert(b.end(), right.begin(), right.end());
    }
    // The first of each frame's own feature rows, as the window holds it.
    const InputDims& in = m_model->dims().input;
    const std::vector<float>& features = rows[SeriesKey{ProbePoint::Features, LayerIndex(-1), Reduction::None}];
    ASSERT_EQ(features.size(), static_cast<std::size_t>(40 * in.width));
    for (std::int64_t f = 0; f < 40; ++f)
        for (std::int64_t m = 0; m < in.width; ++m)
            ASSERT_EQ(features[static_cast<std::size_t>(f * in.width + m)],
                      all[static_cast<std::size_t>((in.before + in.step * f) * in.width + m)]);
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
    EXPECT_EQ(plain->snapshot()->tensors, probed->snapshot()->tensors);
    EXPECT_EQ(next, 40);
    EXPECT_EQ(rows.at({ProbePoint::Dt, LayerIndex(2), Reduction::None}).size(), 40u * 48u);
    EXPECT_EQ(rows.at({ProbePoint::State, LayerIndex(0), Reduction::None}).size(), 5u * 48u * 16u);  // frames 0, 8, …, 32
    EXPECT_EQ(rows.at({ProbePoint::Logits, LayerIndex(-1), Reduction::None}), b);
}

TEST_P(SpeechSession, SnapshotsAreExact) {
    const Floats all = window(30);
    auto s = session();
    read(*s, part(all, 0, 11));
    const auto before = s->snapshot();
    ASSERT_TRUE(before);
    const Floats first = read(*s, part(all, 11, 9));
    read(*s, part(all, 20, 10));
    ASSERT_TRUE(s->restore(*before));
    EXPECT_EQ(s->position(), TokenPos(11));
    EXPECT_EQ(read(*s, part(all, 11, 9)), first);
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(read(*s, all), read(*session(), all));
    const auto foreign = model("mamba-tiny");
    EXPECT_FALSE(session(foreign)->restore(*before));
}

TEST_P(SpeechSession, InterventionsChangeWhatIsReadFromNowOn) {
    const Floats all = window(12);
    const Floats plain = read(*session(), all, 4);
    auto s = session();
    const Intervention ablation{.kind = Intervention::Kind::AblateLayer, .layers = {LayerIndex(1)}};
    ASSERT_TRUE(s->setInterventions(std::span(&ablation, 1)));
    const Floats changed = read(*s, part(all, 0, 4));
    EXPECT_GT(difference({plain.begin(), plain.begin() + 4 * 29}, changed), 1e-3);
    ASSERT_TRUE(s->setInterventions({}));
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(read(*s, all, 4), plain);
}

TEST_P(SpeechSession, RefusesWhatIsNoWindow) {
    auto s = session();
    for (const std::size_t values : {std::size_t{0}, std::size_t{1}, std::size_t{12 * 80}, std::size_t{13 * 80 - 1}, std::size_t{14 * 80}, std::size_t{16 * 80}}) {
        const Floats wrong(values);
        const auto result = s->prefillFrames(wrong);
        ASSERT_FALSE(result) << values;
        EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(result.error().message.find("4 L + 9 rows of 80"), std::string::npos) << result.error().message;
        EXPECT_FALSE(s->stepFrame(wrong));
    }
    EXPECT_FALSE(s->stepFrame(window(2)));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Floats spoiled = window(3);
        spoiled[7 * 80 + 5] = bad;
        const auto result = s->prefillFrames(spoiled);
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().message.find("row 7"), std::string::npos) << result.error().message;
    }
    EXPECT_EQ(s->position(), TokenPos(0));
}

TEST_P(SpeechSession, StopsBetweenChunks) {
    auto s = session();
    std::stop_source stop;
    PrefillOptions options;
    options.chunk = 4;
    options.stop = stop.get_token();
    options.progress = [&](const Progress& p) { if (p.current == 8) stop.request_stop(); };
    const auto result = s->prefillFrames(window(20), options);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
    EXPECT_EQ(s->position(), TokenPos(8));
}

INSTANTIATE_TEST_SUITE_P(Devices, SpeechSession, testing::Values("host", "llvmpipe", "gpuKernels"), [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace ms
