// The logit lens against the model's own logits and a float64 recomputation from the checkpoint's weights.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "engine/base/half.h"
#include "engine/formats/checkpoint.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/logit_lens.h"
#include "tests/support/shared_device.h"

namespace ms {
namespace {

using Doubles = std::vector<double>;

Doubles softmax(const Doubles& logits, std::size_t tokens) {
    const double top = *std::max_element(logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(tokens));
    Doubles p(tokens);
    double sum = 0;
    for (std::size_t i = 0; i < tokens; ++i) sum += p[i] = std::exp(logits[i] - top);
    for (double& v : p) v /= sum;
    return p;
}

/// y = W x in float64.
Doubles product(const std::vector<float>& weight, const Doubles& x) {
    Doubles y(weight.size() / x.size());
    for (std::size_t i = 0; i < y.size(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j) y[i] += static_cast<double>(weight[i * x.size() + j]) * x[j];
    return y;
}

class LensTest : public testing::TestWithParam<std::tuple<const char*, const char*>> {
protected:
    void SetUp() override {
        const auto& [device, name] = GetParam();
        const auto backend = sharedDevice(device);
        if (!backend) GTEST_SKIP() << "no device " << device;
        m_path = std::filesystem::path(MS_TEST_DATA) / name;
        auto model = Model::load(m_path, backend);
        ASSERT_TRUE(model) << model.error().message;
        m_model = *model;
        for (int i = 0; i < 40; ++i) m_ids.push_back((i * 37 + 11) % 240);
        m_inspector = std::move(*TokenInspector::create(m_model));
        m_reader = std::move(*LogitLensReader::create(m_model));
        m_tokens = static_cast<std::size_t>(m_model->tokenCount());
    }
    TokenInspection inspect(std::int64_t token) {
        auto seen = m_inspector->inspect(nullptr, m_ids, TokenPos(token), LogitLensReader::requests(m_model->dims()), {});
        EXPECT_TRUE(seen) << seen.error().message;
        return *seen;
    }
    std::vector<float> weights(const std::string& name) const {
        const auto file = Checkpoint::open(m_path);
        const TensorInfo* t = file->find(name);
        return t == nullptr ? std::vector<float>() : widenToFloat(t->dtype, t->bytes);
    }
    /// softmax(head(norm_f(r))) from the checkpoint.
    Doubles distribution(const Doubles& r) const {
        const std::vector<float> norm = weights("backbone.norm_f.weight");
        std::vector<float> head = weights("lm_head.weight");
        if (head.empty()) head = weights("backbone.embeddings.weight");
        double squares = 0;
        for (const double v : r) squares += v * v;
        Doubles normed(r.size());
        for (std::size_t i = 0; i < r.size(); ++i)
            normed[i] = r[i] / std::sqrt(squares / static_cast<double>(r.size()) + m_model->info().normEps) * norm[i];
        return softmax(product(head, normed), m_tokens);
    }
    void expectRow(const LensRow& row, const Doubles& p, TokenId next) const {
        ASSERT_EQ(row.top.size(), p.size());
        double entropy = 0;
        std::int64_t larger = 0;
        for (const double v : p) {
            entropy -= v > 0 ? v * std::log2(v) : 0;
            larger += v > p[static_cast<std::size_t>(next)] ? 1 : 0;
        }
        for (std::size_t i = 0; i < row.top.size(); ++i) {
            EXPECT_NEAR(row.top[i].probability, p[static_cast<std::size_t>(row.top[i].id)], 1e-5);
            EXPECT_GE(row.top[i > 0 ? i - 1 : 0].probability, row.top[i].probability);
        }
        EXPECT_NEAR(row.entropyBits, entropy, 1e-4);
        EXPECT_NEAR(row.nextProbability, p[static_cast<std::size_t>(next)], 1e-5);
        EXPECT_EQ(row.nextRank, larger + 1);
    }
    /// The lens of one token from its captured values and the checkpoint; `change` alters what a layer's D skip added.
    void expectLayers(const std::function<void(std::int64_t layer, Doubles& skip)>& change) {
        const TokenInspection seen = inspect(25);
        const TokenId next = m_ids[26];
        const auto lens = m_reader->read(seen, static_cast<int>(m_tokens), next);
        ASSERT_TRUE(lens) << lens.error().message;
        for (const LensLayer& layer : lens->layers) {
            const auto value = [&](ProbePoint point) { return seen.values.at({point, layer.layer, Reduction::None}); };
            const std::vector<float> r = value(ProbePoint::ResidPost), u = value(ProbePoint::U),
                                     gate = value(ProbePoint::Gate);
            const std::string mixer = "backbone.layers." + std::to_string(layer.layer.value) + ".mixer.";
            const std::vector<float> D = weights(mixer + "D");
            Doubles rest(r.begin(), r.end()), skip(u.size());
            expectRow(layer.full, distribution(rest), next);
            for (std::size_t c = 0; c < u.size(); ++c) skip[c] = static_cast<double>(D[c]) * u[c] * gate[c];
            change(layer.layer.value, skip);
            const Doubles added = product(weights(mixer + "out_proj.weight"), skip);
            for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= added[i];
            expectRow(layer.stateOnly, distribution(rest), next);
        }
    }

    std::filesystem::path m_path;
    std::shared_ptr<const Model> m_model;
    std::vector<TokenId> m_ids;
    std::unique_ptr<TokenInspector> m_inspector;
    std::unique_ptr<LogitLensReader> m_reader;
    std::size_t m_tokens = 0;
};

TEST_P(LensTest, EndsInTheModelsOwnPrediction) {
    for (const std::int64_t t : {0, 20, 39}) {
        const TokenInspection seen = inspect(t);
        const TokenId next = m_ids[static_cast<std::size_t>(t + 1) % m_ids.size()];
        const auto lens = m_reader->read(seen, static_cast<int>(m_tokens), next);
        ASSERT_TRUE(lens) << lens.error().message;
        ASSERT_EQ(lens->layers.size(), static_cast<std::size_t>(m_model->dims().n_layer));
        expectRow(lens->layers.back().full, softmax(Doubles(seen.logits.begin(), seen.logits.end()), m_tokens), next);
    }
}

TEST_P(LensTest, TakesTheSkipAwayAndNothingElse) {
    expectLayers([](std::int64_t, Doubles&) {});
}

TEST_P(LensTest, TakesNoSkipAwayThatAnInterventionKeptOut) {
    Intervention ablated, zeroed;
    ablated.kind = Intervention::Kind::AblateLayer;
    ablated.layers = {LayerIndex(0)};
    zeroed.kind = Intervention::Kind::ZeroChannels;
    zeroed.layers = {LayerIndex(1)};
    zeroed.channels = {ChannelIndex(2), ChannelIndex(9)};
    Intervention off = ablated;
    off.layers.clear();
    off.enabled = false;
    ASSERT_TRUE(m_inspector->session().setInterventions(std::vector{ablated, zeroed, off}));
    expectLayers([](std::int64_t layer, Doubles& skip) {
        if (layer == 0) std::fill(skip.begin(), skip.end(), 0.0);
        if (layer == 1) skip[2] = skip[9] = 0;
    });
}

TEST_P(LensTest, RefusesWhatItCannotRead) {
    TokenInspection seen = inspect(3);
    const auto without = m_reader->read(seen, 5, std::nullopt);
    ASSERT_TRUE(without);
    EXPECT_EQ(without->layers[0].full.top.size(), 5u);
    EXPECT_TRUE(std::isnan(without->layers[0].full.nextProbability));
    EXPECT_EQ(without->layers[0].full.nextRank, 0);
    EXPECT_FALSE(m_reader->read(seen, -1, std::nullopt));
    EXPECT_FALSE(m_reader->read(seen, 5, static_cast<TokenId>(m_tokens)));
    seen.values.erase({ProbePoint::Gate, LayerIndex(1), Reduction::None});
    const auto lacking = m_reader->read(seen, 5, std::nullopt);
    ASSERT_FALSE(lacking);
    EXPECT_NE(lacking.error().message.find("layer.1.gate"), std::string::npos) << lacking.error().message;
}

INSTANTIATE_TEST_SUITE_P(Devices, LensTest,
                         testing::Combine(testing::Values("host", "llvmpipe"),
                                          testing::Values("mamba-tiny", "mamba-odd-bf16")),
                         [](const auto& which) {
                             return std::string(std::get<0>(which.param)) +
                                    (std::get<1>(which.param) == std::string("mamba-tiny") ? "_tiny" : "_odd");
                         });

TEST(LensRow, MasksPaddingAndCountsTies) {
    const std::vector<float> logits{1, 3, 3, 0, 50, 60};  // the last two are padding
    const LensRow row = lensRow(logits, 4, 10, 2);
    ASSERT_EQ(row.top.size(), 4u);
    EXPECT_EQ(row.top[0].id, 1);
    EXPECT_EQ(row.top[1].id, 2);
    EXPECT_EQ(row.nextRank, 2);
    const double sum = 2 + std::exp(-2.0) + std::exp(-3.0);
    EXPECT_NEAR(row.nextProbability, 1 / sum, 1e-6);
    EXPECT_NEAR(lensRow(std::vector<float>(8, 0.5f), 8, 1, 7).entropyBits, 3, 1e-6);
    EXPECT_EQ(lensRow(std::vector<float>(8, 0.5f), 8, 1, 7).nextRank, 8);
    const LensRow sick = lensRow(std::vector<float>(4, NAN), 4, 2, 1);
    EXPECT_TRUE(sick.top.empty());
    EXPECT_TRUE(std::isnan(sick.entropyBits));
}

}  // namespace
}  // namespace ms
