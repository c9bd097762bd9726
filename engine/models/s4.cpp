// The layer's tensors under the names of s4d.py and of this project's S4 file, and its forward pass.
#include "engine/models/s4.h"

#include <cmath>

namespace ms {

namespace {

enum Scratch : std::size_t { kY, kMixed, kOut, kScratchCount };

/// [count] of pairs (real, imaginary), from `first` on.
ComplexRow complexRow(const std::vector<float>& pairs, std::size_t first, std::int64_t count) {
    ComplexRow row;
    for (std::size_t i = first; i < first + static_cast<std::size_t>(count); ++i) row.emplace_back(pairs[2 * i], pairs[2 * i + 1]);
    return row;
}

/// Real parts, then imaginary ones.
void appendRow(const ComplexRow& row, std::vector<float>& to) {
    for (const auto& c : row) to.push_back(static_cast<float>(c.real()));
    for (const auto& c : row) to.push_back(static_cast<float>(c.imag()));
}

}  // namespace

std::vector<TensorProblem> findProblems(const S4Config& c, const Checkpoint& checkpoint) {
    std::vector<WantedTensor> wanted;
    if (c.diagonal)
        wanted = {{"D", {{c.channels}}},
                  {"kernel.A_imag", {{c.channels, c.states}}},
                  {"kernel.log_A_real", {{c.channels, c.states}}},
                  {"kernel.C", {{c.channels, c.states, 2}}},
                  {"kernel.log_dt", {{c.channels}}},
                  {"output_linear.0.weight", {{2 * c.channels, c.channels, 1}, {2 * c.channels, c.channels}}},
                  {"output_linear.0.bias", {{2 * c.channels}}}};
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
    const Result<void> loaded = config.diagonal ? model->loadDiagonal(load) : model->loadLowRank(checkpoint.path().string(), load);
    if (!loaded) return loaded.error();
    MS_CHECK(model->upload(backend));
    return model;
}

Result<void> S4Model::loadDiagonal(WeightLoader& load) {
    const S4Config& c = m_config;
    MS_TRY(const std::vector<float> imaginary, load.values("kernel.A_imag"));
    MS_TRY(const std::vector<float> logReal, load.values("kernel.log_A_real"));
    MS_TRY(const std::vector<float> C, load.values("kernel.C"));
    MS_TRY(const std::vector<float> logStep, load.values("kernel.log_dt"));
    for (std::size_t h = 0; h < logStep.size(); ++h) {
        const std::size_t first = h * static_cast<std::size_t>(c.states);
        ComplexRow A;
        for (std::size_t i = first; i < first + static_cast<std::size_t>(c.states); ++i)
            A.emplace_back(-std::exp(static_cast<double>(logReal[i])), imaginary[i]);
        m_systems.push_back(s4dSystem(A, complexRow(C, first, c.states), std::exp(static_cast<double>(logStep[h]))));
    }
    MS_TRY(m_D, load.widened("D", {c.channels}, &m_skipWeights));
    MS_TRY(const Tensor output, load.matrix("output_linear.0.weight"));
    m_output = output.reshaped({2 * c.channels, c.channels});
    MS_TRY(m_outputBias, load.widened("output_linear.0.bias", {2 * c.channels}));
    return {};
}

Result<void> S4Model::loadLowRank(const std::string& file, WeightLoader& load) {
    const S4Config& c = m_config;
    MS_TRY(const std::vector<float> lambda, load.values("Lambda"));
    MS_TRY(const std::vector<float> P, load.values("P"));
    MS_TRY(const std::vector<float> B, load.values("B"));
    MS_TRY(const std::vector<float> C, load.values("C"));
    MS_TRY(const std::vector<float> step, load.values("step"));
    std::vector<ComplexRow> rows;
    for (std::int64_t h = 0; h < c.channels; ++h) rows.push_back(complexRow(C, static_cast<std::size_t>(h * c.states), c.states));
    if (step[0] > 0)
        m_systems = s4System(complexRow(lambda, 0, c.states), complexRow(P, 0, c.states), complexRow(B, 0, c.states), rows, step[0], c.length);
    if (m_systems.empty())
        return Error{ErrorCode::Format, file + ": tensors Lambda, P and step give no system that can be run; export the layer again"};
    return {};
}

Result<void> S4Model::upload(Backend& backend) {
    const auto rows = [&](ComplexRow S4System::*part, const char* label) -> Result<Tensor> {
        auto values = std::make_shared<std::vector<float>>();
        for (const S4System& system : m_systems) appendRow(system.*part, *values);
        if (values->empty()) return Tensor{};
        return backend.adoptWeights(DType::F32, {m_config.channels, 2 * m_config.states}, std::as_bytes(std::span(*values)), values, label);
    };
    MS_TRY(m_A, rows(&S4System::A, "A"));
    MS_TRY(m_B, rows(&S4System::B, "B"));
    MS_TRY(m_C, rows(&S4System::C, "C"));
    MS_TRY(m_P, rows(&S4System::P, "P"));
    MS_TRY(m_Q, rows(&S4System::Q, "Q"));
    return {};
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
    op.s4Scan({.u = args.input, .A = m_A, .B = m_B, .C = m_C, .P = m_P, .Q = m_Q, .D = m_D, .state = state,
               .gelu = m_config.diagonal, .out = m_config.diagonal ? scratch(kY) : out, .y = y});
    if (m_config.diagonal) {
        op.matmul({.x = scratch(kY), .weight = m_output, .bias = m_outputBias, .out = scratch(kMixed)});
        op.glu({.x = scratch(kMixed), .out = out});
    }
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

std::vector<float> S4Model::convolutionKernel(LayerIndex /*layer*/, std::int64_t length) const {
    std::vector<float> values;
    for (const S4System& system : m_systems)
        for (const double k : system.kernel(length)) values.push_back(static_cast<float>(k));
    return values;
}

}  // namespace ms
