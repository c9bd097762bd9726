// dst[r, c] = src[r, c], words untouched; one invocation moves four (groups of) words, a grid's width apart.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/memory_params.h"
#include "shaders/include/workgroup.glsl"

#ifdef MS_VECTOR
#define MS_UNIT uvec4
#else
#define MS_UNIT uint
#endif
layout(binding = 0) readonly buffer Src { MS_UNIT src[]; };
layout(binding = 1) writeonly buffer Dst { MS_UNIT dst[]; };
layout(push_constant) uniform Push { CopyParams p; };

const uint kPerInvocation = 4;

void main() {
    const uint total = p.rows * p.cols;
    const uint base = groupIndex() * WORKGROUP * kPerInvocation + gl_LocalInvocationIndex;
    MS_UNIT value[kPerInvocation];
    [[unroll]] for (uint j = 0; j < kPerInvocation; ++j) {
        const uint i = base + j * WORKGROUP;
        if (i < total) value[j] = src[p.srcFirst + i / p.cols * p.srcStride + i % p.cols];
    }
    [[unroll]] for (uint j = 0; j < kPerInvocation; ++j) {
        const uint i = base + j * WORKGROUP;
        if (i < total) dst[p.dstFirst + i / p.cols * p.dstStride + i % p.cols] = value[j];
    }
}
