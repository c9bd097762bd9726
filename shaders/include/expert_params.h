// Parameters of the kernels in shaders/experts. A slot is one choice of one token: slot t·k + j is token t's j-th expert.
#ifndef MS_SHADERS_EXPERT_PARAMS_H
#define MS_SHADERS_EXPERT_PARAMS_H
#include "shaders/include/shared.h"

MS_SHARED_BEGIN

// Slots of one expert that expert_matmul multiplies together.
MS_SHARED_CONST kExpertSlots = 8;

struct TopExpertsParams {
    uint L, experts, chosen, normalize;
    uint logitsFirst, logitsStride, idsFirst, idsStride, weightsFirst, weightsStride;
};

struct ExpertListsParams {
    uint slots, experts, blocks, idsFirst;
};

struct ExpertMatmulParams {
    uint slots, N, K, experts;
    uint perRow;  // slots that share a row of x
    uint blocks;  // groups of slots of one expert
    uint xFirst, xStride, weightFirst, idsFirst, outFirst, outStride;
};

struct MixExpertsParams {
    uint L, d, chosen;
    uint yFirst, yStride, weightsFirst, weightsStride, outFirst, outStride;
};

MS_SHARED_END
#endif
