// Parameters of the kernels in shaders/attention.
#ifndef MS_SHADERS_ATTENTION_PARAMS_H
#define MS_SHADERS_ATTENTION_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct LayerNormParams {
    uint L, d;
    float eps;
    uint xFirst, xStride, weightFirst, biasFirst, outFirst, outStride;
};

MS_SHARED_CONST kGateSilu = 0;
MS_SHARED_CONST kGateGelu = 1;
MS_SHARED_CONST kGateGeluTanh = 2;

struct GateParams {
    uint L, d;
    uint aFirst, aStride, bFirst, bStride, outFirst, outStride;
};

// Heads begin headStep columns apart; tokenOffset is added to the position (tokens of this chunk that an earlier dispatch took).
struct RotaryParams {
    uint L, heads, pairs, headStep, tokenOffset;
    float amplitude;
    uint xFirst, xStride, frequencyFirst, positionFirst;
};

struct AppendParams {
    uint L, heads, headDim, headStep, capacity;
    uint fromFirst, fromStride, cacheFirst, cacheStride, positionFirst;
};

// Optional outputs of attention.
MS_SHARED_CONST kAttentionEntropy = 1;
MS_SHARED_CONST kAttentionLargest = 2;

struct AttentionParams {
    uint L, heads, kvHeads, headDim, headStep, capacity;
    uint splits;  // of the cache, each summed by workgroups of its own; 1: nothing to combine
    float scale;
    uint qFirst, qStride, keysFirst, keysStride, valuesFirst, valuesStride, positionFirst;
    uint outFirst, outStride, entropyFirst, entropyStride, largestFirst, largestStride;
};

MS_SHARED_END
#endif
