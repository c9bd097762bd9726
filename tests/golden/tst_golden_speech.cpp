// Sound to logits of the embedded speech model against a float64 recomputation by definition (tests/support/make_mamba_ctc.py).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "engine/base/half.h"
#include "engine/formats/checkpoint.h"
#include "engine/runtime/speech_stream.h"
#include "tests/support/shared_device.h"

namespace ms {
namespace {

std::vector<float> floatsOf(const Checkpoint& checkpoint, const std::string& name) {
    const TensorInfo* info = checkpoint.find(name);
    EXPECT_NE(info, nullptr) << name;
    return info ? widenToFloat(info->dtype, info->bytes) : std::vector<float>();
}

double relativeError(std::span<const float> values, std::span<const float> expected) {
    double off = 0, norm = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        off += std::pow(static_cast<double>(values[i]) - expected[i], 2);
        norm += std::pow(static_cast<double>(expected[i]), 2);
    }
    return std::sqrt(off / norm);
}

TEST(GoldenSpeech, FeaturesAndPosteriorsAreTheDefinitions) {
    auto golden = Checkpoint::open(MS_TEST_DATA "/speech-golden/golden.safetensors");
    ASSERT_TRUE(golden) << golden.error().message;
    const std::vector<float> audio = floatsOf(*golden, "audio"), features = floatsOf(*golden, "features");
    std::vector<float> expected = floatsOf(*golden, "logits");
    auto model = Model::load(MS_RESOURCES "/models/speech", sharedDevice("host"));
    ASSERT_TRUE(model) << model.error().message;

    auto logMel = LogMel::create((*model)->info().speech->features);
    ASSERT_TRUE(logMel);
    std::vector<float> rows;
    logMel->push(audio, rows);
    ASSERT_EQ(rows.size(), features.size());
    EXPECT_LE(relativeError(rows, features), 1e-4);

    // The definition knows no tail: none is asked for.
    std::vector<float> heard;
    SpeechStreamOptions options;
    options.tailSeconds = 0;
    auto stream = SpeechStream::create(*model, [&](TokenPos, std::int64_t, std::span<const float> frames) {
        heard.insert(heard.end(), frames.begin(), frames.end());
        return AfterStep::GoOn;
    }, options);
    ASSERT_TRUE(stream);
    ASSERT_TRUE((*stream)->push(audio));
    ASSERT_TRUE((*stream)->finish());
    logSoftmaxRows(expected, (*model)->dims().vocab);
    ASSERT_EQ(heard.size(), expected.size());
    EXPECT_LE(relativeError(heard, expected), 1e-4);
}

}  // namespace
}  // namespace ms
