// The vectorised inner loops of engine/backend/ops_recurrent.h; as kernels.h.
#pragma once

#include <cstddef>

#include "engine/backend/ops_recurrent.h"
#include "engine/host/view.h"

namespace ms::host {

// ---- simd/gated_norm.cpp ----

/// One run of `count` columns of one row.
struct GatedNormRow {
    const float* x = nullptr;
    const float* z = nullptr;           ///< or null
    const std::byte* weight = nullptr;  ///< [count] F32 or null
    float eps = 0;
    float* out = nullptr;   ///< may be x
    float* gate = nullptr;  ///< or null
    bool norm = true;
};
void gatedNormRow(const GatedNormRow& row, std::size_t count);

// ---- simd/head_scan.cpp ----

/// As SsdScanArgs; with `lambda`, as TrapezoidScanArgs: u is v, B is K, C is Q, each head a group of its own.
struct HeadScanViews {
    View u, dt, A, B, C, D, state, out, stateNorm;
    View lambda, kPrev, vPrev;
    std::size_t headDim = 0, headsPerGroup = 1;
};
inline constexpr std::size_t kHeadScanBlock = 32;  ///< channels of one tile
inline constexpr std::size_t kHeadScanScratch = 3 * kHeadScanBlock;
/// Channels [first, first + count) of the whole chunk; all of one head, count at most kHeadScanBlock.
void headScanChannels(const HeadScanViews& views, std::size_t first, std::size_t count, float* scratch);

// ---- simd/complex_scan.cpp ----

struct ComplexScanViews {
    View u, dt, A, B, C, D, z, state, out, y, gate, stateNorm;  // as ComplexScanArgs
};
inline constexpr std::size_t kComplexScanBlock = 16;  ///< channels of one tile
inline constexpr std::size_t kComplexScanScratch = 3 * kComplexScanBlock;
/// Channels [first, first + count) of the whole chunk, count at most kComplexScanBlock.
void complexScanChannels(const ComplexScanViews& views, std::size_t first, std::size_t count, float* scratch);

// ---- simd/cells.cpp ----

/// The gates of units [first, first + count) of one token, see RecurrentCellArgs.
struct CellUnits {
    RecurrentCellArgs::Kind kind = RecurrentCellArgs::Kind::RnnTanh;
    std::size_t hidden = 0, first = 0, count = 0;
    const float* x = nullptr;         ///< [gates · hidden]
    float* sums = nullptr;            ///< [gates, count] W_hh h without its bias; left with the gates' values
    const std::byte* bias = nullptr;  ///< [gates · hidden] F32 or null
    const float* before = nullptr;    ///< [hidden] h of the token before
    float* c = nullptr;               ///< [hidden] LSTM only, in and out
    float* h = nullptr;               ///< [hidden]
};
void finishCellUnits(const CellUnits& units);

// ---- rotation.cpp ----

struct RotationViews {
    View B, C, biasB, biasC, turn, dt, angle, K, Q;  // as RotateStatesArgs
    std::size_t headsPerGroup = 1;
};
/// All tokens of one head.
void rotateHead(const RotationViews& views, std::size_t head);

// ---- simd/s4.cpp ----

struct S4Views {
    View u, A, B, C, P, Q, D, state, out, y;  // as S4ScanArgs
    bool gelu = false;
};
inline constexpr std::size_t kS4Block = 16;  ///< channels of one tile
/// Channels [first, first + count) of the whole chunk.
void s4Channels(const S4Views& views, std::size_t first, std::size_t count);

/// out = a σ(b) over one row, or out += it.
void gluRow(const float* a, const float* b, std::size_t count, float* out, bool accumulate);

}  // namespace ms::host
