// The layer's tensors under the names of s4d.py and of this project's S4 file, and its forward pass.
#include "engine/models/s4.h"

namespace ms {

namespace {

enum Scratch : std::size_t { kY, kMixed, kOut, kScratchCount };

S4LayerSizes sizesOf(const S4Config& c) { return {.diagonal = c.diagonal, .channels = c.channels, .states = c.states}; }

}  // namespace

std::vector<TensorProblem> findProblems(const S4Config& c, const Checkpoint& checkpoint) {
    std::vector<WantedTensor> wanted;
    if (c.diagonal)
        wanted = S4Layer::diagonalTensors({}, sizesOf(c));
    else
        wanted = {{"Lambda", {{c.states, 2}}}, {"P", {{c.states, 2}}}, {"B", {{c.states, 2}}}, {"C", {{c.channels, c.states, 2}}}, {"step", {{1}}}};
    std::vector<TensorProblem> problems;
    compareTensors(checkpoint, wanted, {}, problems);
    return problems;
}

ModelDims S4Model::dimsOf(const S4Config& c) {
    ModelDims dims;
    dims.d_model = c.channels;
    dims.vocab = c.channels;
    dims.input = {.kind = InputDims::Kind::Features, .width = c.channels};
    dims.setLayers({LayerDims{.kind = c.diagonal ? LayerKind::S4d : LayerKind::S4, .d_inner = c.channels, .d_state = 2 * c.states}});
    return dims;
}

Result<std::unique_ptr<S4Model>> S4Model::create(const S4Config& config, const Checkpoint& checkpoint, Backend& backend,
                                                 const ProgressCallback& progress, const std::stop_token& stop) {
    for (const TensorProblem& problem : findProblems(config, checkpoint))
        if (problem.fatal) return Error{ErrorCode::Format, problem.text};
    std::unique_ptr<S4Model> model(new S4Model(config));
    WeightLoader load(checkpoint, backend, progress, stop);
    auto layer = config.diagonal ? S4Layer::loadDiagonal({}, sizesOf(config), load, backend)
                                 : S4Layer::loadLowRank(checkpoint.path().string(), sizesOf(config), config.length, load, backend);
    if (!layer) return layer.error();
    model->m_layer.emplace(std::move(*layer));
    return model;
}

Result<ModelScratch> S4Model::allocateScratch(Backend& backend, std::int64_t rows) const {
    const std::int64_t cols[kScratchCount] = {m_config.channels, 2 * m_config.channels, m_config.channels};
    ModelScratch scratch{rows, {}};
    for (const std::int64_t width : cols) {
        MS_TRY(Tensor t, backend.allocate(DType::F32, {rows, width}, MemoryKind::Device, "activations"));
        scratch.tensors.push_back(std::move(t));
    }
    return scratch;
}

void S4Model::forward(Ops& op, const ForwardArgs& args) const {
    const std::int64_t L = m_dims.input.steps(args.input.shape[0]);
    const auto scratch = [&](Scratch which) { return args.scratch->tensors[which].rowRange(0, L); };
    ProbeTaps& taps = *args.taps;
    const LayerIndex layer(0);
    const Tensor state = args.state->of(layer, StatePart::State);  // [channels, 2·states]
    const Tensor out = scratch(kOut);                              // [L, channels]
    const Tensor y = taps.wanted(ProbePoint::Y, layer);

    taps.offer(op, ProbePoint::ResidPre, layer, args.input);
    taps.offer(op, ProbePoint::U, layer, args.input);
    m_layer->run(op, args.input, state, {scratch(kY), scratch(kMixed)}, out, false, y);
    if (y) taps.offer(op, ProbePoint::Y, layer, y);
    taps.offer(op, ProbePoint::State, layer, state);
    taps.offer(op, ProbePoint::ResidPost, layer, out);
    const LayerIndex whole(-1);
    taps.offer(op, ProbePoint::FinalNorm, whole, out);
    if (args.rows == LogitRows::None) return;
    const std::int64_t rows = args.rows == LogitRows::All ? L : 1;
    headLogits(op, out.rowRange(L - rows, rows), {}, args.logits);
    taps.offer(op, ProbePoint::Logits, whole, args.logits);
}

}  // namespace ms
