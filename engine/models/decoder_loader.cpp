// From a checkpoint's tensors to a DecoderModel's weights.
#include "engine/models/decoder.h"

namespace ms {

namespace {

std::string layerPrefix(const DecoderConfig& c, std::size_t layer) { return c.names.layers + std::to_string(layer) + "."; }

/// Names and shapes of what one layer is made of, told one by one.
class Wanted {
public:
    explicit Wanted(const DecoderConfig& config) : m_config(config) {}

    std::vector<WantedTensor> all() {
        norm(m_config.names.finalNorm);
        for (std::size_t k = 0; k < m_config.layers.size(); ++k) layer(k);
        return std::move(m_all);
    }

private:
    void norm(const std::string& name) {
        m_all.push_back({name + ".weight", {{m_config.d_model}}});
        if (m_config.norm == DecoderConfig::Norm::Layer) m_all.push_back({name + ".bias", {{m_config.d_model}}});
    }
    void linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias) {
        m_all.push_back({name + ".weight", {{out, in}}});
        if (bias) m_all.push_back({name + ".bias", {{out}}});
    }
    void layer(std::size_t k) {
        const DecoderNames& n = m_config.names;
        const LayerDims& l = m_config.layers[k];
        const std::string prefix = layerPrefix(m_config, k);
        norm(prefix + n.mixerNorm);
        norm(prefix + n.feedForwardNorm);
        if (l.kind == LayerKind::Attention) attention(prefix + n.attention, l);
        else addWantedBlock(m_config.mamba, prefix + n.mamba, m_all);
        feedForward(prefix + n.feedForward, l);
    }
    void attention(const std::string& prefix, const LayerDims& l) {
        const std::int64_t d = m_config.d_model, kv = l.n_kv_heads * l.head_dim;
        if (m_config.fused_qkv) {
            linear(prefix + "query_key_value", 3 * l.d_inner, d, m_config.attention_bias);
            return linear(prefix + "dense", d, l.d_inner, m_config.output_bias);
        }
        linear(prefix + "q_proj", l.d_inner, d, m_config.attention_bias);
        linear(prefix + "k_proj", kv, d, m_config.attention_bias);
        linear(prefix + "v_proj", kv, d, m_config.attention_bias);
        linear(prefix + "o_proj", d, l.d_inner, m_config.output_bias);
    }
    void feedForward(const std::string& prefix, const LayerDims& l) {
        const std::int64_t d = m_config.d_model;
        const bool bias = m_config.feed_forward_bias;
        if (l.feedForward == FeedForward::Plain) {
            linear(prefix + "dense_h_to_4h", l.d_ff, d, bias);
            return linear(prefix + "dense_4h_to_h", d, l.d_ff, bias);
        }
        if (l.feedForward == FeedForward::Gated) return gated(prefix, l, bias);
        linear(prefix + "router", l.n_experts, d, false);
        for (std::int64_t e = 0; e < l.n_experts; ++e) gated(prefix + "experts." + std::to_string(e) + ".", l, false);
    }
    void gated(const std::string& prefix, const LayerDims& l, bool bias) {
        linear(prefix + "gate_proj", l.d_ff, m_config.d_model, bias);
        linear(prefix + "up_proj", l.d_ff, m_config.d_model, bias);
        linear(prefix + "down_proj", m_config.d_model, l.d_ff, bias);
    }

    const DecoderConfig& m_config;
    std::vector<WantedTensor> m_all;
};

Result<DecoderNorm> loadNorm(WeightLoader& load, const DecoderConfig& c, const std::string& name) {
    DecoderNorm norm;
    MS_TRY(norm.weight, load.widened(name + ".weight", {c.d_model}));
    if (c.norm == DecoderConfig::Norm::Layer) { MS_TRY(norm.bias, load.widened(name + ".bias", {c.d_model})); }
    return norm;
}

Result<DecoderLinear> loadLinear(WeightLoader& load, const std::string& name, bool bias) {
    DecoderLinear linear;
    MS_TRY(linear.weight, load.matrix(name + ".weight"));
    if (bias) { MS_TRY(linear.bias, load.widened(name + ".bias", {linear.weight.rows()})); }
    return linear;
}

Result<AttentionWeights> loadAttention(WeightLoader& load, const DecoderConfig& c, const std::string& prefix) {
    AttentionWeights w;
    if (c.fused_qkv) {
        MS_TRY(w.qkv, loadLinear(load, prefix + "query_key_value", c.attention_bias));
        MS_TRY(w.out, loadLinear(load, prefix + "dense", c.output_bias));
        return w;
    }
    MS_TRY(w.q, loadLinear(load, prefix + "q_proj", c.attention_bias));
    MS_TRY(w.k, loadLinear(load, prefix + "k_proj", c.attention_bias));
    MS_TRY(w.v, loadLinear(load, prefix + "v_proj", c.attention_bias));
    MS_TRY(w.out, loadLinear(load, prefix + "o_proj", c.output_bias));
    return w;
}

Result<FeedForwardWeights> loadFeedForward(WeightLoader& load, const DecoderConfig& c, const LayerDims& l, const std::string& prefix) {
    FeedForwardWeights w;
    if (l.feedForward == FeedForward::Experts) {
        MS_TRY(w.router, load.matrix(prefix + "router.weight"));
        const auto experts = [&](const char* part) {
            std::vector<std::string> names;
            for (std::int64_t e = 0; e < l.n_experts; ++e)
                names.push_back(prefix + "experts." + std::to_string(e) + "." + part + ".weight");
            return load.experts(names);
        };
        MS_TRY(w.gateExperts, experts("gate_proj"));
        MS_TRY(w.upExperts, experts("up_proj"));
        MS_TRY(w.downExperts, experts("down_proj"));
        return w;
    }
    const bool plain = l.feedForward == FeedForward::Plain;
    if (!plain) { MS_TRY(w.gate, loadLinear(load, prefix + "gate_proj", c.feed_forward_bias)); }
    MS_TRY(w.up, loadLinear(load, prefix + (plain ? "dense_h_to_4h" : "up_proj"), c.feed_forward_bias));
    MS_TRY(w.down, loadLinear(load, prefix + (plain ? "dense_4h_to_h" : "down_proj"), c.feed_forward_bias));
    return w;
}

}  // namespace

std::vector<TensorProblem> findProblems(const DecoderConfig& c, const Checkpoint& checkpoint) {
    std::vector<WantedTensor> wanted = Wanted(c).all();
    wanted.push_back({c.names.embedding, {{c.vocab_size, c.d_model}}});
    std::set<std::string, std::less<>> known;
    if (!c.tie_embeddings) wanted.push_back({c.names.head, {{c.vocab_size, c.d_model}}});
    else known.insert(c.names.head);
    for (std::size_t k = 0; k < c.layers.size(); ++k)
        for (const std::string& name : c.names.unused) known.insert(layerPrefix(c, k) + name);
    std::vector<TensorProblem> problems;
    compareTensors(checkpoint, wanted, std::move(known), problems);
    return problems;
}

Result<void> DecoderModel::loadLayer(std::size_t index, WeightLoader& load) {
    const DecoderNames& n = m_config.names;
    const LayerDims& l = m_config.layers[index];
    const std::string prefix = layerPrefix(m_config, index);
    DecoderLayer w;
    MS_TRY(w.mixerNorm, loadNorm(load, m_config, prefix + n.mixerNorm));
    MS_TRY(w.feedForwardNorm, loadNorm(load, m_config, prefix + n.feedForwardNorm));
    if (l.kind == LayerKind::Attention) {
        MS_TRY(w.attention, loadAttention(load, m_config, prefix + n.attention));
    } else {
        MS_TRY(w.mamba, loadBlock(m_config.mamba, prefix + n.mamba, load));
    }
    MS_TRY(w.feedForward, loadFeedForward(load, m_config, l, prefix + n.feedForward));
    m_layers.push_back(std::move(w));
    return {};
}

Result<std::unique_ptr<DecoderModel>> DecoderModel::create(const DecoderConfig& config, const Checkpoint& checkpoint, Backend& backend,
                                                           const ProgressCallback& progress, const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};

    std::unique_ptr<DecoderModel> model(new DecoderModel(config));
    model->m_dims = decoderDims(config);
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_TRY(model->m_embedding, load.matrix(config.names.embedding));
    model->m_head = model->m_embedding;
    if (!config.tie_embeddings) { MS_TRY(model->m_head, load.matrix(config.names.head)); }
    MS_TRY(model->m_finalNorm, loadNorm(load, config, config.names.finalNorm));
    if (config.rope.dims > 0) {
        const auto frequencies = std::make_shared<const std::vector<float>>(ropeFrequencies(config.rope));
        MS_TRY(model->m_frequency, backend.adoptWeights(DType::F32, {static_cast<std::int64_t>(frequencies->size())},
                                                        std::as_bytes(std::span(*frequencies)), frequencies, "rotary embedding"));
    }
    for (std::size_t k = 0; k < config.layers.size(); ++k) MS_CHECK(model->loadLayer(k, load));
    return model;
}

}  // namespace ms
