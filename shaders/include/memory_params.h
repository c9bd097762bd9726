// Parameters of the kernels in shaders/memory.
#ifndef MS_SHADERS_MEMORY_PARAMS_H
#define MS_SHADERS_MEMORY_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

struct EmbeddingParams {
    uint L, d;
    uint firstRow, rowCount;  // the rows of the table that this binding holds
    uint tableFirst, idsFirst, outFirst, outStride;
};

struct CopyParams {
    uint rows, cols;  // in units of what one copy moves: words, or groups of four
    uint srcFirst, srcStride, dstFirst, dstStride;
};

MS_SHARED_END
#endif
