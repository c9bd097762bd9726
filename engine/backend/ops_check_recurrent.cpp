// The checks of ops_recurrent.h.
#include "engine/backend/ops_check.h"
#include "engine/backend/ops_check_parts.h"

namespace ms {

using check_parts::expect;
using check_parts::isFloatStorage;
using check_parts::wrong;

namespace {

/// States that the kernels keep in registers.
Result<void> checkStates(const char* op, std::int64_t d_state) {
    if (d_state < 1 || d_state > 256) return wrong(op, "d_state must be from 1 to 256");
    return {};
}

Result<void> checkHeads(const char* op, std::int64_t d_inner, std::int64_t n_heads) {
    if (n_heads < 1 || d_inner % n_heads != 0)
        return wrong(op, std::to_string(n_heads) + " heads do not divide " + std::to_string(d_inner) + " channels");
    return {};
}

}  // namespace

Result<void> check(const GatedRmsNormArgs& a) {
    const char* op = "gatedRmsNorm";
    const std::int64_t L = a.x.rows(), d = a.x.cols();
    MS_CHECK(expect(op, "x", a.x, DType::F32, L, d));
    if (a.groups < 1 || d % a.groups != 0)
        return wrong(op, std::to_string(a.groups) + " groups do not divide " + std::to_string(d) + " columns");
    if (a.z) MS_CHECK(expect(op, "z", a.z, DType::F32, L, d));
    if (a.weight) MS_CHECK(expect(op, "weight", a.weight, DType::F32, 1, a.weight.cols() == d ? d : d / a.groups));
    if (a.gate && !a.z) return wrong(op, "gate asked for without z");
    if (a.gate) MS_CHECK(expect(op, "gate", a.gate, DType::F32, L, d));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const SsdScanArgs& a) {
    const char* op = "ssdScan";
    const std::int64_t L = a.u.rows(), d = a.u.cols(), heads = a.dt.cols(), n = a.state.cols();
    MS_CHECK(expect(op, "u", a.u, DType::F32, L, d));
    MS_CHECK(checkHeads(op, d, heads));
    MS_CHECK(checkStates(op, n));
    if (a.n_groups < 1 || heads % a.n_groups != 0)
        return wrong(op, std::to_string(a.n_groups) + " groups do not divide " + std::to_string(heads) + " heads");
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, heads));
    MS_CHECK(expect(op, "A", a.A, DType::F32, 1, heads));
    MS_CHECK(expect(op, "B", a.B, DType::F32, L, a.n_groups * n));
    MS_CHECK(expect(op, "C", a.C, DType::F32, L, a.n_groups * n));
    MS_CHECK(expect(op, "D", a.D, DType::F32, 1, heads));
    MS_CHECK(expect(op, "state", a.state, DType::F32, d, n));
    MS_CHECK(expect(op, "out", a.out, DType::F32, L, d));
    if (a.stateNorm) MS_CHECK(expect(op, "stateNorm", a.stateNorm, DType::F32, L, d));
    return {};
}

Result<void> check(const ComplexScanArgs& a) {
    const char* op = "complexScan";
    const std::int64_t L = a.u.rows(), d = a.u.cols(), width = a.state.cols();
    MS_CHECK(expect(op, "u", a.u, DType::F32, L, d));
    if (width % 2 != 0) return wrong(op, "state must hold real and imaginary parts");
    MS_CHECK(checkStates(op, width / 2));
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, d));
    MS_CHECK(expect(op, "A", a.A, DType::F32, d, width));
    MS_CHECK(expect(op, "B", a.B, DType::F32, L, width));
    MS_CHECK(expect(op, "C", a.C, DType::F32, L, width));
    MS_CHECK(expect(op, "D", a.D, DType::F32, 1, d));
    MS_CHECK(expect(op, "z", a.z, DType::F32, L, d));
    MS_CHECK(expect(op, "state", a.state, DType::F32, d, width));
    MS_CHECK(expect(op, "out", a.out, DType::F32, L, d));
    for (const auto& [name, probe] : {std::pair("y", &a.y), std::pair("gate", &a.gate), std::pair("stateNorm", &a.stateNorm)})
        if (*probe) MS_CHECK(expect(op, name, *probe, DType::F32, L, d));
    return {};
}

Result<void> check(const TrapezoidScanArgs& a) {
    const char* op = "trapezoidScan";
    const std::int64_t L = a.v.rows(), d = a.v.cols(), heads = a.dt.cols(), n = a.state.cols();
    MS_CHECK(expect(op, "v", a.v, DType::F32, L, d));
    MS_CHECK(checkHeads(op, d, heads));
    MS_CHECK(checkStates(op, n));
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, heads));
    MS_CHECK(expect(op, "A", a.A, DType::F32, L, heads));
    MS_CHECK(expect(op, "lambda", a.lambda, DType::F32, L, heads));
    MS_CHECK(expect(op, "K", a.K, DType::F32, L, heads * n));
    MS_CHECK(expect(op, "Q", a.Q, DType::F32, L, heads * n));
    MS_CHECK(expect(op, "D", a.D, DType::F32, 1, heads));
    MS_CHECK(expect(op, "state", a.state, DType::F32, d, n));
    MS_CHECK(expect(op, "kPrev", a.kPrev, DType::F32, 1, heads * n));
    MS_CHECK(expect(op, "vPrev", a.vPrev, DType::F32, 1, d));
    MS_CHECK(expect(op, "out", a.out, DType::F32, L, d));
    if (a.stateNorm) MS_CHECK(expect(op, "stateNorm", a.stateNorm, DType::F32, L, d));
    return {};
}

Result<void> check(const TrapezoidStepsArgs& a) {
    const char* op = "trapezoidSteps";
    const std::int64_t L = a.x.rows(), heads = a.x.cols();
    MS_CHECK(expect(op, "x", a.x, DType::F32, L, heads));
    MS_CHECK(expect(op, "trap", a.trap, DType::F32, L, heads));
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, heads));
    MS_CHECK(expect(op, "A", a.A, DType::F32, L, heads));
    if (a.retention) MS_CHECK(expect(op, "retention", a.retention, DType::F32, L, heads));
    if (a.ownStep) MS_CHECK(expect(op, "ownStep", a.ownStep, DType::F32, L, heads));
    return expect(op, "lambda", a.lambda, DType::F32, L, heads);
}

Result<void> check(const RotateStatesArgs& a) {
    const char* op = "rotateStates";
    const std::int64_t L = a.B.rows(), heads = a.biasB.rows(), n = a.biasB.cols(), row = a.B.cols();
    MS_CHECK(checkStates(op, n));
    if (row % n != 0 || row / n == 0 || heads % (row / n) != 0)
        return wrong(op, "B " + a.B.shape.text() + " holds no groups for biasB " + a.biasB.shape.text());
    if (2 * a.turn.cols() > n)
        return wrong(op, std::to_string(a.turn.cols()) + " angles need twice as many states, there are " + std::to_string(n));
    MS_CHECK(expect(op, "B", a.B, DType::F32, L, row));
    MS_CHECK(expect(op, "C", a.C, DType::F32, L, row));
    MS_CHECK(expect(op, "biasB", a.biasB, DType::F32, heads, n));
    MS_CHECK(expect(op, "biasC", a.biasC, DType::F32, heads, n));
    MS_CHECK(expect(op, "turn", a.turn, DType::F32, L, a.turn.cols()));
    MS_CHECK(expect(op, "dt", a.dt, DType::F32, L, heads));
    MS_CHECK(expect(op, "angle", a.angle, DType::F32, heads, a.turn.cols()));
    MS_CHECK(expect(op, "K", a.K, DType::F32, L, heads * n));
    return expect(op, "Q", a.Q, DType::F32, L, heads * n);
}

Result<void> check(const RecurrentCellArgs& a) {
    const char* op = "recurrentCell";
    const std::int64_t L = a.out.rows(), hidden = a.out.cols(), gates = gateCount(a.kind);
    MS_CHECK(expect(op, "x", a.x, DType::F32, L, gates * hidden));
    if (!a.weight || !isFloatStorage(a.weight.dtype) || !a.weight.contiguous())
        return wrong(op, "weight must be contiguous F32, F16 or BF16");
    MS_CHECK(expect(op, "weight", a.weight, a.weight.dtype, gates * hidden, hidden));
    if (a.bias) MS_CHECK(expect(op, "bias", a.bias, DType::F32, 1, gates * hidden));
    MS_CHECK(expect(op, "h", a.h, DType::F32, 1, hidden));
    const bool lstm = a.kind == RecurrentCellArgs::Kind::Lstm;
    if (lstm) MS_CHECK(expect(op, "c", a.c, DType::F32, 1, hidden));
    MS_CHECK(expect(op, "out", a.out, DType::F32, L, hidden));
    if (a.gates) MS_CHECK(expect(op, "gates", a.gates, DType::F32, L, gates * hidden));
    if (a.cell && !lstm) return wrong(op, "only an LSTM has a cell");
    if (a.cell) MS_CHECK(expect(op, "cell", a.cell, DType::F32, L, hidden));
    return {};
}

Result<void> check(const S4ScanArgs& a) {
    const char* op = "s4Scan";
    const std::int64_t L = a.u.rows(), H = a.u.cols(), width = a.state.cols();
    MS_CHECK(expect(op, "u", a.u, DType::F32, L, H));
    if (width % 2 != 0) return wrong(op, "state must hold real and imaginary parts");
    MS_CHECK(checkStates(op, width / 2));
    MS_CHECK(expect(op, "A", a.A, DType::F32, H, width));
    MS_CHECK(expect(op, "B", a.B, DType::F32, H, width));
    MS_CHECK(expect(op, "C", a.C, DType::F32, H, width));
    if (a.P || a.Q) MS_CHECK(expect(op, "P", a.P, DType::F32, H, width));
    if (a.P || a.Q) MS_CHECK(expect(op, "Q", a.Q, DType::F32, H, width));
    if (a.D) MS_CHECK(expect(op, "D", a.D, DType::F32, 1, H));
    MS_CHECK(expect(op, "state", a.state, DType::F32, H, width));
    if (a.y) MS_CHECK(expect(op, "y", a.y, DType::F32, L, H));
    return expect(op, "out", a.out, DType::F32, L, H);
}

Result<void> check(const FftConvolveArgs& a) {
    const char* op = "fftConvolve";
    const std::int64_t L = a.u.rows(), H = a.u.cols();
    MS_CHECK(expect(op, "u", a.u, DType::F32, L, H));
    if (L > kLongestConvolution)
        return Error{ErrorCode::Unsupported, std::string(op) + ": " + std::to_string(L) + " tokens; at most " + std::to_string(kLongestConvolution)};
    MS_CHECK(expect(op, "kernel", a.kernel, DType::F32, H, L));
    if (a.D) MS_CHECK(expect(op, "D", a.D, DType::F32, 1, H));
    return expect(op, "out", a.out, DType::F32, L, H);
}

Result<void> check(const GluArgs& a) {
    MS_CHECK(expect("glu", "x", a.x, DType::F32, a.out.rows(), 2 * a.out.cols()));
    return expect("glu", "out", a.out, DType::F32, a.out.rows(), a.out.cols());
}

}  // namespace ms
