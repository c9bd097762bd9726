// Parameters of the shaders in shaders/view.
#ifndef MS_SHADERS_LANDSCAPE_PARAMS_H
#define MS_SHADERS_LANDSCAPE_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct LandscapeParams {
    float viewProjection[16];  // by columns
    uint rows, columns;
    uint alongRows;            // triangle strips run along rows (x), else along columns (z)
    float rowSpan, columnSpan, heightScale;
};

MS_SHARED_END
#endif
