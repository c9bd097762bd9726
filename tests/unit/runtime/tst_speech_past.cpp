// Frames of a sound read again from anywhere: to the bit what the live stream captured, across the ends of utterances.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>

#include "engine/runtime/devices.h"
#include "engine/runtime/snapshot_trail.h"
#include "engine/runtime/speech_past.h"
#include "engine/runtime/token_inspection.h"

namespace ms {
namespace {

using Values = std::map<SeriesKey, std::vector<float>>;

std::shared_ptr<const Model> tinyModel() {
    auto backend = openDevice("host", {.threads = 2});
    EXPECT_TRUE(backend);
    auto model = Model::load(MS_TEST_DATA "/mamba-ctc-tiny", *backend);
    EXPECT_TRUE(model) << model.error().message;
    return *model;
}

std::vector<float> sound(std::size_t samples) {
    std::mt19937 engine(5);
    std::normal_distribution<float> noise(0.0f, 0.05f);
    std::vector<float> out(samples);
    for (std::size_t i = 0; i < samples; ++i) out[i] = noise(engine) + 0.2f * std::sin(0.03f * static_cast<float>(i));
    return out;
}

/// Of the kind of all models here.
const ModelDims kMamba{.d_model = 48, .n_layer = 3, .d_inner = 96, .d_state = 16, .d_conv = 4, .dt_rank = 4, .vocab = 29,
                       .input = {InputDims::Kind::Features, 80, 4, 8, 1}};

std::vector<CaptureRequest> everything(bool states) {
    std::vector<CaptureRequest> all;
    for (const ProbeInfo& row : probeTable()) {
        const bool atEnd = row.timing == ProbeTiming::ChunkEnd;
        if (row.point != ProbePoint::Selectivity && kMamba.has(row.point) && (states || !atEnd)) all.push_back({row.point, {}, Reduction::None, 1, 0, 0, 1});
    }
    return all;
}

/// A stream that forgets its state behind the steps that hold certain frames, and keeps all it captured.
struct Live {
    std::vector<float> audio;
    std::unique_ptr<SpeechStream> stream;
    SnapshotTrail trail;
    std::map<std::int64_t, Values> rows;
    std::vector<float> posteriors;

    Live(const std::shared_ptr<const Model>& model, std::vector<float> samples, bool states, std::vector<std::int64_t> forgetAt)
        : audio(std::move(samples)) {
        stream = std::move(*SpeechStream::create(model, [this, forgetAt](TokenPos first, std::int64_t frames, std::span<const float> values) {
            posteriors.insert(posteriors.end(), values.begin(), values.end());
            const bool ends = std::any_of(forgetAt.begin(), forgetAt.end(), [&](std::int64_t f) { return f >= first.value && f < first.value + frames; });
            return ends ? AfterStep::ForgetState : AfterStep::GoOn;
        }));
        auto plan = CapturePlan::create(everything(states), model->dims());
        EXPECT_TRUE(plan) << plan.error().message;
        EXPECT_TRUE(stream->session().setCapture(*plan, [this](const CaptureFrame& frame) {
            for (const auto& b : frame.blocks)
                for (std::int64_t r = 0; r < b.rows; ++r) {
                    const auto row = b.values.subspan(static_cast<std::size_t>(r * b.entry->width), static_cast<std::size_t>(b.entry->width));
                    rows[b.first.value + r][b.entry->key].assign(row.begin(), row.end());
                }
        }));
    }
    void push(std::size_t from, std::size_t to) {
        for (std::size_t at = from; at < to; at += 1280) {
            ASSERT_TRUE(stream->push(std::span(audio).subspan(at, std::min<std::size_t>(1280, to - at))));
            ASSERT_TRUE(trail.offer(stream->session()));
        }
    }
    /// Reads the sound as it is, also where the stream saw its end.
    SpeechPast past() {
        return *SpeechPast::create(*stream, [this](std::int64_t first, std::span<float> out) {
            for (std::size_t i = 0; i < out.size(); ++i) {
                const std::size_t at = static_cast<std::size_t>(first) + i;
                out[i] = at < audio.size() ? audio[at] : 1.0f;
            }
        });
    }
    /// The nearest of a kept state and the beginning of the utterance.
    Result<TokenInspection> inspect(TokenInspector& inspector, SpeechPast& past, std::int64_t frame) {
        const auto start = past.utteranceStart(TokenPos(frame));
        const StateSnapshot* kept = trail.atOrBefore(TokenPos(frame));
        const StateSnapshot* from = start && (kept == nullptr || kept->position < start->position) ? &*start : kept;
        return inspector.inspect(from, past, TokenPos(frame), everything(true), {}, &stream->session().chunks());
    }
};

bool same(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

void expectSame(const TokenInspection& seen, const Live& live) {
    for (const auto& [key, value] : live.rows.at(seen.token.value)) {
        const auto at = seen.values.find(key);
        ASSERT_NE(at, seen.values.end()) << key.path();
        EXPECT_TRUE(same(at->second, value)) << key.path() << " of frame " << seen.token.value;
    }
    std::vector<float> posteriors = seen.logits;
    const auto vocab = static_cast<std::int64_t>(posteriors.size());
    logSoftmaxRows(posteriors, vocab);
    EXPECT_TRUE(same(posteriors, std::span(live.posteriors).subspan(static_cast<std::size_t>(seen.token.value * vocab), posteriors.size())));
}

TEST(SpeechPast, GivesTheBitsOfTheLiveStream) {
    const auto model = tinyModel();
    for (const bool states : {false, true}) {
        Live live(model, sound(150'000), states, {60, 61, 141, 200});
        live.push(0, 100'000);
        SpeechPast past = live.past();
        auto inspector = TokenInspector::create(model);
        ASSERT_TRUE(inspector);
        ASSERT_EQ(live.stream->utteranceStarts(), (std::vector<TokenPos>{TokenPos(62), TokenPos(142)}));
        // While it goes on: first, last, at and around the ends of utterances, back and forth.
        const std::int64_t now = live.stream->frames();
        for (const std::int64_t frame : {std::int64_t{0}, now - 1, std::int64_t{61}, std::int64_t{62}, std::int64_t{63}, std::int64_t{1},
                                         std::int64_t{64}, now - 2, std::int64_t{141}, std::int64_t{143}, std::int64_t{142}, std::int64_t{77}}) {
            const auto seen = live.inspect(**inspector, past, frame);
            ASSERT_TRUE(seen) << seen.error().message;
            expectSame(*seen, live);
        }
        // After its end, which comes before that of the sound: what follows was silence to the stream.
        live.push(100'000, 138'911);
        ASSERT_TRUE(live.stream->finish());
        const std::int64_t all = live.stream->frames();
        EXPECT_EQ(all, ((138'911 + 10'240 - 400) / 160 + 1 + 3) / 4);
        ASSERT_EQ(all % 2, 1);  // the last step is a frame alone
        for (const std::int64_t frame : {all - 1, all - 2, std::int64_t{0}, all - 20, std::int64_t{202}, std::int64_t{201}, std::int64_t{200}}) {
            const auto seen = live.inspect(**inspector, past, frame);
            ASSERT_TRUE(seen) << seen.error().message;
            expectSame(*seen, live);
        }
    }
}

TEST(SpeechPast, StatesBetweenTheFramesOfAStepAreThoseOfReadingThemOneByOne) {
    const auto model = tinyModel();
    Live two(model, sound(60'000), false, {31}), one(model, sound(60'000), true, {31});
    two.push(0, 60'000);
    one.push(0, 60'000);
    EXPECT_TRUE(same(two.posteriors, one.posteriors));
    SpeechPast past = two.past();
    auto inspector = TokenInspector::create(model);
    const SeriesKey key{ProbePoint::State, LayerIndex(1), Reduction::None};
    for (const std::int64_t frame : {30, 31, 32, 50, 51}) {
        const auto seen = two.inspect(**inspector, past, frame);
        ASSERT_TRUE(seen);
        EXPECT_TRUE(same(seen->values.at(key), one.rows.at(frame).at(key))) << frame;
        const auto start = past.utteranceStart(TokenPos(frame));
        const auto state = (*inspector)->stateBehind(start ? &*start : nullptr, past, TokenPos(frame), {}, &two.stream->session().chunks());
        ASSERT_TRUE(state) << state.error().message;
        EXPECT_EQ(state->position.value, frame + 1);
        // Also behind the last frame of an utterance: not yet forgotten.
        bool found = false;
        for (const auto& tensor : state->tensors)
            found |= tensor.size() == seen->values.at(key).size() * sizeof(float) && std::memcmp(tensor.data(), seen->values.at(key).data(), tensor.size()) == 0;
        EXPECT_TRUE(found) << frame;
    }
}

TEST(SpeechPast, RefusesFramesThatWereNotHeard) {
    const auto model = tinyModel();
    Live live(model, sound(20'000), false, {});
    live.push(0, 20'000);
    SpeechPast past = live.past();
    EXPECT_FALSE(past.utteranceStart(TokenPos(20)));
    auto inspector = TokenInspector::create(model);
    for (const std::int64_t frame : {live.stream->frames(), std::int64_t{-1}}) {
        const auto refused = live.inspect(**inspector, past, frame);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(refused.error().message.find("frame " + std::to_string(frame)), std::string::npos) << refused.error().message;
    }
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = (*inspector)->inspect(nullptr, past, TokenPos(20), everything(false), stop.get_token(), &live.stream->session().chunks());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace ms
