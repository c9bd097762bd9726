// Parameters of the kernels in shaders/decode: several ops on one token in one dispatch.
#ifndef MS_SHADERS_DECODE_PARAMS_H
#define MS_SHADERS_DECODE_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct NormMatmulParams {
    uint N, K;
    float eps;
    uint xFirst, normWeightFirst, normedFirst, weightFirst, biasFirst, outFirst;
};

struct NormInConvParams {
    NormMatmulParams m;
    uint d_inner, convWeightFirst, convBiasFirst, convStateFirst, uFirst;
    uint nextRows, nextFirst;        // the product that reads u
    uint partialFirst, partialWidth; // width of a row of partial sums, a multiple of four
};

struct ScanStepParams {
    uint d_inner, d_state, dt_rank;
    uint parts, partialFirst, sums;        // rows of partial sums; sums of one row that mean something
    uint dtAt, BAt, CAt;                   // columns of the sums
    uint dtWeightFirst, dtBiasFirst, AFirst, DFirst, uFirst, zFirst, stateFirst;
    uint sumsFirst, dtFirst, outFirst, yFirst, gateFirst, stateNormFirst;
};

MS_SHARED_END
#endif
