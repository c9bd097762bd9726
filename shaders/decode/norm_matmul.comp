// RMSNorm and the product that reads it, for one token: out = (x / sqrt(mean(x^2) + eps) * normWeight) · weightᵀ.
// GROUP lanes share ROWS rows of the weight and see all of x, so every group has the norm for one sum more; it scales
// finished sums. With MS_CONV the first d_inner outputs go on through the causal convolution while they are in registers
// (whoever finished a channel owns its state), and each workgroup adds up its channels' share of the product that reads u.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/decode_params.h"
#include "shaders/include/numerics.glsl"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TYPE = kTypeF32;
layout(constant_id = 2) const bool HAS_BIAS = false;
layout(constant_id = 3) const uint GROUP = 32;   // power of two, at most the subgroup's size
layout(constant_id = 4) const uint ROWS = 1;     // at most GROUP
layout(constant_id = 5) const uint PASSES = 3;   // 16-byte units of one lane and row

layout(binding = 0) readonly buffer Weight { uvec4 weight[]; };          // [N, K]
layout(binding = 1) readonly buffer X { vec4 x[]; };                     // [K]
layout(binding = 2) readonly buffer NormWeight { vec4 normWeight[]; };   // [K]
layout(binding = 3) readonly buffer Bias { float bias[]; };              // [N]
layout(binding = 4) writeonly buffer Normed { vec4 normed[]; };          // [K]
layout(binding = 5) writeonly buffer Out { float result[]; };            // [N]

const uint kRows = WORKGROUP / GROUP * ROWS;  // of one workgroup
const uint kPerUnit = TYPE == kTypeF32 ? 4 : 8;
const uint kFours = kPerUnit / 4;

#ifdef MS_CONV
layout(constant_id = 6) const uint D_CONV = 4;
layout(constant_id = 7) const bool HAS_CONV_BIAS = false;
layout(constant_id = 8) const uint NEXT_TYPE = kTypeF32;
layout(constant_id = 9) const uint NEXT_PASSES = 1;  // 16-byte units of the next product that one lane multiplies

layout(binding = 6) readonly buffer ConvWeight { float convWeight[]; };  // [d_inner, D_CONV]
layout(binding = 7) readonly buffer ConvBias { float convBias[]; };      // [d_inner]
layout(binding = 8) buffer ConvState { float convState[]; };             // [d_inner, D_CONV - 1]
layout(binding = 9) writeonly buffer U { float u_[]; };                  // [d_inner]
layout(binding = 10) readonly buffer Next { uvec4 next[]; };             // [nextRows, d_inner]
layout(binding = 11) writeonly buffer Partial { float partial[]; };      // [workgroups of channels, partialWidth]
layout(push_constant) uniform Push { NormInConvParams p; };
#define MS_P p.m

const uint kPast = D_CONV - 1;
const uint kNextPerUnit = NEXT_TYPE == kTypeF32 ? 4 : 8;
const uint kSlice = kRows / kNextPerUnit;  // units of a row of `next` that meet this workgroup's channels; a power of two

shared float sharedU[kRows];
#else
layout(push_constant) uniform Push { NormMatmulParams p; };
#define MS_P p
#endif

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % GROUP, slot = self / GROUP;
    const uint units = MS_P.K / kPerUnit;
#ifdef MS_CONV
    // No workgroup holds channels of the convolution and other rows.
    const uint convGroups = (p.d_inner + kRows - 1) / kRows;
    const bool conv = groupIndex() < convGroups;
    const uint base = conv ? groupIndex() * kRows : p.d_inner + (groupIndex() - convGroups) * kRows;
    const uint end = conv ? p.d_inner : MS_P.N;
#else
    const uint base = groupIndex() * kRows;
    const uint end = MS_P.N;
#endif
    const uint first = base + slot * ROWS;
    const uint row = first + lane;  // finished by this lane
    const bool mine = lane < ROWS && row < end;

    // Whatever does not depend on sums is asked for first. Past the end: the last unit, times zero.
    uvec4 raw[PASSES * ROWS];
    [[unroll]] for (uint j = 0; j < PASSES; ++j)
        [[unroll]] for (uint r = 0; r < ROWS; ++r)
            raw[j * ROWS + r] = weight[MS_P.weightFirst / kPerUnit + min(first + r, MS_P.N - 1) * units +
                                       min(lane + j * GROUP, units - 1)];
#ifdef MS_CONV
    uvec4 nextRaw[NEXT_PASSES];
    float w[D_CONV], recent[D_CONV];  // the newest input is last
    float offset = 0.0;
    if (conv) {
        const uint nextUnits = p.d_inner / kNextPerUnit;
        [[unroll]] for (uint j = 0; j < NEXT_PASSES; ++j) {
            const uint i = j * WORKGROUP + self;
            nextRaw[j] = next[p.nextFirst / kNextPerUnit + min(i / kSlice, p.nextRows - 1) * nextUnits +
                              min(base / kNextPerUnit + i % kSlice, nextUnits - 1)];
        }
        if (mine) {
            [[unroll]] for (uint j = 0; j < D_CONV; ++j) w[j] = convWeight[p.convWeightFirst + row * D_CONV + j];
            [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j] = convState[p.convStateFirst + row * kPast + j];
            if (HAS_CONV_BIAS) offset = convBias[p.convBiasFirst + row];
        }
    }
#endif

    float sums[ROWS], squares = 0.0;
    [[unroll]] for (uint r = 0; r < ROWS; ++r) sums[r] = 0.0;
    [[unroll]] for (uint j = 0; j < PASSES; ++j) {
        const uint unit = lane + j * GROUP, at = min(unit, units - 1) * kFours;
        [[unroll]] for (uint i = 0; i < kFours; ++i) {
            const vec4 value = unit < units ? x[MS_P.xFirst / 4 + at + i] : vec4(0.0);
            const vec4 weighted = value * normWeight[MS_P.normWeightFirst / 4 + at + i];
            squares += dot(value, value);
            [[unroll]] for (uint r = 0; r < ROWS; ++r) {
                const uvec4 bits = raw[j * ROWS + r];
                if (TYPE == kTypeF32) sums[r] += dot(uintBitsToFloat(bits), weighted);
                else sums[r] += dot(widenFour(TYPE, i == 0 ? bits.xy : bits.zw), weighted);
            }
        }
    }
    [[unroll]] for (uint step = GROUP / 2; step > 0; step /= 2) {
        squares += subgroupShuffleXor(squares, step);
        [[unroll]] for (uint r = 0; r < ROWS; ++r) sums[r] += subgroupShuffleXor(sums[r], step);
    }
    const float scale = 1.0 / sqrt(squares / float(MS_P.K) + MS_P.eps);

    float sum = 0.0;
    [[unroll]] for (uint r = 0; r < ROWS; ++r)
        if (lane == r) sum = sums[r] * scale;
    if (HAS_BIAS && mine) sum += bias[MS_P.biasFirst + row];
    if (mine) result[MS_P.outFirst + row] = sum;

#ifdef MS_CONV
    if (conv) {
        float u = 0.0;
        if (mine) {
            recent[kPast] = sum;
            float filtered = offset;
            [[unroll]] for (uint j = 0; j < D_CONV; ++j) filtered = fma(w[j], recent[j], filtered);
            u = silu(filtered);
            u_[p.uFirst + row] = u;
            [[unroll]] for (uint j = 0; j < kPast; ++j) convState[p.convStateFirst + row * kPast + j] = recent[j + 1];
        }
        if (lane < ROWS) sharedU[slot * ROWS + lane] = u;  // zero past the end
        barrier();
        [[unroll]] for (uint j = 0; j < NEXT_PASSES; ++j) {
            const uint i = j * WORKGROUP + self, at = i % kSlice * kNextPerUnit;
            const vec4 low = vec4(sharedU[at], sharedU[at + 1], sharedU[at + 2], sharedU[at + 3]);
            float part = 0.0;
            if (NEXT_TYPE == kTypeF32) {
                part = dot(uintBitsToFloat(nextRaw[j]), low);
            } else {
                const vec4 high = vec4(sharedU[at + 4], sharedU[at + 5], sharedU[at + 6], sharedU[at + 7]);
                part = dot(widenFour(NEXT_TYPE, nextRaw[j].xy), low) + dot(widenFour(NEXT_TYPE, nextRaw[j].zw), high);
            }
            [[unroll]] for (uint step = kSlice / 2; step > 0; step /= 2) part += subgroupShuffleXor(part, step);
            if (i % kSlice == 0 && i / kSlice < p.partialWidth)  // the row's padding is read with it
                partial[p.partialFirst + groupIndex() * p.partialWidth + i / kSlice] = part;
        }
    }
#endif

    // The norm itself, for whoever reads it later.
    if (groupIndex() == 0)
        for (uint i = self; i < MS_P.K / 4; i += WORKGROUP)
            normed[MS_P.normedFirst / 4 + i] =
                x[MS_P.xFirst / 4 + i] * scale * normWeight[MS_P.normWeightFirst / 4 + i];
}
