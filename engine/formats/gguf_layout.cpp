#include "engine/formats/gguf_layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

#include "engine/base/half.h"
#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

using nlohmann::json;

constexpr std::int64_t kMostParts = 4096;  // layers, or experts of one

/// One row of a table of names: behind "blk.N." and behind the layer's prefix.
struct NameRow {
    std::string_view gguf, ours;
};

constexpr NameRow kMambaNames[] = {
    {"attn_norm.weight", "norm.weight"},           {"ssm_in.weight", "mixer.in_proj.weight"},
    {"ssm_conv1d.weight", "mixer.conv1d.weight"},  {"ssm_conv1d.bias", "mixer.conv1d.bias"},
    {"ssm_x.weight", "mixer.x_proj.weight"},       {"ssm_dt.weight", "mixer.dt_proj.weight"},
    {"ssm_dt.bias", "mixer.dt_proj.bias"},         {"ssm_a", "mixer.A_log"},
    {"ssm_d", "mixer.D"},                          {"ssm_out.weight", "mixer.out_proj.weight"},
};
constexpr NameRow kMamba2Names[] = {
    {"attn_norm.weight", "norm.weight"},          {"ssm_in.weight", "mixer.in_proj.weight"},
    {"ssm_conv1d.weight", "mixer.conv1d.weight"}, {"ssm_conv1d.bias", "mixer.conv1d.bias"},
    {"ssm_dt.bias", "mixer.dt_bias"},             {"ssm_a", "mixer.A_log"},
    {"ssm_d", "mixer.D"},                         {"ssm_norm.weight", "mixer.norm.weight"},
    {"ssm_out.weight", "mixer.out_proj.weight"},
};
constexpr NameRow kJambaNames[] = {
    {"attn_norm.weight", "input_layernorm.weight"},   {"ffn_norm.weight", "pre_ff_layernorm.weight"},
    {"ssm_in.weight", "mamba.in_proj.weight"},        {"ssm_conv1d.weight", "mamba.conv1d.weight"},
    {"ssm_conv1d.bias", "mamba.conv1d.bias"},         {"ssm_x.weight", "mamba.x_proj.weight"},
    {"ssm_dt.weight", "mamba.dt_proj.weight"},        {"ssm_dt.bias", "mamba.dt_proj.bias"},
    {"ssm_a", "mamba.A_log"},                         {"ssm_d", "mamba.D"},
    {"ssm_out.weight", "mamba.out_proj.weight"},      {"ssm_dt_norm.weight", "mamba.dt_layernorm.weight"},
    {"ssm_b_norm.weight", "mamba.b_layernorm.weight"}, {"ssm_c_norm.weight", "mamba.c_layernorm.weight"},
    {"attn_q.weight", "self_attn.q_proj.weight"},     {"attn_k.weight", "self_attn.k_proj.weight"},
    {"attn_v.weight", "self_attn.v_proj.weight"},     {"attn_output.weight", "self_attn.o_proj.weight"},
    {"ffn_gate.weight", "feed_forward.gate_proj.weight"}, {"ffn_up.weight", "feed_forward.up_proj.weight"},
    {"ffn_down.weight", "feed_forward.down_proj.weight"}, {"ffn_gate_inp.weight", "feed_forward.router.weight"},
};
constexpr NameRow kJambaExperts[] = {
    {"ffn_gate_exps.weight", "gate_proj.weight"}, {"ffn_up_exps.weight", "up_proj.weight"}, {"ffn_down_exps.weight", "down_proj.weight"},
};
constexpr NameRow kLlamaNames[] = {
    {"attn_norm.weight", "input_layernorm.weight"}, {"ffn_norm.weight", "post_attention_layernorm.weight"},
    {"attn_q.weight", "self_attn.q_proj.weight"},   {"attn_k.weight", "self_attn.k_proj.weight"},
    {"attn_v.weight", "self_attn.v_proj.weight"},   {"attn_output.weight", "self_attn.o_proj.weight"},
    {"attn_q.bias", "self_attn.q_proj.bias"},       {"attn_k.bias", "self_attn.k_proj.bias"},
    {"attn_v.bias", "self_attn.v_proj.bias"},       {"attn_output.bias", "self_attn.o_proj.bias"},
    {"ffn_gate.weight", "mlp.gate_proj.weight"},    {"ffn_up.weight", "mlp.up_proj.weight"},
    {"ffn_down.weight", "mlp.down_proj.weight"},
};

struct Names {
    std::string_view embedding, layers, norm;
    std::span<const NameRow> rows;
};

Names namesOf(std::string_view architecture) {
    if (architecture == "mamba") return {"backbone.embeddings.weight", "backbone.layers.", "backbone.norm_f.weight", kMambaNames};
    if (architecture == "mamba2") return {"backbone.embeddings.weight", "backbone.layers.", "backbone.norm_f.weight", kMamba2Names};
    if (architecture == "jamba") return {"model.embed_tokens.weight", "model.layers.", "model.final_layernorm.weight", kJambaNames};
    return {"model.embed_tokens.weight", "model.layers.", "model.norm.weight", kLlamaNames};
}

class Translator {
public:
    Translator(const GgufFile& gguf, const std::string& file, std::string architecture)
        : m_gguf(gguf), m_file(file), m_architecture(std::move(architecture)), m_names(namesOf(m_architecture)) {}

    Result<GgufModel> run() {
        for (const TensorInfo& tensor : m_gguf.tensors) MS_CHECK(addTensor(tensor));
        MS_CHECK(writeConfig());
        return std::move(m_model);
    }

private:
    [[nodiscard]] Error wrong(const std::string& what) const { return {ErrorCode::Format, m_file + ": " + what}; }
    [[nodiscard]] const TensorInfo* tensor(std::string_view name) const {
        const auto found = std::find_if(m_gguf.tensors.begin(), m_gguf.tensors.end(), [&](const TensorInfo& t) { return t.name == name; });
        return found == m_gguf.tensors.end() ? nullptr : &*found;
    }

    // ---- tensors ----

    Result<void> addTensor(TensorInfo t) {
        if (t.name == "rope_freqs.weight" && m_architecture == "llama") return {};  // in the configuration
        if (t.name == "token_embd.weight") t.name = m_names.embedding;
        else if (t.name == "output_norm.weight") t.name = m_names.norm;
        else if (t.name == "output.weight") t.name = "lm_head.weight";
        else if (t.name.starts_with("blk.")) return addOfLayer(std::move(t));
        m_model.tensors.push_back(std::move(t));
        return {};
    }

    Result<void> addOfLayer(TensorInfo t) {
        std::string_view rest = std::string_view(t.name).substr(4);
        std::uint32_t layer = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), layer);
        if (error == std::errc() && end != rest.data() + rest.size() && *end == '.') {
            rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
            const std::string prefix = std::string(m_names.layers) + std::to_string(layer) + ".";
            if (m_architecture == "jamba")
                for (const NameRow& row : kJambaExperts)
                    if (rest == row.gguf) return addExperts(t, prefix + "feed_forward.experts.", row.ours);
            for (const NameRow& row : m_names.rows)
                if (rest == row.gguf) {
                    reshape(t, rest);
                    if (rest == "ssm_a") MS_CHECK(undoExponential(t));
                    t.name = prefix + std::string(row.ours);
                    break;
                }
        }
        m_model.tensors.push_back(std::move(t));
        return {};
    }

    /// Shapes that the converter squeezed or stretched.
    void reshape(TensorInfo& t, std::string_view name) const {
        if (name == "ssm_conv1d.weight" && t.shape.rank() == 2) t.shape = {t.shape[0], 1, t.shape[1]};
        const bool vector = m_architecture == "mamba2" && (name == "ssm_a" || name == "ssm_d" || name == "ssm_norm.weight");
        if (vector) t.shape = {t.shape.elements()};
    }

    /// A becomes A_log, which the families read.
    Result<void> undoExponential(TensorInfo& t) {
        std::vector<float> values = widenToFloat(t.dtype, t.bytes);
        if (values.empty()) return wrong("tensor " + inQuotes(t.name) + " is empty");
        for (float& a : values) {
            if (!(a < 0)) return wrong("tensor " + inQuotes(t.name) + " holds " + std::to_string(a) + ", but A must be negative");
            a = std::log(-a);
        }
        std::vector<std::byte> bytes(values.size() * sizeof(float));
        std::memcpy(bytes.data(), values.data(), bytes.size());
        t.dtype = DType::F32;
        t.bytes = m_model.copies.emplace_back(std::move(bytes));
        return {};
    }

    /// One tensor [experts, N, K] becomes a tensor for every expert.
    Result<void> addExperts(const TensorInfo& all, const std::string& prefix, std::string_view ours) {
        if (all.shape.rank() != 3) return wrong("tensor " + inQuotes(all.name) + " has shape " + all.shape.text() + ", not [experts, outputs, inputs]");
        if (all.shape[0] < 1 || all.shape[0] > kMostParts) return wrong("tensor " + inQuotes(all.name) + " has " + std::to_string(all.shape[0]) + " experts");
        const auto experts = static_cast<std::size_t>(all.shape[0]);
        const std::size_t each = all.bytes.size() / experts;
        for (std::size_t e = 0; e < experts; ++e) {
            TensorInfo one = all;
            one.name = prefix + std::to_string(e) + "." + std::string(ours);
            one.shape = {all.shape[1], all.shape[2]};
            one.bytes = all.bytes.subspan(e * each, each);
            m_model.tensors.push_back(std::move(one));
        }
        return {};
    }

    // ---- configuration ----

    [[nodiscard]] const GgufValue* find(const char* key) const { return m_gguf.find(m_architecture + "." + key); }
    [[nodiscard]] std::optional<std::int64_t> whole(const char* key) const {
        const GgufValue* value = find(key);
        return value == nullptr ? std::nullopt : value->whole();
    }
    /// config[ours] = the file's whole number, or an error when it has none and there is no `otherwise`.
    Result<void> copyWhole(const char* key, const char* ours, std::optional<std::int64_t> otherwise = {}) {
        const auto value = find(key) == nullptr ? otherwise : whole(key);
        if (!value) return wrong("metadata " + m_architecture + "." + key + " is missing or no whole number");
        m_model.config[ours] = *value;
        return {};
    }
    Result<void> copyReal(const char* key, const char* ours, double otherwise) {
        const GgufValue* value = find(key);
        const auto number = value == nullptr ? std::optional(otherwise) : value->floating();
        if (!number) return wrong("metadata " + m_architecture + "." + key + " is no number");
        // The file holds floats: what was 1e-5 is to be 1e-5 again.
        m_model.config[ours] = value == nullptr ? *number : std::stod(shortest(static_cast<float>(*number)));
        return {};
    }
    static std::string shortest(float value) {
        char text[48];
        return {text, std::to_chars(text, text + sizeof text, value).ptr};
    }

    Result<void> writeConfig() {
        json& c = m_model.config;
        c["gguf"] = true;
        MS_CHECK(copyWhole("embedding_length", "hidden_size"));
        MS_CHECK(copyWhole("block_count", "num_hidden_layers"));
        const TensorInfo* embedding = tensor("token_embd.weight");
        if (embedding == nullptr || embedding->shape.rank() != 2) return wrong("tensor token_embd.weight is missing or no matrix");
        c["vocab_size"] = embedding->shape[0];
        c["tie_word_embeddings"] = tensor("output.weight") == nullptr;
        for (const auto& [key, ours] : {std::pair{"tokenizer.ggml.bos_token_id", "bos_token_id"}, {"tokenizer.ggml.eos_token_id", "eos_token_id"}})
            if (const GgufValue* id = m_gguf.find(key); id != nullptr && id->whole()) c[ours] = *id->whole();
        if (m_architecture == "mamba") return writeMamba();
        if (m_architecture == "mamba2") return writeMamba2();
        if (m_architecture == "jamba") return writeJamba();
        return writeLlama();
    }

    Result<void> writeMamba() {
        json& c = m_model.config;
        const GgufValue* normed = find("ssm.dt_b_c_rms");
        const bool falcon = normed != nullptr && normed->whole().value_or(0) != 0;
        c["model_type"] = falcon ? "falcon_mamba" : "mamba";
        MS_CHECK(copyWhole("ssm.inner_size", "intermediate_size"));
        MS_CHECK(copyWhole("ssm.state_size", "state_size"));
        MS_CHECK(copyWhole("ssm.conv_kernel", "conv_kernel"));
        MS_CHECK(copyWhole("ssm.time_step_rank", "time_step_rank"));
        MS_CHECK(copyReal("attention.layer_norm_rms_epsilon", "layer_norm_epsilon", 1e-5));
        if (falcon) c["mixer_rms_eps"] = 1e-6;
        c["use_bias"] = false;
        c["use_conv_bias"] = tensor("blk.0.ssm_conv1d.bias") != nullptr;
        return {};
    }

    Result<void> writeMamba2() {
        json& c = m_model.config;
        c["model_type"] = "mamba2";
        const auto inner = whole("ssm.inner_size"), heads = whole("ssm.time_step_rank"), width = whole("embedding_length");
        if (!inner || !heads || *heads < 1 || *inner < 1 || *inner % *heads != 0)
            return wrong("metadata mamba2.ssm.inner_size is no multiple of mamba2.ssm.time_step_rank, the number of heads");
        if (!width || *width < 1 || *inner % *width != 0) return wrong("metadata mamba2.ssm.inner_size is no multiple of mamba2.embedding_length");
        c["intermediate_size"] = *inner;
        c["expand"] = *inner / *width;
        c["num_heads"] = *heads;
        c["head_dim"] = *inner / *heads;
        MS_CHECK(copyWhole("ssm.group_count", "n_groups", 1));
        MS_CHECK(copyWhole("ssm.state_size", "state_size"));
        MS_CHECK(copyWhole("ssm.conv_kernel", "conv_kernel"));
        MS_CHECK(copyReal("attention.layer_norm_rms_epsilon", "layer_norm_epsilon", 1e-5));
        c["norm_per_group"] = true;
        c["use_bias"] = false;
        c["use_conv_bias"] = tensor("blk.0.ssm_conv1d.bias") != nullptr;
        return {};
    }

    /// First index and distance of the true entries, as the configuration says it.
    Result<std::pair<std::int64_t, std::int64_t>> regular(const std::vector<bool>& is, const std::string& what) const {
        std::int64_t offset = -1, period = static_cast<std::int64_t>(is.size());
        for (std::size_t i = 0; i < is.size(); ++i) {
            if (!is[i]) continue;
            if (offset < 0) offset = static_cast<std::int64_t>(i);
            else if (period == static_cast<std::int64_t>(is.size())) period = static_cast<std::int64_t>(i) - offset;
        }
        if (offset < 0) return std::pair<std::int64_t, std::int64_t>{0, period};
        for (std::size_t i = 0; i < is.size(); ++i)
            if (is[i] != (static_cast<std::int64_t>(i) % period == offset % period && static_cast<std::int64_t>(i) >= offset))
                return Error{ErrorCode::Unsupported, m_file + ": " + what + " do not come at regular distances"};
        return std::pair{offset, period};
    }

    Result<void> writeJamba() {
        json& c = m_model.config;
        c["model_type"] = "jamba";
        MS_CHECK(copyWhole("ssm.state_size", "mamba_d_state"));
        MS_CHECK(copyWhole("ssm.conv_kernel", "mamba_d_conv"));
        MS_CHECK(copyWhole("ssm.time_step_rank", "mamba_dt_rank"));
        const auto inner = whole("ssm.inner_size"), width = whole("embedding_length"), layers = whole("block_count");
        if (!inner || !width || *width < 1 || *inner % *width != 0) return wrong("metadata jamba.ssm.inner_size is no multiple of jamba.embedding_length");
        c["mamba_expand"] = *inner / *width;
        c["mamba_conv_bias"] = true;
        c["mamba_proj_bias"] = false;
        MS_CHECK(copyReal("attention.layer_norm_rms_epsilon", "rms_norm_eps", 1e-6));
        MS_CHECK(copyWhole("attention.head_count", "num_attention_heads"));
        MS_CHECK(copyWhole("feed_forward_length", "intermediate_size"));
        MS_CHECK(copyWhole("expert_count", "num_experts", 1));
        MS_CHECK(copyWhole("expert_used_count", "num_experts_per_tok", 1));
        const GgufValue* kv = find("attention.head_count_kv");
        if (kv == nullptr || kv->kind != GgufValue::Kind::Array || static_cast<std::int64_t>(kv->integers.size()) != layers.value_or(-1) ||
            kv->integers.size() > static_cast<std::size_t>(kMostParts))
            return wrong("metadata jamba.attention.head_count_kv must list the key heads of every layer");
        std::vector<bool> attends, mixes;
        std::int64_t heads = 0;
        for (std::size_t i = 0; i < kv->integers.size(); ++i) {
            attends.push_back(kv->integers[i] > 0);
            heads = std::max(heads, kv->integers[i]);
            mixes.push_back(tensor("blk." + std::to_string(i) + ".ffn_gate_inp.weight") != nullptr);
        }
        c["num_key_value_heads"] = heads;
        MS_TRY(const auto attention, regular(attends, "attention layers"));
        MS_TRY(const auto experts, regular(mixes, "layers with experts"));
        c["attn_layer_offset"] = attention.first;
        c["attn_layer_period"] = attention.second;
        c["expert_layer_offset"] = experts.first;
        c["expert_layer_period"] = experts.second;
        return {};
    }

    Result<void> writeLlama() {
        json& c = m_model.config;
        c["model_type"] = "llama";
        MS_CHECK(copyWhole("attention.head_count", "num_attention_heads"));
        MS_CHECK(copyWhole("attention.head_count_kv", "num_key_value_heads", whole("attention.head_count")));
        MS_CHECK(copyWhole("feed_forward_length", "intermediate_size"));
        MS_CHECK(copyReal("attention.layer_norm_rms_epsilon", "rms_norm_eps", 1e-6));
        MS_CHECK(copyReal("rope.freq_base", "rope_theta", 10000.0));
        if (find("attention.key_length") != nullptr) MS_CHECK(copyWhole("attention.key_length", "head_dim"));
        if (find("context_length") != nullptr) MS_CHECK(copyWhole("context_length", "max_position_embeddings"));
        c["attention_bias"] = tensor("blk.0.attn_q.bias") != nullptr;
        c["rope_interleaved"] = true;
        if (const TensorInfo* factors = tensor("rope_freqs.weight")) c["rope_factors"] = widenToFloat(factors->dtype, factors->bytes);
        if (const GgufValue* scaling = find("rope.scaling.type"); scaling != nullptr && scaling->text != "none") {
            if (scaling->text != "linear")
                return Error{ErrorCode::Unsupported, m_file + ": rope scaling " + inQuotes(scaling->text) + " is not supported; known: linear"};
            MS_CHECK(copyReal("rope.scaling.factor", "rope_factor", 1.0));
            c["rope_scaling"] = {{"rope_type", "linear"}, {"factor", c["rope_factor"]}};
            c.erase("rope_factor");
        }
        return {};
    }

    const GgufFile& m_gguf;
    const std::string& m_file;
    std::string m_architecture;
    Names m_names;
    GgufModel m_model;
};

}  // namespace

Result<GgufModel> translateGguf(const GgufFile& gguf, const std::string& file) {
    const GgufValue* architecture = gguf.find("general.architecture");
    if (architecture == nullptr || architecture->kind != GgufValue::Kind::Text)
        return Error{ErrorCode::Format, file + ": metadata general.architecture is missing, so the model's family is unknown"};
    const std::string name(architecture->text);
    if (name != "mamba" && name != "mamba2" && name != "jamba" && name != "llama")
        return Error{ErrorCode::Unsupported, file + ": architecture " + inQuotes(name, 60) +
                                                 " is not supported; known in GGUF files: mamba, mamba2, jamba, llama"};
    return Translator(gguf, file, name).run();
}

}  // namespace ms
