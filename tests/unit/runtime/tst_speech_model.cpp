// Opening speech models, good and bad.
#include <cstring>
#include <limits>

#include "engine/runtime/evaluate.h"
#include "engine/runtime/golden_check.h"
#include "engine/runtime/text_stream.h"
#include "tests/unit/runtime/model_fixture.h"

namespace ms {
namespace {

class SpeechModelTest : public SpoiledModel {
protected:
    SpeechModelTest() : SpoiledModel("mamba-ctc-tiny") {}
    std::shared_ptr<const Model> load() {
        write();
        auto model = Model::load(m_folder, m_backend);
        EXPECT_TRUE(model) << model.error().message;
        return model ? *model : nullptr;
    }
    void setFloat(const std::string& name, std::size_t index, float value) {
        std::memcpy(tensor(name).bytes.data() + index * sizeof value, &value, sizeof value);
    }
};

TEST_F(SpeechModelTest, OpensAndDescribesItself) {
    const auto model = load();
    ASSERT_TRUE(model);
    const ModelInfo& info = model->info();
    EXPECT_EQ(info.family, "Mamba-1 CTC");
    ASSERT_TRUE(info.speech);
    EXPECT_EQ(info.speech->vocab[28], "z");
    EXPECT_EQ(info.dims.vocab, 29);
    EXPECT_EQ(info.dims.input.rows(2), 17);
    EXPECT_EQ(info.problems, std::vector<std::string>());
    EXPECT_EQ(model->tokenizer(), nullptr);
    ASSERT_NE(model->featureStatistics(), nullptr);
    EXPECT_EQ(model->featureStatistics()->mean.size(), 80u);
    EXPECT_EQ(model->stateMatrix(LayerIndex(2)).size(), 48u * 16u);
    const auto inspected = inspectModel(m_folder);
    ASSERT_TRUE(inspected);
    EXPECT_EQ(inspected->dims.input, info.dims.input);
    EXPECT_TRUE(inspected->problems.empty());
}

TEST_F(SpeechModelTest, NamesEachMissingTensor) {
    const std::vector<Owned> all = m_tensors;
    for (const char* name : {"features.mean", "features.std", "frontend.conv.0.weight", "frontend.conv.1.bias", "frontend.proj.weight",
                             "frontend.proj.bias", "head.weight", "head.bias", "backbone.norm_f.weight", "backbone.layers.2.mixer.D"}) {
        m_tensors = all;
        std::erase_if(m_tensors, [&](const Owned& t) { return t.name == name; });
        expectNames(loadError(), {m_folder.c_str(), name, "missing"});
    }
}

TEST_F(SpeechModelTest, NamesWrongShapesAndTypes) {
    const std::vector<Owned> all = m_tensors;
    tensor("frontend.conv.0.weight").shape = {12, 5, 80};
    expectNames(loadError(), {"frontend.conv.0.weight", "[12, 5, 80]", "[12, 80, 5]"});
    m_tensors = all;
    tensor("frontend.conv.1.weight").shape = {20, 60};
    expectNames(loadError(), {"frontend.conv.1.weight", "[20, 60]", "[20, 12, 5]"});
    m_tensors = all;
    tensor("head.bias").dtype = DType::I32;
    expectNames(loadError(), {"head.bias", "I32"});
    m_tensors = all;
    tensor("features.mean").shape = {1, 80};
    expectNames(loadError(), {"features.mean", "[1, 80]", "[80]"});
}

TEST_F(SpeechModelTest, RefusesStatisticsThatCannotDivide) {
    for (const float bad : {0.0f, -1.0f}) {
        setFloat("features.std", 17, bad);
        expectNames(loadError(), {"features.std", "above 0"});
    }
    setFloat("features.std", 17, std::numeric_limits<float>::quiet_NaN());
    expectNames(loadError(), {"features.std", "NaN", "17"});
}

TEST_F(SpeechModelTest, ListsUnusedTensors) {
    m_tensors.push_back({"lm_head.weight", DType::F32, {1}, std::vector<std::byte>(4)});
    const auto model = load();
    ASSERT_TRUE(model);
    ASSERT_EQ(model->info().problems.size(), 1u);
    expectNames(model->info().problems.front(), {"lm_head.weight", "not used"});
}

TEST_F(SpeechModelTest, SaysWhatABadConfigurationLacks) {
    std::ofstream(m_folder / "config.json") << R"({"model_type": "mamba_ctc", "hidden_size": 24})";
    expectNames(loadError(), {"config.json", "num_hidden_layers"});
}

TEST_F(SpeechModelTest, GoldenFilesMustHoldItsFeatures) {
    const auto model = load();
    ASSERT_TRUE(model);
    const std::filesystem::path file = m_folder / "golden.safetensors";
    const auto error = [&](const char* name, DType type, const Shape& shape, float fill) {
        std::vector<float> values(static_cast<std::size_t>(shape.elements()), fill);
        const std::vector<TensorToWrite> all{{name, type, shape, std::as_bytes(std::span(values))}};
        EXPECT_TRUE(writeSafetensors(file, all));
        const auto report = checkGolden(model, file, {});
        return report ? std::string() : report.error().message;
    };
    expectNames(error("input_ids", DType::I32, {9}, 0), {"golden.safetensors", "features", "missing"});
    expectNames(error("features", DType::F32, {9, 79}, 0), {"golden.safetensors", "features", "[rows, 80]"});
    expectNames(error("features", DType::I32, {9, 80}, 0), {"golden.safetensors", "features", "F32"});
    expectNames(error("features", DType::F32, {9, 80}, std::numeric_limits<float>::infinity()), {"features", "infinity"});
    expectNames(error("features", DType::F32, {9, 80}, 0), {"golden.safetensors", "nothing to compare"});
}

TEST_F(SpeechModelTest, TextIsRefusedInOneLine) {
    const auto model = load();
    ASSERT_TRUE(model);
    auto session = Session::create(model);
    ASSERT_TRUE(session);
    const auto refused = [](const auto& result) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::Unsupported);
        expectNames(result.error().message, {"is a speech model; use transcribe"});
    };
    const TokenId id = 3;
    refused((*session)->prefill(std::span(&id, 1)));
    refused((*session)->step(id));
    refused(evaluate(**session, "text"));
    refused(TextStream::create(std::move(*session), {}));
    refused(model->expectText());
    EXPECT_TRUE(model->expectSpeech());
}

TEST_F(SpeechModelTest, ALanguageModelRefusesAudioInOneLine) {
    const auto model = Model::load(std::filesystem::path(MS_TEST_DATA) / "mamba-tiny", m_backend);
    ASSERT_TRUE(model);
    auto session = Session::create(*model);
    ASSERT_TRUE(session);
    const std::vector<float> window(13 * 80);
    for (const auto& result : {(*session)->prefillFrames(window), (*session)->stepFrame(window)}) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::Unsupported);
        expectNames(result.error().message, {"is a language model", "use run"});
    }
    EXPECT_EQ((*model)->featureStatistics(), nullptr);
}

}  // namespace
}  // namespace ms
