// Float64 twins of the ops in engine/backend/ops_recurrent.h; as reference_ops.h.
#pragma once

#include "tests/support/reference_ops.h"

namespace ms::reference {

struct NormInput {
    std::int64_t L = 0, d = 0, groups = 1;
    Floats x{};       // [L, d]
    Floats z{};       // [L, d] or empty
    Floats weight{};  // [d], [d / groups] or empty
    double eps = 1e-5;
    bool norm = true;
};
struct NormOutput {
    Doubles out, gate;  // [L, d]; gate empty without z
};
NormOutput gatedRmsNorm(const NormInput& in);

/// Of ssdScan; with lambda, of trapezoidScan: u is v, B is K, C is Q, n_groups is n_heads.
struct HeadScanInput {
    std::int64_t L = 0, n_heads = 0, head_dim = 0, d_state = 0, n_groups = 1;
    Floats u{};       // [L, d_inner]
    Floats dt{};      // [L, n_heads]
    Floats A{};       // [n_heads]; with lambda [L, n_heads]
    Floats B{}, C{};   // [L, n_groups · d_state]
    Floats D{};       // [n_heads]
    Floats lambda{};  // [L, n_heads] or empty
    Floats state{};   // [d_inner, d_state]
    Floats kPrev{};   // [n_heads · d_state] or empty
    Floats vPrev{};   // [d_inner] or empty
    [[nodiscard]] std::int64_t d_inner() const { return n_heads * head_dim; }
};
struct HeadScanOutput {
    Doubles out, stateNorm;  // [L, d_inner]
    Doubles state;           // [d_inner, d_state]
};
HeadScanOutput headScan(const HeadScanInput& in);
/// Random input of the sizes of a real layer; `trapezoid`: Mamba-3's.
HeadScanInput headScanInput(std::int64_t L, std::int64_t n_heads, std::int64_t head_dim, std::int64_t d_state,
                            std::int64_t n_groups, bool trapezoid, std::uint32_t seed);

/// As ComplexScanArgs; rows hold N real parts, then N imaginary ones.
struct ComplexScanInput {
    std::int64_t L = 0, d = 0, N = 0;
    Floats u{}, dt{}, z{};  // [L, d]
    Floats A{};             // [d, 2·N]
    Floats B{}, C{};        // [L, 2·N]
    Floats D{};             // [d]
    Floats state{};         // [d, 2·N]
};
struct ComplexScanOutput {
    Doubles out, y, gate, stateNorm;  // [L, d]
    Doubles state;                    // [d, 2·N]
};
ComplexScanOutput complexScan(const ComplexScanInput& in);
/// Random input of the sizes of a real layer, its fastest states some turns a token.
ComplexScanInput complexScanInput(std::int64_t L, std::int64_t d, std::int64_t N, std::uint32_t seed);

/// x [L, gates · hidden], weight [gates · hidden, hidden], bias [gates · hidden] or empty, h and c [hidden] in and out.
struct CellOutput {
    Doubles out, gates, cell;  // [L, hidden], [L, gates · hidden], [L, hidden]
};
CellOutput recurrentCell(RecurrentCellArgs::Kind kind, const Floats& x, const Floats& weight, const Floats& bias, Doubles& h,
                         Doubles& c, std::int64_t L);

/// As RotateStatesArgs; angle [n_heads, n_angles] in and out, kept in [-π, π].
struct RotationOutput {
    Doubles K, Q;  // [L, n_heads · d_state]
};
RotationOutput rotateStates(const Floats& B, const Floats& C, const Floats& biasB, const Floats& biasC, const Floats& turn,
                            const Floats& dt, Doubles& angle, std::int64_t L, std::int64_t n_heads, std::int64_t n_groups,
                            std::int64_t d_state);

/// As S4ScanArgs; state [H, 2·d_state] in and out; P, Q and D may be empty. Returns y, before any gelu, [L, H].
Doubles s4Scan(const Floats& u, const Floats& A, const Floats& B, const Floats& C, const Floats& P, const Floats& Q, const Floats& D,
               Doubles& state, std::int64_t L, std::int64_t H);
/// u [L, H], kernel [H, L], D [H] or empty -> [L, H]
Doubles convolve(const Floats& u, const Floats& kernel, const Floats& D, std::int64_t L, std::int64_t H);

}  // namespace ms::reference
