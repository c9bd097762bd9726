// Opening models, good and bad.
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "tests/support/gunzip.h"
#include "tests/unit/runtime/model_fixture.h"

namespace ms {
namespace {

namespace fs = std::filesystem;

class ModelTest : public SpoiledModel {
protected:
    ModelTest() : SpoiledModel("mamba-tiny") {}
};

constexpr const char* kInProj = "backbone.layers.1.mixer.in_proj.weight";

TEST_F(ModelTest, OpensAndDescribesItself) {
    write();
    const auto model = Model::load(m_folder, m_backend);
    ASSERT_TRUE(model) << model.error().message;
    const ModelInfo& info = (*model)->info();
    EXPECT_EQ(info.dims.d_model, 64);
    EXPECT_EQ(info.dims.n_layer, 3);
    EXPECT_EQ(info.dims.d_inner, 128);
    EXPECT_EQ(info.dims.vocab, 320);
    EXPECT_TRUE(info.tiedHead);
    EXPECT_EQ((*model)->tokenizer(), nullptr);
}

TEST_F(ModelTest, KeepsWhatViewsReadOnTheHost) {
    write();
    const auto model = Model::load(m_folder, m_backend);
    ASSERT_TRUE(model) << model.error().message;
    const auto stored = [&](const char* name) {
        const TensorInfo* t = (*model)->checkpoint().find(name);
        EXPECT_NE(t, nullptr) << name;
        std::vector<float> values(t->bytes.size() / sizeof(float));
        std::memcpy(values.data(), t->bytes.data(), t->bytes.size());
        return values;
    };
    std::vector<float> A = stored("backbone.layers.1.mixer.A_log");
    for (float& a : A) a = -std::exp(a);
    const std::span<const float> matrix = (*model)->stateMatrix(LayerIndex(1)), skip = (*model)->skipVector(LayerIndex(2));
    EXPECT_EQ(A.size(), 128u * 16u);
    EXPECT_EQ(std::vector(matrix.begin(), matrix.end()), A);
    EXPECT_EQ(std::vector(skip.begin(), skip.end()), stored("backbone.layers.2.mixer.D"));
}

TEST(ModelFolder, TensorsOfEveryLayoutBelongToTheirLayers) {
    for (const char* name : {"lstm-tiny", "gru-tiny", "rnn-tiny", "mamba-tiny", "gpt-neox-tiny", "s4d-lm-tiny"}) {
        const auto info = inspectModel(fs::path(MS_TEST_DATA) / name);
        ASSERT_TRUE(info) << info.error().message;
        std::set<std::int64_t> layers;
        for (const auto& tensor : info->tensors) layers.insert(tensor.layer.value);
        std::set<std::int64_t> expected;
        for (std::int64_t k = -1; k < info->dims.n_layer; ++k) expected.insert(k);
        EXPECT_EQ(layers, expected) << name;
    }
}

TEST_F(ModelTest, NamesAMissingTensor) {
    std::erase_if(m_tensors, [](const Owned& t) { return t.name == kInProj; });
    expectNames(loadError(), {m_folder.c_str(), kInProj, "missing"});
    const auto info = inspectModel(m_folder);
    ASSERT_TRUE(info) << "inspect lists problems instead of failing";
    EXPECT_FALSE(info->problems.empty());
}

TEST_F(ModelTest, NamesAWrongShape) {
    tensor(kInProj).shape = {64, 256};
    expectNames(loadError(), {kInProj, "[64, 256]", "[256, 64]"});
}

TEST_F(ModelTest, NamesAWrongType) {
    Owned& t = tensor(kInProj);
    t.dtype = DType::I32;
    expectNames(loadError(), {kInProj, "I32", "convert"});
}

TEST_F(ModelTest, NamesANaNWeight) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(tensor(kInProj).bytes.data() + 4 * 5000, &nan, sizeof nan);
    expectNames(loadError(), {kInProj, "NaN", "5000"});
}

TEST_F(ModelTest, ListsUnusedTensors) {
    m_tensors.push_back({"backbone.extra", DType::F32, {1}, std::vector<std::byte>(4)});
    write();
    const auto model = Model::load(m_folder, m_backend);
    ASSERT_TRUE(model) << model.error().message;
    bool listed = false;
    for (const std::string& p : (*model)->info().problems) listed = listed || p.find("backbone.extra") != std::string::npos;
    EXPECT_TRUE(listed);
}

TEST_F(ModelTest, NamesAnUnknownFamily) {
    std::ofstream(m_folder / "config.json") << R"({"model_type": "gpt_oss", "hidden_size": 64})";
    expectNames(loadError(), {"config.json", "gpt_oss", "mamba"});
}

TEST_F(ModelTest, SaysThatTheConfigurationIsMissing) {
    fs::remove(m_folder / "config.json");
    expectNames(loadError(), {"config.json"});
}

TEST_F(ModelTest, RefusesATokenizerOfAnotherModel) {
    gunzip(fs::path(MS_TEST_DATA) / "tokenizers" / "gpt-neox-20b" / "tokenizer.json.gz", m_folder / "tokenizer.json");
    expectNames(loadError(), {"tokenizer.json", "50277", "320"});
}

TEST_F(ModelTest, CanBeCancelled) {
    write();
    std::stop_source stop;
    const auto model = Model::load(m_folder, m_backend, [&](const Progress& p) { if (p.current == 3) stop.request_stop(); }, stop.get_token());
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::Cancelled);
}

TEST_F(ModelTest, RefusesAnUnknownDevice) {
    const auto device = openDevice("abacus");
    ASSERT_FALSE(device);
    expectNames(device.error().message, {"abacus", "host"});
}

}  // namespace
}  // namespace ms
