// Sessions of a Mamba-1 with complex A (the golden answers are in tests/golden), and checkpoints of it that cannot be opened.
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/lab/lock_step.h"
#include "engine/models/recognition.h"
#include "engine/probe/state_layout.h"
#include "engine/runtime/snapshot_file.h"
#include "tests/unit/runtime/model_fixture.h"
#include "tests/unit/runtime/session_fixture.h"

namespace ms {
namespace {

constexpr const char* kFolder = "mamba-complex-tiny";
constexpr std::size_t kStates = 6;

class ComplexMamba : public SessionFixture {
protected:
    void SetUp() override {
        SessionFixture::SetUp();
        if (!IsSkipped()) m_model = model(kFolder);
    }
    [[nodiscard]] std::vector<TokenId> text(std::size_t count) const {
        std::vector<TokenId> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<TokenId>((i * i + 7 * i) % 37));
        return all;
    }
};

TEST_P(ComplexMamba, StatesAreTwiceAsWide) {
    const ModelDims& d = m_model->dims();
    EXPECT_EQ(m_model->info().family, "complex Mamba-1");
    EXPECT_EQ(d.layer(LayerIndex(1)).describe(), "complex Mamba-1");
    const std::int64_t floats = 34 * 2 * 6 + 34 * 3;
    EXPECT_EQ(stateBytes(d, 0), static_cast<std::uint64_t>(2 * floats * 4));
    EXPECT_EQ(d.width(ProbePoint::B, LayerIndex(0)), 12);
    EXPECT_EQ(d.width(ProbePoint::Dt, LayerIndex(0)), 34);
    EXPECT_TRUE(m_model->stateMatrix(LayerIndex(0)).empty());  // measures of decay alone would mislead
}

TEST_P(ComplexMamba, LongTextsAreTheSameHoweverCut) {
    const std::vector<TokenId> ids = text(300);  // chunks side by side on a GPU
    const auto whole = session(), cut = session(), stepped = session();
    const std::vector<float> a = read(*whole, ids), b = read(*cut, ids, 50);
    for (const TokenId id : std::span(ids).first(299)) ASSERT_TRUE(stepped->step(id));
    const auto c = stepped->step(ids.back());
    ASSERT_TRUE(c);
    const auto expectClose = [&](std::span<const float> other) {
        ASSERT_EQ(other.size(), a.size());
        double difference = 0, norm = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(other[i]), 2);
            norm += std::pow(static_cast<double>(a[i]), 2);
        }
        EXPECT_LE(std::sqrt(difference / norm), 1e-4);
    };
    expectClose(b);
    expectClose(*c);
}

TEST_P(ComplexMamba, ProbesFollowTheirDefinitionsAndChangeNoBit) {
    const ModelDims& d = m_model->dims();
    std::vector<CaptureRequest> requests;
    for (const ProbeInfo& row : probeTable())
        if (d.has(row.point)) requests.push_back(whole(row.point));
    auto made = CapturePlan::create(requests, d);
    ASSERT_TRUE(made);
    const auto probed = session(), plain = session();
    CapturedRows rows;
    ASSERT_TRUE(probed->setCapture(*made, appendTo(rows)));
    for (const TokenId id : text(20)) {
        const auto seen = probed->step(id), unseen = plain->step(id);
        ASSERT_TRUE(seen && unseen);
        EXPECT_TRUE(std::equal(seen->begin(), seen->end(), unseen->begin(), unseen->end()));
    }
    const auto of = [&](ProbePoint point) { return rows[{point, LayerIndex(1), Reduction::None}]; };
    const auto state = of(ProbePoint::State), norm = of(ProbePoint::StateNorm), B = of(ProbePoint::B), dt = of(ProbePoint::Dt), u = of(ProbePoint::U),
               written = of(ProbePoint::WriteStrength);
    ASSERT_EQ(state.size(), 20u * 34 * 2 * kStates);
    ASSERT_EQ(B.size(), 20u * 2 * kStates);
    for (std::size_t i = 0; i < 20 * 34; ++i) {
        double magnitude = 0, direction = 0;
        for (std::size_t n = 0; n < 2 * kStates; ++n) {
            magnitude += std::pow(static_cast<double>(state[i * 2 * kStates + n]), 2);
            direction += std::pow(static_cast<double>(B[i / 34 * 2 * kStates + n]), 2);
        }
        EXPECT_NEAR(norm[i], std::sqrt(magnitude), 1e-5 * (1 + norm[i]));
        EXPECT_NEAR(written[i], std::abs(static_cast<double>(dt[i]) * u[i]) * std::sqrt(direction), 1e-5 * (1 + written[i]));
    }
}

TEST_P(ComplexMamba, SnapshotsAreExact) {
    const std::vector<TokenId> ids = text(60);
    const auto s = session(), other = session();
    read(*s, std::span(ids).first(33));
    const auto kept = s->snapshot();
    ASSERT_TRUE(kept);
    const std::vector<float> once = read(*s, std::span(ids).subspan(33));
    ASSERT_TRUE(other->restore(*kept));
    EXPECT_EQ(read(*other, std::span(ids).subspan(33)), once);

    const auto file = std::filesystem::temp_directory_path() / ("complex-" + std::to_string(::getpid()) + ".snapshot");
    ASSERT_TRUE(saveSnapshot(file, {"here", *kept, {ids.begin(), ids.begin() + 33}, {}, m_model->info().name}));
    const auto loaded = loadSnapshot(file, *m_model);
    std::filesystem::remove(file);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->state.tensors, kept->tensors);
}

TEST_P(ComplexMamba, InfluenceIsRefusedInOneLine) {
    auto lockStep = LockStep::create({m_model});
    ASSERT_TRUE(lockStep && (*lockStep)->begin(std::vector<TokenId>{1, 2}) && (*lockStep)->step());
    const auto shares = (*lockStep)->influence(0, 0);
    ASSERT_FALSE(shares);
    EXPECT_EQ(shares.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(shares.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Devices, ComplexMamba, testing::Values("host", "llvmpipe", "gpuKernels"));

/// A copy of the checkpoint to be spoiled.
class ComplexCheckpoint : public SpoiledModel {
protected:
    ComplexCheckpoint() : SpoiledModel(kFolder) {}
    void configure(const char* key, const nlohmann::json& value) const {
        const auto file = m_folder / "config.json";
        nlohmann::json config = nlohmann::json::parse(std::ifstream(file));
        config[key] = value;
        std::ofstream(file) << config.dump();
    }
};

constexpr const char* kImaginary = "backbone.layers.1.mixer.A_imag";

TEST_F(ComplexCheckpoint, NamesWhatIsMissing) {
    std::erase_if(m_tensors, [](const Owned& t) { return t.name == kImaginary; });
    expectNames(loadError(), {m_folder.c_str(), kImaginary, "missing"});
}

TEST_F(ComplexCheckpoint, NamesAWrongShape) {
    tensor(kImaginary).shape = {6, 34};
    expectNames(loadError(), {kImaginary, "[6, 34]", "[34, 6]"});
}

TEST_F(ComplexCheckpoint, WithoutItsFlagTheColumnsDoNotFit) {
    configure("complex_ssm", false);
    expectNames(loadError(), {"x_proj", "[27, 34]", "[15, 34]"});
}

TEST_F(ComplexCheckpoint, TheFlagGoesWithMambaAlone) {
    configure("model_type", "falcon_mamba");
    expectNames(loadError(), {"config.json", "complex_ssm", "falcon_mamba"});
    configure("complex_ssm", 7);
    expectNames(loadError(), {"config.json", "complex_ssm"});
}

TEST_F(ComplexCheckpoint, IsRecognisedByItsTensors) {
    write();
    std::filesystem::remove(m_folder / "config.json");
    const auto checkpoint = Checkpoint::open(m_folder);
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    const Recognition guess = recognise(*checkpoint);
    EXPECT_FALSE(guess.recognised);
    ASSERT_FALSE(guess.remedies.empty());
    expectNames(guess.remedies.front(), {"complex Mamba-1", "complex_ssm"});
}

}  // namespace
}  // namespace ms
