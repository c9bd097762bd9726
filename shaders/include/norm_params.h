// Parameters of the kernels in shaders/norm.
#ifndef MS_SHADERS_NORM_PARAMS_H
#define MS_SHADERS_NORM_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct RmsNormParams {
    uint L, d;
    float eps;
    uint xFirst, xStride, weightFirst, outFirst, outStride;
};

MS_SHARED_END
#endif
