// The GGUF reader: every metadata type, alignment, block types; and what it must refuse, in one line.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/base/half.h"
#include "engine/formats/checkpoint.h"
#include "engine/formats/gguf.h"
#include "engine/formats/gguf_layout.h"
#include "tests/support/gguf_writer.h"
#include "tests/unit/formats/format_support.h"

namespace ms::test {
namespace {

constexpr ErrorCode kFormat = ErrorCode::Format, kUnsupported = ErrorCode::Unsupported;

Result<GgufFile> parse(const std::string& file) { return parseGguf(asBytes(file), "m.gguf"); }

TEST(Gguf, readsEveryMetadataType) {
    for (const std::uint32_t version : {2u, 3u}) {
        GgufWriter w;
        w.version = version;
        w.value("u8", 0, raw(std::uint8_t{200}));
        w.value("i8", 1, raw(std::int8_t{-3}));
        w.value("u16", 2, raw(std::uint16_t{60000}));
        w.value("i16", 3, raw(std::int16_t{-300}));
        w.set("u32", 4000000000u);
        w.value("i32", 5, raw(std::int32_t{-70000}));
        w.set("f32", 1.5f);
        w.set("bool", true);
        w.set("text", "Grüße");
        w.value("u64", 10, raw(std::numeric_limits<std::uint64_t>::max()));
        w.value("i64", 11, raw(std::int64_t{-5}));
        w.value("f64", 12, raw(0.1));
        w.set("texts", std::vector<std::string>{"a", "", "c"});
        w.set("numbers", std::vector<std::int32_t>{1, -2});
        w.set("reals", std::vector<float>{0.5f, -2.0f});
        w.value("none", 9, raw(std::uint32_t{4}) + raw(std::uint64_t{0}));
        const std::string file = w.finish();
        const auto gguf = parse(file);
        ASSERT_TRUE(gguf) << gguf.error().message;
        EXPECT_EQ(gguf->version, version);
        ASSERT_EQ(gguf->metadata.size(), 16u);
        EXPECT_EQ(gguf->find("u8")->whole(), 200);
        EXPECT_EQ(gguf->find("i8")->whole(), -3);
        EXPECT_EQ(gguf->find("u16")->whole(), 60000);
        EXPECT_EQ(gguf->find("i16")->whole(), -300);
        EXPECT_EQ(gguf->find("u32")->whole(), 4000000000);
        EXPECT_EQ(gguf->find("i32")->whole(), -70000);
        EXPECT_EQ(gguf->find("f32")->floating(), 1.5);
        EXPECT_EQ(gguf->find("bool")->whole(), 1);
        EXPECT_EQ(gguf->find("text")->text, "Grüße");
        EXPECT_EQ(gguf->find("u64")->whole(), std::nullopt);
        EXPECT_EQ(gguf->find("i64")->whole(), -5);
        EXPECT_EQ(gguf->find("f64")->floating(), 0.1);
        EXPECT_EQ(std::vector<std::string_view>(gguf->texts("texts").begin(), gguf->texts("texts").end()),
                  (std::vector<std::string_view>{"a", "", "c"}));
        EXPECT_EQ(gguf->find("numbers")->integers, (std::vector<std::int64_t>{1, -2}));
        EXPECT_EQ(gguf->find("reals")->reals, (std::vector<float>{0.5f, -2.0f}));
        EXPECT_EQ(gguf->find("none")->kind, GgufValue::Kind::Array);
        EXPECT_EQ(gguf->find("missing"), nullptr);
    }
}

TEST(Gguf, readsTensorsAtAnyAlignment) {
    for (const std::uint64_t alignment : {32u, 8u, 256u}) {
        GgufWriter w;
        w.alignment = alignment;
        w.set("general.alignment", static_cast<std::uint32_t>(alignment));
        const std::vector<float> a{1, 2, 3, 4, 5, 6}, b{7};
        const std::vector<std::byte> blocks(2 * 34, std::byte{1});
        w.tensor("a", {2, 3}, a);
        w.tensor("q", DType::Q8_0, {2, 32}, blocks);
        w.tensor("b", {1}, b);
        const std::string file = w.finish();
        const auto gguf = parse(file);
        ASSERT_TRUE(gguf) << gguf.error().message;
        ASSERT_EQ(gguf->tensors.size(), 3u);
        EXPECT_EQ(gguf->tensors[0].shape, (Shape{2, 3}));
        EXPECT_EQ(valuesOf<float>(gguf->tensors[0].bytes), a);
        EXPECT_EQ(gguf->tensors[1].dtype, DType::Q8_0);
        EXPECT_EQ(gguf->tensors[1].bytes.size(), 68u);
        EXPECT_EQ(valuesOf<float>(gguf->tensors[2].bytes), b);
    }
}

TEST(Gguf, refusesWhatTheFileCannotHold) {
    constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;
    GgufWriter w;
    w.set("general.architecture", "mamba");
    const std::string file = w.finish();
    expectError(parse(w.finish(kHuge, 1)), kFormat, {"m.gguf", "tensors"});
    expectError(parse(w.finish(0, kHuge)), kFormat, {"m.gguf", "metadata keys"});
    expectError(parse(w.finish(0, 2)), kFormat, {"metadata"});
    expectError(parse(w.finish(1, 1)), kFormat, {"tensor"});
    for (std::size_t size = 0; size < 24 + 8 + 20 + 4 + 8 + 5; ++size) EXPECT_FALSE(parse(file.substr(0, size))) << size;

    const auto withValue = [](std::uint32_t type, const std::string& bytes) {
        GgufWriter v;
        v.value("key", type, bytes);
        return parse(v.finish());
    };
    expectError(withValue(8, raw(kHuge) + "x"), kFormat, {"\"key\"", "past the end"});
    expectError(withValue(8, raw(std::uint64_t{1000}) + "x"), kFormat, {"\"key\"", "past the end"});
    expectError(withValue(9, raw(std::uint32_t{4}) + raw(kHuge)), kFormat, {"\"key\"", "elements"});
    expectError(withValue(9, raw(std::uint32_t{8}) + raw(std::uint64_t{100000})), kFormat, {"\"key\"", "elements"});
    expectError(withValue(9, raw(std::uint32_t{9}) + raw(std::uint64_t{1}) + raw(std::uint32_t{4}) + raw(std::uint64_t{0})), kFormat,
                {"\"key\"", "array of arrays"});
    expectError(withValue(9, raw(std::uint32_t{77}) + raw(std::uint64_t{1})), kFormat, {"unknown type 77"});
    expectError(withValue(13, ""), kFormat, {"unknown type 13"});
    GgufWriter twice;
    twice.set("key", 1u);
    twice.set("key", 2u);
    expectError(parse(twice.finish()), kFormat, {"\"key\"", "twice"});
}

TEST(Gguf, refusesTensorsThatDoNotFit) {
    const auto with = [](const std::vector<std::uint64_t>& dims, std::uint32_t code, std::uint64_t offset) {
        GgufWriter w;
        const std::vector<float> filler(64, 1.0f);
        w.tensor("filler", {64}, filler);
        w.rawTensor("w", dims, code, offset);
        return parse(w.finish());
    };
    expectError(with({64}, 0, 256), kFormat, {"\"w\"", "past the end"});
    expectError(with({64}, 0, std::uint64_t{1} << 63), kFormat, {"\"w\"", "past the end"});
    expectError(with({std::uint64_t{1} << 40, std::uint64_t{1} << 40}, 0, 0), kFormat, {"\"w\"", "larger"});
    expectError(with({std::uint64_t{1} << 62, 32}, 8, 0), kFormat, {"\"w\""});
    expectError(with({8}, 0, 32), kFormat, {"overlaps"});
    expectError(with({8}, 0, 4), kFormat, {"multiple of 32"});
    expectError(with({1, 1, 1, 1, 1}, 0, 256), kFormat, {"5 dimensions"});
    expectError(with({33}, 8, 256), kFormat, {"whole blocks of Q8_0"});
    expectError(with({32}, 3, 256), kUnsupported, {"Q4_1", "quantise"});
    expectError(with({32}, 99, 256), kFormat, {"unknown type 99"});
    for (const std::uint32_t alignment : {0u, 3u, 1u << 30}) {
        GgufWriter w;
        w.set("general.alignment", alignment);
        expectError(parse(w.finish()), kFormat, {"general.alignment"});
    }
    GgufWriter twice;
    twice.tensor("w", {1}, std::vector<float>{1});
    twice.tensor("w", {1}, std::vector<float>{1});
    expectError(parse(twice.finish()), kFormat, {"\"w\"", "twice"});
}

TEST(Gguf, refusesOtherVersions) {
    GgufWriter w;
    w.version = 1;
    expectError(parse(w.finish()), kUnsupported, {"version 1"});
    w.version = 0x03000000;
    expectError(parse(w.finish()), kUnsupported, {"big-endian"});
    expectError(parse("GGUX" + w.finish().substr(4)), kFormat, {"not a GGUF"});
}

// ---- what the families are told ----

Result<GgufModel> translate(const GgufWriter& w, std::string& file) {
    file = w.finish();
    MS_TRY(const GgufFile gguf, parse(file));
    return translateGguf(gguf, "m.gguf");
}

TEST(GgufLayout, mambaIsNamedAsHuggingFaceDoes) {
    GgufWriter w;
    w.set("general.architecture", "mamba");
    w.set("mamba.embedding_length", 2u);
    w.set("mamba.block_count", 1u);
    w.set("mamba.ssm.inner_size", 4u);
    w.set("mamba.ssm.state_size", 2u);
    w.set("mamba.ssm.conv_kernel", 3u);
    w.set("mamba.ssm.time_step_rank", 1u);
    w.set("mamba.attention.layer_norm_rms_epsilon", 1e-5f);
    w.set("tokenizer.ggml.eos_token_id", 7u);
    const std::vector<float> embedding(6, 0.5f), A{-1, -2, -3, -0.5f, -1, -2, -3, -4}, conv(12, 0.25f);
    w.tensor("token_embd.weight", {3, 2}, embedding);
    w.tensor("blk.0.ssm_a", {4, 2}, A);
    w.tensor("blk.0.ssm_conv1d.weight", {4, 3}, conv);
    w.tensor("blk.0.strange", {1}, std::vector<float>{1});
    std::string file;
    const auto model = translate(w, file);
    ASSERT_TRUE(model) << model.error().message;
    const auto& c = model->config;
    EXPECT_EQ(c["model_type"], "mamba");
    EXPECT_EQ(c["hidden_size"], 2);
    EXPECT_EQ(c["num_hidden_layers"], 1);
    EXPECT_EQ(c["intermediate_size"], 4);
    EXPECT_EQ(c["vocab_size"], 3);
    EXPECT_EQ(c["layer_norm_epsilon"], 1e-5);
    EXPECT_EQ(c["tie_word_embeddings"], true);
    EXPECT_EQ(c["use_conv_bias"], false);
    EXPECT_EQ(c["eos_token_id"], 7);
    EXPECT_EQ(model->tensors[0].name, "backbone.embeddings.weight");
    EXPECT_EQ(model->tensors[1].name, "backbone.layers.0.mixer.A_log");
    const auto logs = valuesOf<float>(model->tensors[1].bytes);
    for (std::size_t i = 0; i < A.size(); ++i) EXPECT_NEAR(-std::exp(logs[i]), A[i], 1e-6);
    EXPECT_EQ(model->tensors[2].shape, (Shape{4, 1, 3}));
    EXPECT_EQ(model->tensors[3].name, "blk.0.strange");

    w.set("mamba.ssm.dt_b_c_rms", true);
    EXPECT_EQ(translate(w, file)->config["model_type"], "falcon_mamba");
    GgufWriter empty = w;
    empty.tensor("blk.1.ssm_a", {0}, std::vector<float>{});
    expectError(translate(empty, file), kFormat, {"blk.1.ssm_a", "empty"});
    w.tensor("blk.1.ssm_a", {1}, std::vector<float>{0.5f});
    expectError(translate(w, file), kFormat, {"blk.1.ssm_a", "negative"});
}

TEST(GgufLayout, jambaListsItsLayers) {
    GgufWriter w;
    w.set("general.architecture", "jamba");
    w.set("jamba.embedding_length", 2u);
    w.set("jamba.block_count", 4u);
    w.set("jamba.ssm.inner_size", 4u);
    w.set("jamba.ssm.state_size", 2u);
    w.set("jamba.ssm.conv_kernel", 3u);
    w.set("jamba.ssm.time_step_rank", 1u);
    w.set("jamba.attention.head_count", 4u);
    w.set("jamba.attention.head_count_kv", std::vector<std::int32_t>{0, 2, 0, 2});
    w.set("jamba.feed_forward_length", 8u);
    w.set("jamba.expert_count", 2u);
    w.set("jamba.expert_used_count", 1u);
    w.tensor("token_embd.weight", {3, 2}, std::vector<float>(6));
    w.tensor("output.weight", {3, 2}, std::vector<float>(6));
    w.tensor("blk.2.ffn_gate_inp.weight", {2, 2}, std::vector<float>(4));
    std::vector<float> experts(2 * 8 * 2);
    for (std::size_t i = 0; i < experts.size(); ++i) experts[i] = static_cast<float>(i);
    w.tensor("blk.2.ffn_up_exps.weight", {2, 8, 2}, experts);
    std::string file;
    const auto model = translate(w, file);
    ASSERT_TRUE(model) << model.error().message;
    const auto& c = model->config;
    EXPECT_EQ(c["attn_layer_offset"], 1);
    EXPECT_EQ(c["attn_layer_period"], 2);
    EXPECT_EQ(c["expert_layer_offset"], 2);
    EXPECT_EQ(c["expert_layer_period"], 4);
    EXPECT_EQ(c["num_key_value_heads"], 2);
    EXPECT_EQ(c["mamba_expand"], 2);
    EXPECT_EQ(c["tie_word_embeddings"], false);
    EXPECT_EQ(model->tensors[4].name, "model.layers.2.feed_forward.experts.1.up_proj.weight");
    EXPECT_EQ(model->tensors[4].shape, (Shape{8, 2}));
    EXPECT_EQ(valuesOf<float>(model->tensors[4].bytes).front(), 16.0f);
}

TEST(GgufLayout, refusesWhatNoFamilyReads) {
    std::string file;
    GgufWriter nameless;
    expectError(translate(nameless, file), kFormat, {"general.architecture"});
    GgufWriter other;
    other.set("general.architecture", "gptj");
    expectError(translate(other, file), kUnsupported, {"\"gptj\"", "jamba"});
    GgufWriter bare;
    bare.set("general.architecture", "llama");
    expectError(translate(bare, file), kFormat, {"llama.embedding_length"});
}

TEST(GgufLayout, checkpointOpensTheOnlyGgufOfAFolder) {
    GgufWriter w;
    w.set("general.architecture", "llama");
    w.set("llama.embedding_length", 2u);
    w.set("llama.block_count", 1u);
    w.set("llama.attention.head_count", 2u);
    w.set("llama.feed_forward_length", 4u);
    w.set("llama.rope.freq_base", 500000.0f);
    w.tensor("token_embd.weight", {3, 2}, std::vector<float>(6));
    w.tensor("blk.0.attn_q.weight", {2, 2}, std::vector<float>(4));
    w.tensor("rope_freqs.weight", {1}, std::vector<float>{8});
    const TempFolder folder;
    const auto path = folder.write("model-Q8_0.gguf", w.finish());
    const auto checkpoint = Checkpoint::open(folder.path());
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    EXPECT_EQ(checkpoint->formatName(), "GGUF v3");
    EXPECT_EQ(checkpoint->config()["model_type"], "llama");
    EXPECT_EQ(checkpoint->config()["rope_theta"], 500000.0);
    EXPECT_EQ(checkpoint->config()["rope_factors"], nlohmann::json::array({8.0}));  // of Llama 3
    EXPECT_EQ(checkpoint->find("rope_freqs.weight"), nullptr);
    EXPECT_EQ(checkpoint->config()["num_key_value_heads"], 2);
    EXPECT_EQ(checkpoint->configFile(), path);
    ASSERT_NE(checkpoint->gguf(), nullptr);
    EXPECT_NE(checkpoint->find("model.layers.0.self_attn.q_proj.weight"), nullptr);
    folder.write("other.gguf", w.finish());
    expectError(Checkpoint::open(folder.path()), ErrorCode::InvalidArgument, {"2 .gguf files"});
}

}  // namespace
}  // namespace ms::test
