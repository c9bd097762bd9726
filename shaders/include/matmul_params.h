// Parameters of the kernels in shaders/linear: out[l, n] = sum over k of x[l, k] weight[n, k].
#ifndef MS_SHADERS_MATMUL_PARAMS_H
#define MS_SHADERS_MATMUL_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

MS_SHARED_CONST kEpilogueNone = 0;
MS_SHARED_CONST kEpilogueAccumulate = 1;
MS_SHARED_CONST kEpilogueSoftplus = 2;
MS_SHARED_CONST kEpilogueSilu = 3;
MS_SHARED_CONST kEpilogueGelu = 4;
MS_SHARED_CONST kEpilogueGeluTanh = 5;

struct MatmulParams {
    uint L, N, K;
    uint xFirst, xStride, weightFirst, biasFirst, outFirst, outStride;
};

MS_SHARED_END
#endif
