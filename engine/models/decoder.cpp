// The forward pass, as in transformers' modeling_gpt_neox.py, modeling_llama.py and modeling_jamba.py.
#include "engine/models/decoder.h"

#include <algorithm>
#include <cmath>

namespace ms {

namespace {

/// Scratch tensors, one set for all layers; L rows of each are used. A Mamba-1 block's follow.
enum Scratch : std::size_t {
    kResidual, kNormed, kNormed2, kQkv, kAttended, kGate, kUp,
    kRouter, kRouterTop, kExpertIds, kExpertWeights, kExpertGate, kExpertUp, kExpertDown, kOwnCount,
};

struct Column {
    std::int64_t count = 0;  // columns, 0: not needed
    std::int64_t rows = 1;   // of a token
    DType type = DType::F32;
};

/// The widest that any layer needs.
std::vector<Column> ownScratch(const DecoderConfig& c) {
    std::vector<Column> all(kOwnCount);
    all[kResidual].count = all[kNormed].count = c.d_model;
    if (c.parallel_residual) all[kNormed2].count = c.d_model;
    const auto widen = [](Column& column, std::int64_t count) { column.count = std::max(column.count, count); };
    for (const LayerDims& l : c.layers) {
        if (l.kind == LayerKind::Attention) {
            widen(all[kQkv], l.d_inner + 2 * l.n_kv_heads * l.head_dim);
            widen(all[kAttended], l.d_inner);
        }
        if (l.feedForward == FeedForward::Experts) {
            widen(all[kRouter], l.n_experts);
            widen(all[kRouterTop], 2 * l.n_chosen);
            widen(all[kExpertIds], l.n_chosen);
            widen(all[kExpertWeights], l.n_chosen);
            for (const Scratch which : {kExpertGate, kExpertUp}) widen(all[which], l.d_ff);
            widen(all[kExpertDown], c.d_model);
            for (const Scratch which : {kExpertGate, kExpertUp, kExpertDown}) all[which].rows = std::max(all[which].rows, l.n_chosen);
        } else {
            widen(all[kUp], l.d_ff);
            if (l.feedForward == FeedForward::Gated) widen(all[kGate], l.d_ff);
        }
    }
    all[kExpertIds].type = DType::I32;
    return all;
}

}  // namespace

Result<ModelScratch> DecoderModel::allocateScratch(Backend& backend, std::int64_t rows) const {
    std::vector<Column> columns = ownScratch(m_config);
    if (m_dims.has(ProbePoint::Dt))
        for (const std::int64_t c : blockScratch(m_config.mamba)) columns.push_back({c, 1, DType::F32});
    ModelScratch scratch{rows, {}};
    for (const Column& c : columns) {
        Tensor t;
        if (c.count > 0) { MS_TRY(t, backend.allocate(c.type, {rows * c.rows, c.count}, MemoryKind::Device, "activations")); }
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

/// One forward being recorded.
class DecoderModel::Pass {
public:
    Pass(const DecoderModel& model, Ops& op, const ForwardArgs& args)
        : m_model(model), m_config(model.m_config), m_op(op), m_args(args), m_rows(args.input.shape[0]), m_r(scratch(kResidual)),
          m_normed(scratch(kNormed)) {}

    void record() {
        m_op.embedding(m_model.m_embedding, m_args.input, m_r);
        for (std::size_t k = 0; k < m_model.m_layers.size(); ++k) layer(k);
        const LayerIndex whole(-1);
        if (m_args.taps->watches(ProbePoint::FinalNorm, whole)) {
            norm(m_r, m_model.m_finalNorm, m_normed);
            m_args.taps->offer(m_op, ProbePoint::FinalNorm, whole, m_normed);
        }
        if (m_args.rows == LogitRows::None) return;
        const std::int64_t rows = m_args.rows == LogitRows::All ? m_rows : 1;
        m_model.headLogits(m_op, m_r.rowRange(m_rows - rows, rows), m_normed.rowRange(m_rows - rows, rows), m_args.logits);
        m_args.taps->offer(m_op, ProbePoint::Logits, whole, m_args.logits);
    }

    static void norm(Ops& op, const DecoderConfig& config, const Tensor& x, const DecoderNorm& weights, const Tensor& out) {
        if (config.norm == DecoderConfig::Norm::Rms) op.rmsNorm(x, weights.weight, config.norm_eps, out);
        else op.layerNorm({.x = x, .weight = weights.weight, .bias = weights.bias, .eps = config.norm_eps, .out = out});
    }

private:
    /// The first L rows of a scratch tensor, or L times as many.
    [[nodiscard]] Tensor scratch(Scratch which, std::int64_t perToken = 1) const {
        return m_args.scratch->tensors[which].rowRange(0, m_rows * perToken);
    }
    void norm(const Tensor& x, const DecoderNorm& weights, const Tensor& out) const { norm(m_op, m_config, x, weights, out); }
    void linear(const Tensor& x, const DecoderLinear& w, const Tensor& out, MatmulArgs::Epilogue epilogue = MatmulArgs::Epilogue::None) const {
        m_op.matmul({.x = x, .weight = w.weight, .bias = w.bias, .out = out, .epilogue = epilogue});
    }

    void layer(std::size_t k) const {
        const DecoderLayer& w = m_model.m_layers[k];
        const LayerDims& l = m_config.layers[k];
        const LayerIndex index(static_cast<std::int64_t>(k));
        const LayerEdits edit = m_args.edits.empty() ? LayerEdits{} : m_args.edits[k];
        m_args.taps->offer(m_op, ProbePoint::ResidPre, index, m_r);
        norm(m_r, w.mixerNorm, m_normed);
        // Of a parallel residual the feed-forward block reads the layer's input too.
        const Tensor second = m_config.parallel_residual ? scratch(kNormed2) : m_normed;
        if (m_config.parallel_residual) norm(m_r, w.feedForwardNorm, second);
        if (l.kind == LayerKind::Attention) attention(w.attention, l, index, edit);
        else
            mambaBlock(m_op, m_config.mamba, w.mamba,
                       {.normed = m_normed, .r = m_r, .scratch = std::span(m_args.scratch->tensors).subspan(kOwnCount),
                        .state = m_args.state->of(index, StatePart::State), .convState = m_args.state->of(index, StatePart::ConvState),
                        .edit = edit, .taps = m_args.taps, .layer = index});
        if (!m_config.parallel_residual) norm(m_r, w.feedForwardNorm, second);
        if (l.feedForward == FeedForward::Experts) experts(w.feedForward, l, index, second, edit);
        else if (!edit.ablated) feedForward(w.feedForward, l, second);
        m_args.taps->offer(m_op, ProbePoint::ResidPost, index, m_r);
    }

    void attention(const AttentionWeights& w, const LayerDims& l, LayerIndex index, const LayerEdits& edit) const {
        const Tensor qkv = scratch(kQkv);
        const std::int64_t kv = l.n_kv_heads * l.head_dim;
        const std::int64_t headStep = m_config.fused_qkv ? 3 * l.head_dim : l.head_dim;
        Tensor q, key, v;  // [L, heads], headStep columns from one to the next
        if (m_config.fused_qkv) {
            const std::int64_t columns = (l.n_heads - 1) * headStep + l.head_dim;
            linear(m_normed, w.qkv, qkv);
            q = qkv.colRange(0, columns);
            key = qkv.colRange(l.head_dim, columns);
            v = qkv.colRange(2 * l.head_dim, columns);
        } else {
            q = qkv.colRange(0, l.d_inner);
            key = qkv.colRange(l.d_inner, kv);
            v = qkv.colRange(l.d_inner + kv, kv);
            linear(m_normed, w.q, q);
            linear(m_normed, w.k, key);
            linear(m_normed, w.v, v);
        }
        if (m_model.m_frequency)
            for (const Tensor& x : {q, key})
                m_op.rotary({.x = x, .frequency = m_model.m_frequency, .position = m_args.position, .headDim = l.head_dim,
                             .headStep = headStep,
                             .pairs = m_config.rope.interleaved ? RotaryArgs::Pairs::Interleaved : RotaryArgs::Pairs::HalfSplit});
        const Tensor entropy = m_args.taps->wanted(ProbePoint::AttentionEntropy, index);
        const Tensor largest = m_args.taps->wanted(ProbePoint::AttentionPeak, index);
        const Tensor attended = scratch(kAttended).colRange(0, l.d_inner);  // [L, d_inner]
        m_op.attention({.q = q, .k = key, .v = v, .keys = m_args.state->of(index, StatePart::Keys),
                        .values = m_args.state->of(index, StatePart::Values), .position = m_args.position, .headDim = l.head_dim,
                        .headStep = headStep, .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(l.head_dim))),
                        .out = attended, .entropy = entropy, .largest = largest});
        applyClamp(m_op, edit.gated, attended);
        if (!edit.ablated) linear(attended, w.out, m_r, MatmulArgs::Epilogue::Accumulate);
        if (entropy) m_args.taps->offer(m_op, ProbePoint::AttentionEntropy, index, entropy);
        if (largest) m_args.taps->offer(m_op, ProbePoint::AttentionPeak, index, largest);
        offerHeads(ProbePoint::AttentionQuery, index, q, l.n_heads, l.head_dim, headStep);
        offerHeads(ProbePoint::AttentionKey, index, key, l.n_kv_heads, l.head_dim, headStep);
    }

    /// Heads of x, headStep columns from one to the next, side by side.
    void offerHeads(ProbePoint point, LayerIndex index, const Tensor& x, std::int64_t heads, std::int64_t headDim, std::int64_t headStep) const {
        const Tensor together = m_args.taps->wanted(point, index);  // [L, heads * headDim]
        if (!together) return;
        if (headStep == headDim)
            m_op.copy(x, together);
        else
            for (std::int64_t head = 0; head < heads; ++head)
                m_op.copy(x.colRange(head * headStep, headDim), together.colRange(head * headDim, headDim));
        m_args.taps->offer(m_op, point, index, together);
    }

    void feedForward(const FeedForwardWeights& w, const LayerDims& l, const Tensor& x) const {
        const Tensor up = scratch(kUp);  // [L, d_ff]
        if (l.feedForward == FeedForward::Plain) {
            linear(x, w.up, up, m_config.gelu_tanh ? MatmulArgs::Epilogue::GeluTanh : MatmulArgs::Epilogue::Gelu);
        } else {
            const Tensor gate = scratch(kGate);
            linear(x, w.gate, gate);
            linear(x, w.up, up);
            m_op.gate({.a = up, .b = gate, .out = up, .activation = GateArgs::Activation::Silu});
        }
        linear(up, w.down, m_r, MatmulArgs::Epilogue::Accumulate);
    }

    /// Of several experts the router chooses a few for every token; the weights of the others are not read.
    void experts(const FeedForwardWeights& w, const LayerDims& l, LayerIndex index, const Tensor& x, const LayerEdits& edit) const {
        ProbeTaps& taps = *m_args.taps;
        const std::int64_t k = l.n_chosen;
        const Tensor logits = scratch(kRouter), ids = scratch(kExpertIds), weights = scratch(kExpertWeights);
        const Tensor gate = scratch(kExpertGate, k), up = scratch(kExpertUp, k), down = scratch(kExpertDown, k);  // [L·k, …]
        m_op.matmul({.x = x, .weight = w.router, .out = logits});
        m_op.topExperts({.logits = logits, .ids = ids, .weights = weights});
        m_op.expertMatmul({.x = x, .experts = w.gateExperts, .ids = ids, .out = gate});
        m_op.expertMatmul({.x = x, .experts = w.upExperts, .ids = ids, .out = up});
        m_op.gate({.a = up, .b = gate, .out = up, .activation = GateArgs::Activation::Silu});
        m_op.expertMatmul({.x = up, .experts = w.downExperts, .ids = ids, .out = down});
        if (!edit.ablated) m_op.mixExperts({.y = down, .weights = weights, .out = m_r});
        if (taps.watches(ProbePoint::ExpertChoice, index)) {  // softmax keeps the logits' order; probes are floats
            const Tensor top = scratch(kRouterTop);
            m_op.reduceRows(logits, {RowReduction::Kind::TopK, k, 0, 1}, top);
            taps.offer(m_op, ProbePoint::ExpertChoice, index, top.colRange(k, k));
        }
        taps.offer(m_op, ProbePoint::ExpertWeight, index, weights);
    }

    const DecoderModel& m_model;
    const DecoderConfig& m_config;
    Ops& m_op;
    const ForwardArgs& m_args;
    std::int64_t m_rows;
    Tensor m_r;       // [L, d_model] residual stream
    Tensor m_normed;  // [L, d_model]
};

void DecoderModel::forward(Ops& op, const ForwardArgs& args) const { Pass(*this, op, args).record(); }

void DecoderModel::headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const {
    Pass::norm(op, m_config, x, m_finalNorm, normed);
    op.matmul({.x = normed, .weight = m_head, .out = logits});
}

}  // namespace ms
