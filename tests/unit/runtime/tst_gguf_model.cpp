// The same weights from a GGUF file, in its blocks, and from safetensors, widened: the same model.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/formats/safetensors_writer.h"
#include "engine/runtime/session.h"
#include "engine/runtime/tokenizer_source.h"
#include "engine/vulkan/vulkan_backend.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/quantised.h"
#include "tests/support/reference_ops.h"
#include "tests/support/shared_device.h"

namespace ms {
namespace {

namespace fs = std::filesystem;
using test::GgufWriter;

constexpr std::int64_t kModel = 256, kInner = 512, kState = 16, kRank = 16, kConv = 4, kVocab = 96, kLayers = 2;

/// A small Mamba of random weights, whose large matrices have a stored type; written both ways.
class TwoFiles {
public:
    TwoFiles(const fs::path& folder, DType type, bool tokenizer) : m_type(type) {
        config();
        both("token_embd.weight", "backbone.embeddings.weight", {kVocab, kModel}, 0.05f, true);
        for (std::int64_t k = 0; k < kLayers; ++k) layer("blk." + std::to_string(k) + ".", "backbone.layers." + std::to_string(k) + ".");
        ones("output_norm.weight", "backbone.norm_f.weight", {kModel});
        if (tokenizer) vocabulary();
        fs::create_directories(folder / "safetensors");
        std::vector<TensorToWrite> tensors;
        for (const Kept& k : m_kept) tensors.push_back({k.name, DType::F32, k.shape, std::as_bytes(std::span(k.values))});
        EXPECT_TRUE(writeSafetensors(folder / "safetensors" / "model.safetensors", tensors));
        std::ofstream(folder / "safetensors" / "config.json") << m_config.dump();
        std::ofstream(folder / "model.gguf", std::ios::binary) << m_gguf.finish();
    }

private:
    struct Kept {
        std::string name;
        Shape shape;
        std::vector<float> values;
    };

    void config() {
        m_config = {{"model_type", "mamba"}, {"hidden_size", kModel}, {"intermediate_size", kInner}, {"state_size", kState},
                    {"conv_kernel", kConv}, {"time_step_rank", kRank}, {"num_hidden_layers", kLayers}, {"vocab_size", kVocab},
                    {"layer_norm_epsilon", 1e-5}, {"use_bias", false}, {"use_conv_bias", true}, {"tie_word_embeddings", true}};
        m_gguf.set("general.architecture", "mamba");
        m_gguf.set("mamba.embedding_length", static_cast<std::uint32_t>(kModel));
        m_gguf.set("mamba.block_count", static_cast<std::uint32_t>(kLayers));
        m_gguf.set("mamba.ssm.inner_size", static_cast<std::uint32_t>(kInner));
        m_gguf.set("mamba.ssm.state_size", static_cast<std::uint32_t>(kState));
        m_gguf.set("mamba.ssm.conv_kernel", static_cast<std::uint32_t>(kConv));
        m_gguf.set("mamba.ssm.time_step_rank", static_cast<std::uint32_t>(kRank));
        m_gguf.set("mamba.attention.layer_norm_rms_epsilon", 1e-5f);
    }
    void vocabulary() {
        std::vector<std::string> tokens = {"<unk>", "<s>", "</s>"};
        std::vector<std::int32_t> kinds = {2, 3, 3};
        for (char c = 'a'; c <= 'z'; ++c) tokens.push_back(std::string(1, c));
        tokens.push_back("▁");
        tokens.push_back("▁a");
        tokens.resize(kVocab);
        kinds.resize(kVocab, 1);
        for (std::size_t i = 31; i < tokens.size(); ++i) {
            tokens[i] = "[PAD" + std::to_string(i) + "]";
            kinds[i] = 5;
        }
        m_gguf.set("tokenizer.ggml.model", "llama");
        m_gguf.set("tokenizer.ggml.tokens", tokens);
        m_gguf.set("tokenizer.ggml.scores", std::vector<float>(tokens.size(), -1.0f));
        m_gguf.set("tokenizer.ggml.token_type", kinds);
        m_gguf.set("tokenizer.ggml.bos_token_id", 1u);
        m_gguf.set("tokenizer.ggml.eos_token_id", 2u);
    }
    void layer(const std::string& theirs, const std::string& ours) {
        ones(theirs + "attn_norm.weight", ours + "norm.weight", {kModel});
        both(theirs + "ssm_in.weight", ours + "mixer.in_proj.weight", {2 * kInner, kModel}, 0.06f, true);
        both(theirs + "ssm_conv1d.weight", ours + "mixer.conv1d.weight", {kInner, kConv}, 0.4f, false);
        both(theirs + "ssm_conv1d.bias", ours + "mixer.conv1d.bias", {kInner}, 0.1f, false);
        both(theirs + "ssm_x.weight", ours + "mixer.x_proj.weight", {kRank + 2 * kState, kInner}, 0.05f, true);
        both(theirs + "ssm_dt.weight", ours + "mixer.dt_proj.weight", {kInner, kRank}, 0.2f, false);
        both(theirs + "ssm_dt.bias", ours + "mixer.dt_proj.bias", {kInner}, 1.0f, false);
        both(theirs + "ssm_d", ours + "mixer.D", {kInner}, 0.5f, false);
        both(theirs + "ssm_out.weight", ours + "mixer.out_proj.weight", {kModel, kInner}, 0.05f, true);
        std::vector<float> A = reference::negativeA(kInner, kState, ++m_seed);
        m_gguf.tensor(theirs + "ssm_a", {kInner, kState}, A);
        for (float& a : A) a = std::log(-a);
        m_kept.push_back({ours + "mixer.A_log", {kInner, kState}, std::move(A)});
    }
    void both(const std::string& theirs, const std::string& ours, const Shape& shape, float deviation, bool quantised) {
        std::vector<float> values = reference::normal(shape.elements(), ++m_seed, 0.0f, deviation);
        if (quantised && isQuantised(m_type)) {
            reference::Quantised q = reference::quantise(m_type, values);
            m_gguf.tensor(theirs, m_type, shape, q.bytes);
            values = std::move(q.values);
        } else {
            m_gguf.tensor(theirs, shape, values);
        }
        m_kept.push_back({ours, shape, std::move(values)});
    }
    void ones(const std::string& theirs, const std::string& ours, const Shape& shape) {
        const std::vector<float> values(static_cast<std::size_t>(shape.elements()), 1.0f);
        m_gguf.tensor(theirs, shape, values);
        m_kept.push_back({ours, shape, values});
    }

    DType m_type;
    std::uint32_t m_seed = 0;
    nlohmann::json m_config;
    GgufWriter m_gguf;
    std::vector<Kept> m_kept;
};

class GgufModel : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        m_backend = sharedDevice(GetParam());
        if (!m_backend) GTEST_SKIP() << "no device " << GetParam();
        m_folder = fs::temp_directory_path() / ("mambascope-gguf-" + std::to_string(::getpid()));
        fs::create_directories(m_folder);
    }
    void TearDown() override {
        fs::remove_all(m_folder);
        EXPECT_EQ(validationMessageCount(), 0u);
    }
    std::vector<float> logits(const fs::path& path, std::int64_t chunk) {
        const auto model = Model::load(path, m_backend);
        if (!model) {
            ADD_FAILURE() << model.error().message;
            return {};
        }
        auto session = Session::create(*model);
        EXPECT_TRUE(session);
        std::vector<TokenId> ids;
        for (int i = 0; i < 21; ++i) ids.push_back((i * 37 + 11) % 90);
        PrefillOptions options;
        options.chunk = chunk;
        const auto read = (*session)->prefill(ids, options);
        EXPECT_TRUE(read);
        return {read->begin(), read->end()};
    }

    std::shared_ptr<Backend> m_backend;
    fs::path m_folder;
};
INSTANTIATE_TEST_SUITE_P(Devices, GgufModel, testing::Values("host", "llvmpipe"));

TEST_P(GgufModel, logitsEqualThoseOfTheWidenedWeights) {
    for (const DType type : {DType::F32, DType::Q8_0, DType::Q4_0, DType::Q4_K, DType::Q5_K, DType::Q6_K}) {
        const TwoFiles files(m_folder, type, false);
        for (const std::int64_t chunk : {0, 1}) {
            const std::vector<float> blocks = logits(m_folder / "model.gguf", chunk), widened = logits(m_folder / "safetensors", chunk);
            const std::vector<double> expected(widened.begin(), widened.end());
            EXPECT_LT(reference::relativeError(blocks, expected), 1e-5) << name(type) << ", chunks of " << chunk;
        }
    }
}

TEST_P(GgufModel, bringsItsTokenizer) {
    const TwoFiles files(m_folder, DType::Q8_0, true);
    const auto model = Model::load(m_folder / "model.gguf", m_backend);
    ASSERT_TRUE(model) << model.error().message;
    ASSERT_NE((*model)->tokenizer(), nullptr);
    EXPECT_EQ(*(*model)->tokenizer()->encode("ab"), (std::vector<TokenId>{1, 30, 4}));  // <s> ▁a b
    const auto info = inspectModel(m_folder / "model.gguf");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->format, "GGUF v3");
    EXPECT_TRUE(info->problems.empty()) << info->problems.front();
}

// ---- vocabularies ----

TEST(GgufTokenizer, bytePairsAreThoseOfATokenizerJson) {
    GgufWriter w;
    w.set("tokenizer.ggml.model", "gpt2");
    w.set("tokenizer.ggml.pre", "gpt-2");
    w.set("tokenizer.ggml.tokens", std::vector<std::string>{"h", "e", "l", "o", "Ġ", "he", "ll", "hell", "hello", "Ġhe", "<|end|>", "[PAD11]"});
    w.set("tokenizer.ggml.token_type", std::vector<std::int32_t>{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 5});
    w.set("tokenizer.ggml.merges", std::vector<std::string>{"h e", "l l", "he ll", "hell o", "Ġ he"});
    w.set("tokenizer.ggml.bos_token_id", 10u);
    std::string file = w.finish();
    auto gguf = parseGguf(std::as_bytes(std::span(file)), "m.gguf");
    ASSERT_TRUE(gguf) << gguf.error().message;
    auto tokenizer = tokenizerOf(*gguf, "m.gguf");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    ASSERT_TRUE(*tokenizer);
    EXPECT_EQ(*(*tokenizer)->encode("hello he<|end|>lo"), (std::vector<TokenId>{8, 9, 10, 2, 3}));
    EXPECT_EQ((*tokenizer)->decode(std::vector<TokenId>{8, 9}), "hello he");
    EXPECT_TRUE((*tokenizer)->isSpecial(10));
    EXPECT_FALSE((*tokenizer)->hasToken(11));

    w.set("tokenizer.ggml.add_bos_token", true);
    file = w.finish();
    gguf = parseGguf(std::as_bytes(std::span(file)), "m.gguf");
    tokenizer = tokenizerOf(*gguf, "m.gguf");
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_EQ(*(*tokenizer)->encode("hello"), (std::vector<TokenId>{10, 8}));
}

TEST(GgufTokenizer, saysWhatDoesNotFit) {
    const auto error = [](const std::function<void(GgufWriter&)>& fill) {
        GgufWriter w;
        fill(w);
        const std::string file = w.finish();
        const auto gguf = parseGguf(std::as_bytes(std::span(file)), "m.gguf");
        EXPECT_TRUE(gguf);
        const auto tokenizer = tokenizerOf(*gguf, "m.gguf");
        return tokenizer ? std::string("opened") : tokenizer.error().message;
    };
    const auto expectWords = [](const std::string& message, std::initializer_list<const char*> words) {
        for (const char* word : words) EXPECT_NE(message.find(word), std::string::npos) << message;
    };
    expectWords(error([](GgufWriter& w) { w.set("tokenizer.ggml.model", "gpt2"); }), {"m.gguf", "tokenizer.ggml.tokens"});
    expectWords(error([](GgufWriter& w) {
        w.set("tokenizer.ggml.model", "llama");
        w.set("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
    }), {"tokenizer.ggml.scores", "0 entries"});
    expectWords(error([](GgufWriter& w) {
        w.set("tokenizer.ggml.model", "gpt2");
        w.set("tokenizer.ggml.pre", "martian");
        w.set("tokenizer.ggml.tokens", std::vector<std::string>{"a"});
    }), {"\"martian\"", "not known"});
    expectWords(error([](GgufWriter& w) {
        w.set("tokenizer.ggml.model", "llama");
        w.set("tokenizer.ggml.tokens", std::vector<std::string>{"a"});
        w.set("tokenizer.ggml.token_type", std::vector<std::int32_t>{1, 1});
    }), {"tokenizer.ggml.token_type", "2 entries"});
    EXPECT_EQ(error([](GgufWriter& w) { w.set("tokenizer.ggml.model", "bert"); }), "opened");
    EXPECT_EQ(error([](GgufWriter&) {}), "opened");
}

}  // namespace
}  // namespace ms
