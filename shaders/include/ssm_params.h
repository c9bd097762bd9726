// Parameters of the kernels in shaders/ssm.
#ifndef MS_SHADERS_SSM_PARAMS_H
#define MS_SHADERS_SSM_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct ConvParams {
    uint L, d_inner;
    uint xFirst, xStride, weightFirst, biasFirst, stateFirst, outFirst, outStride;
};

// What a scan pipeline does besides the recurrence; unset bits leave no code behind.
MS_SHARED_CONST kScanSoftplus = 1;
MS_SHARED_CONST kScanDtBias = 2;
MS_SHARED_CONST kScanGate = 4;
MS_SHARED_CONST kScanProbeY = 8;
MS_SHARED_CONST kScanProbeGate = 16;
MS_SHARED_CONST kScanProbeNorm = 32;

// The two passes of scan_chunks, and of complex_scan where it has chunks.
MS_SHARED_CONST kScanSummary = 0;  // from a zero state: end state and sum of dt, or what the chunk keeps
MS_SHARED_CONST kScanChunk = 1;    // from the start state that scan_combine left: the outputs
MS_SHARED_CONST kScanWhole = 2;    // of complex_scan alone: all tokens one after the other

struct ScanParams {
    uint L, d_inner, d_state, tokensPerChunk;
    uint uFirst, dtFirst, AFirst, BFirst, CFirst, DFirst, zFirst, dtBiasFirst, stateFirst;
    uint outFirst, yFirst, gateFirst, stateNormFirst;
    uint uStride, dtStride, BStride, CStride, zStride, outStride, yStride, gateStride, stateNormStride;
};

struct ScanCombineParams {
    uint d_inner, d_state, chunks;
    uint AFirst, stateFirst;  // complex_combine has no A
};

MS_SHARED_END
#endif
