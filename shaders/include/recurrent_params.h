// Parameters of the kernels for engine/backend/ops_recurrent.h.
#ifndef MS_SHADERS_RECURRENT_PARAMS_H
#define MS_SHADERS_RECURRENT_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct GatedNormParams {
    uint L, width, groups;  // of `width` columns each
    float eps;
    uint xFirst, xStride, zFirst, zStride, weightFirst, outFirst, outStride, gateFirst, gateStride;
};

// What gated_norm does besides; unset bits leave no code behind.
MS_SHARED_CONST kNormGated = 1;
MS_SHARED_CONST kNormWeight = 2;
MS_SHARED_CONST kNormSharedWeight = 4;  // every run has the same weights
MS_SHARED_CONST kNormProbeGate = 8;
MS_SHARED_CONST kNormOff = 16;  // the gate alone

// Mamba-2's and Mamba-3's scans. Heads of head_dim channels each; headsPerGroup of them share B and C.
struct HeadScanParams {
    uint L, n_heads, head_dim, d_state, headsPerGroup;
    uint uFirst, uStride, dtFirst, dtStride, AFirst, AStride, BFirst, BStride, CFirst, CStride, DFirst;
    uint stateFirst, outFirst, outStride, normFirst, normStride;
    uint lambdaFirst, lambdaStride, kPrevFirst, vPrevFirst;  // Mamba-3's only
};

// What head_scan computes.
MS_SHARED_CONST kHeadScanWhole = 0;      // all tokens from the state: outputs, the state after
MS_SHARED_CONST kHeadScanProbed = 1;     // and norms
MS_SHARED_CONST kHeadScanChunkNorm = 2;  // norms alone, each chunk from the start state that ssd_combine left

// The two passes of ssd_chunks.
MS_SHARED_CONST kSsdSummary = 0;  // what a chunk alone adds to the state, and its decay
MS_SHARED_CONST kSsdOutput = 1;   // from the start state that ssd_combine left: the outputs

struct SsdCombineParams {
    uint d_inner, d_state, n_heads, head_dim, chunks, stateFirst;
};

struct TrapezoidStepsParams {
    uint L, n_heads, probes;  // of kStepsRetention and kStepsOwn
    float floor;
    uint xFirst, xStride, trapFirst, trapStride, dtFirst, dtStride, AFirst, AStride, lambdaFirst, lambdaStride;
    uint retentionFirst, retentionStride, ownFirst, ownStride;
};
MS_SHARED_CONST kStepsRetention = 1;
MS_SHARED_CONST kStepsOwn = 2;

// Mamba-3's rotation: rotation_angles adds up the angles, rotate_states turns by them.
struct RotationParams {
    uint L, n_heads, d_state, n_angles, headsPerGroup;
    uint BFirst, BStride, CFirst, CStride, biasBFirst, biasBStride, biasCFirst, biasCStride;
    uint turnFirst, turnStride, dtFirst, dtStride, angleFirst, angleStride, KFirst, KStride, QFirst, QStride;
};

// Kinds as RecurrentCellArgs::Kind.
MS_SHARED_CONST kCellRnnTanh = 0;
MS_SHARED_CONST kCellRnnRelu = 1;
MS_SHARED_CONST kCellLstm = 2;
MS_SHARED_CONST kCellGru = 3;

// What recurrent_cell does besides.
MS_SHARED_CONST kCellBias = 1;
MS_SHARED_CONST kCellProbeGates = 2;
MS_SHARED_CONST kCellProbeCell = 4;

struct CellParams {
    uint L, hidden, unitsPerGroup;  // a workgroup's units; all of them where L > 1
    uint xFirst, xStride, weightFirst, biasFirst, hFirst, cFirst, outFirst, outStride;
    uint gatesFirst, gatesStride, cellFirst, cellStride;
};

// What s4_scan does besides the recurrence.
MS_SHARED_CONST kS4RankOne = 1;
MS_SHARED_CONST kS4Skip = 2;
MS_SHARED_CONST kS4Gelu = 4;
MS_SHARED_CONST kS4ProbeY = 8;

struct S4Params {
    uint L, channels, d_state;
    uint uFirst, uStride, AFirst, BFirst, CFirst, PFirst, QFirst, DFirst, stateFirst;
    uint outFirst, outStride, yFirst, yStride;
};

// What a pass of a Fourier transform reads and writes besides the buffers between passes.
MS_SHARED_CONST kFftReadInput = 1;   // u + i kernel, zeros behind the last token
MS_SHARED_CONST kFftProduct = 2;     // the product of both spectra, told apart by their symmetry
MS_SHARED_CONST kFftWriteOutput = 4; // real parts, scaled, with the skip
MS_SHARED_CONST kFftSkip = 8;
MS_SHARED_CONST kFftInverse = 16;

struct FftParams {
    uint L, channels, size;
    uint done;  // points that earlier passes have put together: 1 at first
    uint uFirst, uStride, kernelFirst, kernelStride, DFirst, outFirst, outStride;
};

struct GluParams {
    uint L, d;
    uint xFirst, xStride, outFirst, outStride;
    uint accumulate;
};

MS_SHARED_END
#endif
