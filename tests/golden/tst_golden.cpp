// Whole models against answers of PyTorch and transformers (speech models: of tests/support/make_mamba_ctc.py), on every backend, however the tokens are fed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/runtime/devices.h"
#include "engine/runtime/golden_check.h"
#include "engine/vulkan/vulkan_backend.h"
#include "tests/support/shared_device.h"

namespace ms {
namespace {

constexpr double kTolerance = 1e-4;

std::filesystem::path dataFolder() { return MS_TEST_DATA; }

struct Case {
    std::string device, checkpoint;
};

class Golden : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        m_backend = sharedDevice(GetParam().device);
        if (!m_backend) GTEST_SKIP() << "no device " << GetParam().device;
        auto model = Model::load(dataFolder() / GetParam().checkpoint, m_backend);
        ASSERT_TRUE(model) << model.error().message;
        m_model = *model;
    }
    void TearDown() override { EXPECT_EQ(validationMessageCount(), 0u); }

    void expectGolden(const GoldenOptions& how) {
        // The original layout holds the same weights as the sharded model: the answers are the same.
        const std::string answers = GetParam().checkpoint == "mamba-original-fp16" ? "mamba-sharded-fp16" : GetParam().checkpoint;
        const auto report = checkGolden(m_model, dataFolder() / answers / "golden.safetensors", how);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_TRUE(report->skipped.empty());
        EXPECT_GE(report->rows.size(), 2u);
        for (const GoldenRow& row : report->rows) EXPECT_LE(row.relativeError, kTolerance) << row.name;
    }

    std::shared_ptr<Backend> m_backend;
    std::shared_ptr<const Model> m_model;
};

TEST_P(Golden, InOnePiece) { expectGolden({}); }
TEST_P(Golden, InChunksOf1) { expectGolden({.chunk = 1}); }
TEST_P(Golden, InChunksOf7) { expectGolden({.chunk = 7}); }
TEST_P(Golden, InChunksOf64) { expectGolden({.chunk = 64}); }
TEST_P(Golden, StepByStep) { expectGolden({.stepwise = true}); }

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const char* device : {"host", "llvmpipe", "gpuKernels"})
        for (const char* model : {"mamba-tiny", "mamba-original-fp16", "mamba-odd-bf16", "mamba-sharded-fp16", "mamba-ctc-tiny", "mamba-ctc-odd-f16", "falcon-mamba-tiny",
                                  "gpt-neox-tiny", "gpt-neox-serial", "llama-tiny", "llama-scaled-f16", "jamba-tiny",
                                  "mamba-complex-tiny", "mamba2-tiny", "mamba2-groups-bf16", "mamba2-grouped-tiny", "mamba3-siso-tiny", "rnn-tiny", "lstm-tiny", "gru-tiny", "s4d-layer", "s4-dplr-layer", "s4d-lm-tiny"})
            all.push_back({device, model});
    return all;
}

INSTANTIATE_TEST_SUITE_P(Models, Golden, testing::ValuesIn(cases()), [](const auto& which) {
    std::string name = which.param.device + "_" + which.param.checkpoint;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

/// The models that come with the program, on the host: logits against those of transformers and of the speech recipe's float64 twin.
class Embedded : public testing::TestWithParam<std::string> {};

TEST_P(Embedded, LogitsAreTheGoldenOnes) {
    auto model = Model::load(std::filesystem::path(MS_RESOURCES) / "models" / GetParam(), sharedDevice("host"));
    ASSERT_TRUE(model) << model.error().message;
    const auto report = checkGolden(*model, dataFolder() / (GetParam() + "-golden") / "golden.safetensors", {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_GE(report->rows.size(), 1u);
    for (const GoldenRow& row : report->rows) EXPECT_LE(row.relativeError, kTolerance) << row.name;
}

INSTANTIATE_TEST_SUITE_P(Models, Embedded, testing::Values("language", "speech"));

/// The small models of the synthetic tasks, against the PyTorch that trained them (tools/training/tasks).
class TaskModel : public testing::TestWithParam<Case> {};

TEST_P(TaskModel, LogitsAreThoseOfTheTraining) {
    const auto backend = sharedDevice(GetParam().device);
    if (!backend) GTEST_SKIP() << "no device " << GetParam().device;
    auto model = Model::load(std::filesystem::path(MS_RESOURCES) / "models/tasks/induction-heads" / GetParam().checkpoint, backend);
    ASSERT_TRUE(model) << model.error().message;
    const auto report = checkGolden(*model, dataFolder() / "tasks-golden" / GetParam().checkpoint / "golden.safetensors", {});
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_EQ(report->rows.size(), 1u);
    EXPECT_LE(report->rows.front().relativeError, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Models, TaskModel,
                         testing::Values(Case{"host", "mamba"}, Case{"host", "s4d"}, Case{"host", "lstm"}, Case{"host", "gru"}, Case{"host", "rnn"},
                                         Case{"host", "llama"}, Case{"llvmpipe", "mamba"}, Case{"llvmpipe", "s4d"}, Case{"llvmpipe", "llama"}),
                         [](const auto& which) { return which.param.device + "_" + which.param.checkpoint; });

}  // namespace
}  // namespace ms
