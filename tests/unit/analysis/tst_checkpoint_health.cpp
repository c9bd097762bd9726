// What a checkpoint's numbers and names say: values that are none, half-lives at rest, why a family was recognised or not.
#include "engine/analysis/checkpoint_health.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "engine/formats/safetensors_writer.h"
#include "engine/models/recognition.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;

namespace {

const std::filesystem::path kData = MS_TEST_DATA;

Checkpoint opened(const std::filesystem::path& path) {
    auto checkpoint = Checkpoint::open(path);
    EXPECT_TRUE(checkpoint) << checkpoint.error().message;
    return *checkpoint;
}

/// A folder with two layers' worth of decays, and a config.json.
class Written {
public:
    explicit Written(const std::string& config, const std::string& prefix = "backbone.layers.0.mixer.") {
        if (!config.empty()) m_folder.write("config.json", config);
        const std::array<float, 6> A_log{0, 1, -1, 0.5f, 2, 0};
        const std::array<float, 3> bias{-4, 0, 30};
        const std::array<float, 4> sick{1, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 2};
        const TensorToWrite tensors[] = {{prefix + "A_log", DType::F32, {3, 2}, std::as_bytes(std::span(A_log))},
                                         {prefix + "dt_proj.bias", DType::F32, {3}, std::as_bytes(std::span(bias))},
                                         {prefix + "x_proj.weight", DType::F32, {2, 2}, std::as_bytes(std::span(sick))}};
        EXPECT_TRUE(writeSafetensors(m_folder.path() / "model.safetensors", tensors));
    }
    [[nodiscard]] const std::filesystem::path& path() const { return m_folder.path(); }

private:
    test::TempFolder m_folder;
};

bool mentions(const std::vector<std::string>& lines, std::string_view text) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

TEST(CheckpointHealth, CountsWhatIsNoNumber) {
    const Written written("{}");
    const auto sick = sickTensors(opened(written.path()));
    ASSERT_TRUE(sick);
    ASSERT_EQ(sick->size(), 1u);
    EXPECT_EQ(sick->front().name, "backbone.layers.0.mixer.x_proj.weight");
    EXPECT_EQ(sick->front().nan, 1);
    EXPECT_EQ(sick->front().infinite, 1);
    EXPECT_TRUE(sickTensors(opened(kData / "jamba-tiny"))->empty());
    std::stop_source stopped;
    stopped.request_stop();
    EXPECT_EQ(sickTensors(opened(written.path()), stopped.get_token()).error().code, ErrorCode::Cancelled);
}

TEST(CheckpointHealth, HalfLivesAtRest) {
    const Written written("{}");
    const std::vector<float> lives = restingHalfLives(opened(written.path()));
    ASSERT_EQ(lives.size(), 6u);
    const auto expected = [](double bias, double A_log) { return std::numbers::ln2 / ((bias > 20 ? bias : std::log1p(std::exp(bias))) * std::exp(A_log)); };
    EXPECT_NEAR(lives[0] / expected(-4, 0), 1, 1e-6);
    EXPECT_NEAR(lives[3] / expected(0, 0.5), 1, 1e-6);
    EXPECT_NEAR(lives[4] / expected(30, 2), 1, 1e-6);
    EXPECT_EQ(restingHalfLives(opened(kData / "jamba-tiny")).size(), 3u * 48 * 8);  // its three Mamba layers
    EXPECT_TRUE(restingHalfLives(opened(kData / "llama-tiny")).empty());
}

TEST(Recognition, SaysWhy) {
    const Recognition hub = recognise(opened(kData / "jamba-tiny")), original = recognise(opened(kData / "mamba-original-fp16"));
    EXPECT_TRUE(hub.recognised);
    EXPECT_EQ(hub.family, "Jamba");
    EXPECT_NE(hub.reason.find("model_type is \"jamba\""), std::string::npos) << hub.reason;
    EXPECT_TRUE(hub.remedies.empty());
    EXPECT_TRUE(original.recognised);
    EXPECT_NE(original.reason.find("no model_type, but d_model"), std::string::npos) << original.reason;
}

TEST(Recognition, SaysWhatWouldHaveToChange) {
    const Written other(R"({"model_type": "zamba2"})"), none(""), broken(R"({"model_type": "mamba", "hidden_size": "x"})");
    const Recognition unknown = recognise(opened(other.path()));
    EXPECT_FALSE(unknown.recognised);
    EXPECT_NE(unknown.reason.find("zamba2"), std::string::npos) << unknown.reason;
    EXPECT_TRUE(mentions(unknown.remedies, "Mamba-1")) << unknown.remedies.front();
    EXPECT_TRUE(mentions(recognise(opened(none.path())).remedies, "model_type \"mamba\""));
    const Recognition field = recognise(opened(broken.path()));
    EXPECT_NE(field.reason.find("hidden_size"), std::string::npos);
    EXPECT_TRUE(mentions(field.remedies, "mend the field"));
    const Written strange(R"({"model_type": "zamba2"})", "foo.");
    EXPECT_TRUE(mentions(recognise(opened(strange.path())).remedies, "no known architecture"));
    const Written missing(R"({"model_type": "mamba", "hidden_size": 4, "num_hidden_layers": 1, "vocab_size": 5})");
    const Recognition incomplete = recognise(opened(missing.path()));
    EXPECT_TRUE(incomplete.recognised);
    EXPECT_TRUE(mentions(incomplete.remedies, "is missing"));
}
