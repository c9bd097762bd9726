// The forward pass of recurrent cells, and their tensors under PyTorch's names.
#include "engine/models/recurrent.h"

#include <algorithm>
#include <array>

namespace ms {

namespace {

using Kind = RecurrentCellArgs::Kind;

enum Scratch : std::size_t { kEmbedded, kProducts, kHidden, kGates, kScratchCount };

/// Where a gate stands among the cell's.
struct GateColumn {
    ProbePoint point;
    Kind kind;
    std::int64_t index;
};
constexpr std::array kGateColumns{
    GateColumn{ProbePoint::InputGate, Kind::Lstm, 0}, GateColumn{ProbePoint::ForgetGate, Kind::Lstm, 1},
    GateColumn{ProbePoint::OutputGate, Kind::Lstm, 3}, GateColumn{ProbePoint::ResetGate, Kind::Gru, 0},
    GateColumn{ProbePoint::ForgetGate, Kind::Gru, 1},
};

LayerKind layerKind(Kind kind) {
    return kind == Kind::Lstm ? LayerKind::Lstm : kind == Kind::Gru ? LayerKind::Gru : LayerKind::Rnn;
}

/// "lstm.weight_ih_l0"
std::string tensorName(const RecurrentConfig& c, const char* what, std::int64_t layer) {
    return c.type + "." + what + "_l" + std::to_string(layer);
}

}  // namespace

std::vector<TensorProblem> findProblems(const RecurrentConfig& c, const Checkpoint& checkpoint) {
    const std::int64_t rows = gateCount(c.kind) * c.hidden_size;
    std::vector<WantedTensor> wanted{{"embedding.weight", {{c.vocab_size, c.embedding_size}}},
                                     {"head.weight", {{c.vocab_size, c.hidden_size}}},
                                     {"head.bias", {{c.vocab_size}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        wanted.push_back({tensorName(c, "weight_ih", k), {{rows, k == 0 ? c.embedding_size : c.hidden_size}}});
        wanted.push_back({tensorName(c, "weight_hh", k), {{rows, c.hidden_size}}});
        for (const char* bias : {"bias_ih", "bias_hh"}) wanted.push_back({tensorName(c, bias, k), {{rows}}});
    }
    std::vector<TensorProblem> problems;
    compareTensors(checkpoint, wanted, {}, problems);
    return problems;
}

ModelDims RecurrentModel::dimsOf(const RecurrentConfig& c) {
    ModelDims dims;
    dims.d_model = c.hidden_size;
    dims.vocab = c.vocab_size;
    const LayerDims layer{.kind = layerKind(c.kind), .d_inner = c.hidden_size, .d_state = 1};
    dims.setLayers(std::vector<LayerDims>(static_cast<std::size_t>(c.n_layer), layer));
    return dims;
}

Result<std::unique_ptr<RecurrentModel>> RecurrentModel::create(const RecurrentConfig& config, const Checkpoint& checkpoint,
                                                               Backend& backend, const ProgressCallback& progress,
                                                               const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};
    std::unique_ptr<RecurrentModel> model(new RecurrentModel(config));
    WeightLoader load(checkpoint, backend, progress, stop);
    MS_TRY(model->m_embedding, load.matrix("embedding.weight"));
    MS_TRY(model->m_head, load.matrix("head.weight"));
    MS_TRY(model->m_headBias, load.widened("head.bias", {config.vocab_size}));
    for (std::int64_t k = 0; k < config.n_layer; ++k) MS_CHECK(model->loadLayer(k, load));
    return model;
}

Result<void> RecurrentModel::loadLayer(std::int64_t layer, WeightLoader& load) {
    const RecurrentConfig& c = m_config;
    const std::int64_t rows = gateCount(c.kind) * c.hidden_size;
    RecurrentLayer w;
    MS_TRY(w.inputs, load.matrix(tensorName(c, "weight_ih", layer)));
    MS_TRY(w.inputBias, load.widened(tensorName(c, "bias_ih", layer), {rows}));
    MS_TRY(w.states, load.matrix(tensorName(c, "weight_hh", layer)));
    MS_TRY(w.stateBias, load.widened(tensorName(c, "bias_hh", layer), {rows}));
    m_layers.push_back(std::move(w));
    return {};
}

Result<ModelScratch> RecurrentModel::allocateScratch(Backend& backend, std::int64_t rows) const {
    const std::int64_t gates = gateCount(m_config.kind) * m_config.hidden_size;
    const std::int64_t cols[kScratchCount] = {m_config.embedding_size, gates, m_config.hidden_size, gates};
    ModelScratch scratch{rows, {}};
    for (const std::int64_t width : cols) {
        MS_TRY(Tensor t, backend.allocate(DType::F32, {rows, width}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

void RecurrentModel::forward(Ops& op, const ForwardArgs& args) const {
    const std::int64_t L = args.input.shape[0], hidden = m_config.hidden_size;
    const auto scratch = [&](Scratch which) { return args.scratch->tensors[which].rowRange(0, L); };
    ProbeTaps& taps = *args.taps;
    const bool lstm = m_config.kind == Kind::Lstm;

    Tensor x = scratch(kEmbedded);              // [L, embedding], later [L, hidden]: what a layer reads
    const Tensor products = scratch(kProducts); // [L, gates·hidden] x · W_ihᵀ + b_ih
    const Tensor h = scratch(kHidden);          // [L, hidden]

    op.embedding(m_embedding, args.input, x);
    for (std::size_t k = 0; k < m_layers.size(); ++k) {
        const RecurrentLayer& w = m_layers[k];
        const LayerIndex layer(static_cast<std::int64_t>(k));
        const Tensor state = args.state->of(layer, StatePart::State);    // [hidden, 1] c of an LSTM, else h
        const Tensor passed = args.state->of(layer, StatePart::Hidden);  // [hidden, 1] h of an LSTM
        const bool watched = std::any_of(kGateColumns.begin(), kGateColumns.end(), [&](const GateColumn& g) {
            return g.kind == m_config.kind && taps.watches(g.point, layer);
        });
        const Tensor gates = watched ? scratch(kGates) : Tensor{};       // [L, gates·hidden]

        op.matmul({.x = x, .weight = w.inputs, .bias = w.inputBias, .out = products});
        op.recurrentCell({.kind = m_config.kind, .x = products, .weight = w.states, .bias = w.stateBias,
                          .h = (lstm ? passed : state).reshaped({hidden}), .c = lstm ? state.reshaped({hidden}) : Tensor{},
                          .out = h, .gates = gates});
        if (!args.edits.empty() && args.edits[k].gated) {
            const ChannelClamp& edit = args.edits[k].gated;
            op.scaleClamp({.x = h, .scale = edit.scale, .low = edit.low, .high = edit.high});
        }
        x = h;

        taps.offer(op, ProbePoint::Hidden, layer, h);
        if (watched) offerGates(op, taps, layer, gates);
        taps.offer(op, ProbePoint::State, layer, state);
    }
    if (args.rows == LogitRows::None) return;
    const std::int64_t rows = args.rows == LogitRows::All ? L : 1;
    headLogits(op, x.rowRange(L - rows, rows), {}, args.logits);
    taps.offer(op, ProbePoint::Logits, LayerIndex(-1), args.logits);
}

void RecurrentModel::offerGates(Ops& op, ProbeTaps& taps, LayerIndex layer, const Tensor& gates) const {
    const std::int64_t hidden = m_config.hidden_size;
    for (const GateColumn& g : kGateColumns)
        if (g.kind == m_config.kind) taps.offer(op, g.point, layer, gates.colRange(g.index * hidden, hidden));
}

std::optional<PlainRecurrence::Step> RecurrentModel::recurrence(LayerIndex layer) const {
    if (m_config.kind != Kind::RnnTanh && m_config.kind != Kind::RnnRelu) return {};
    return Step{tensorName(m_config, "weight_hh", layer.value), m_config.kind == Kind::RnnRelu};
}

void RecurrentModel::headLogits(Ops& op, const Tensor& x, const Tensor& /*normed*/, const Tensor& logits) const {
    op.matmul({.x = x, .weight = m_head, .bias = m_headBias, .out = logits});
}

}  // namespace ms
