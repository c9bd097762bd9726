// Parameters of the kernels in shaders/probe.
#ifndef MS_SHADERS_PROBE_PARAMS_H
#define MS_SHADERS_PROBE_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

MS_SHARED_CONST kReduceMean = 0;
MS_SHARED_CONST kReduceMax = 1;
MS_SHARED_CONST kReduceL2 = 2;

struct ReduceParams {
    uint L, d;
    uint xFirst, xStride, outFirst, outStride;
    uint bins;        // histogram bins, or k of the k largest
    float low, high;  // histogram range
};

struct WindowParams {
    uint L, d, window;
    uint tokenOffset;  // added to the position: tokens of this chunk that an earlier dispatch took
    uint xFirst, xStride, historyFirst, historyStride, positionFirst, outFirst, outStride;
};

struct RetentionParams {
    uint L, d_inner, d_state;
    uint dtFirst, dtStride, AFirst, AStride, outFirst, outStride;
};

struct WriteStrengthParams {
    uint L, width, head_dim, d_state, groups;  // a group's channels, channels that share a step size
    uint dtFirst, dtStride, uFirst, uStride, BFirst, BStride, outFirst, outStride;
};

struct ScaleClampParams {
    uint L, d;
    uint xFirst, xStride, scaleFirst, lowFirst, highFirst;
};

MS_SHARED_END
#endif
