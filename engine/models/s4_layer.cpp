#include "engine/models/s4_layer.h"

#include <cmath>

namespace ms {

namespace {

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

std::vector<WantedTensor> S4Layer::diagonalTensors(const std::string& prefix, const S4LayerSizes& s) {
    return {{prefix + "D", {{s.channels}}},
            {prefix + "kernel.A_imag", {{s.channels, s.states}}},
            {prefix + "kernel.log_A_real", {{s.channels, s.states}}},
            {prefix + "kernel.C", {{s.channels, s.states, 2}}},
            {prefix + "kernel.log_dt", {{s.channels}}},
            {prefix + "output_linear.0.weight", {{2 * s.channels, s.channels, 1}, {2 * s.channels, s.channels}}},
            {prefix + "output_linear.0.bias", {{2 * s.channels}}}};
}

Result<S4Layer> S4Layer::loadDiagonal(const std::string& prefix, const S4LayerSizes& sizes, WeightLoader& load, Backend& backend) {
    S4Layer layer(sizes);
    MS_TRY(const std::vector<float> imaginary, load.values(prefix + "kernel.A_imag"));
    MS_TRY(const std::vector<float> logReal, load.values(prefix + "kernel.log_A_real"));
    MS_TRY(const std::vector<float> C, load.values(prefix + "kernel.C"));
    MS_TRY(const std::vector<float> logStep, load.values(prefix + "kernel.log_dt"));
    for (std::size_t h = 0; h < logStep.size(); ++h) {
        const std::size_t first = h * static_cast<std::size_t>(sizes.states);
        ComplexRow A;
        for (std::size_t i = first; i < first + static_cast<std::size_t>(sizes.states); ++i)
            A.emplace_back(-std::exp(static_cast<double>(logReal[i])), imaginary[i]);
        layer.m_systems.push_back(s4dSystem(A, complexRow(C, first, sizes.states), std::exp(static_cast<double>(logStep[h]))));
    }
    MS_TRY(layer.m_D, load.widened(prefix + "D", {sizes.channels}, &layer.m_skipWeights));
    MS_TRY(const Tensor output, load.matrix(prefix + "output_linear.0.weight"));
    layer.m_output = output.reshaped({2 * sizes.channels, sizes.channels});
    MS_TRY(layer.m_outputBias, load.widened(prefix + "output_linear.0.bias", {2 * sizes.channels}));
    MS_CHECK(layer.upload(backend));
    return layer;
}

Result<S4Layer> S4Layer::loadLowRank(const std::string& file, const S4LayerSizes& sizes, std::int64_t length, WeightLoader& load, Backend& backend) {
    S4Layer layer(sizes);
    MS_TRY(const std::vector<float> lambda, load.values("Lambda"));
    MS_TRY(const std::vector<float> P, load.values("P"));
    MS_TRY(const std::vector<float> B, load.values("B"));
    MS_TRY(const std::vector<float> C, load.values("C"));
    MS_TRY(const std::vector<float> step, load.values("step"));
    std::vector<ComplexRow> rows;
    for (std::int64_t h = 0; h < sizes.channels; ++h) rows.push_back(complexRow(C, static_cast<std::size_t>(h * sizes.states), sizes.states));
    if (step[0] > 0)
        layer.m_systems = s4System(complexRow(lambda, 0, sizes.states), complexRow(P, 0, sizes.states), complexRow(B, 0, sizes.states), rows, step[0], length);
    if (layer.m_systems.empty())
        return Error{ErrorCode::Format, file + ": tensors Lambda, P and step give no system that can be run; export the layer again"};
    MS_CHECK(layer.upload(backend));
    return layer;
}

Result<void> S4Layer::upload(Backend& backend) {
    const auto rows = [&](ComplexRow S4System::*part, const char* label) -> Result<Tensor> {
        auto values = std::make_shared<std::vector<float>>();
        for (const S4System& system : m_systems) appendRow(system.*part, *values);
        if (values->empty()) return Tensor{};
        return backend.adoptWeights(DType::F32, {m_sizes.channels, 2 * m_sizes.states}, std::as_bytes(std::span(*values)), values, label);
    };
    MS_TRY(m_A, rows(&S4System::A, "A"));
    MS_TRY(m_B, rows(&S4System::B, "B"));
    MS_TRY(m_C, rows(&S4System::C, "C"));
    MS_TRY(m_P, rows(&S4System::P, "P"));
    MS_TRY(m_Q, rows(&S4System::Q, "Q"));
    return {};
}

void S4Layer::run(Ops& op, const Tensor& u, const Tensor& state, const S4LayerScratch& scratch, const Tensor& out, bool accumulate,
                  const Tensor& y) const {
    op.s4Scan({.u = u, .A = m_A, .B = m_B, .C = m_C, .P = m_P, .Q = m_Q, .D = m_D, .state = state, .gelu = m_sizes.diagonal,
               .out = m_sizes.diagonal ? scratch.y : out, .y = y});
    if (!m_sizes.diagonal) return;
    op.matmul({.x = scratch.y, .weight = m_output, .bias = m_outputBias, .out = scratch.mixed});
    op.glu({.x = scratch.mixed, .out = out, .accumulate = accumulate});
}

std::vector<float> S4Layer::convolutionKernel(std::int64_t length) const {
    std::vector<float> values;
    for (const S4System& system : m_systems)
        for (const double k : system.kernel(length)) values.push_back(static_cast<float>(k));
    return values;
}

std::vector<float> S4Layer::retention() const {
    std::vector<float> kept;
    if (!m_sizes.diagonal) return kept;
    for (const S4System& system : m_systems) {
        double sum = 0;
        for (const auto& a : system.A) sum += std::abs(a);
        kept.push_back(static_cast<float>(sum / static_cast<double>(system.A.size())));
    }
    return kept;
}

}  // namespace ms
