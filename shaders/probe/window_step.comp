// window_variation for one token on GPUs: a workgroup fetches the windows of CHANNELS channels at once into shared memory,
// then one row of invocations makes the heads and another the tails.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint WINDOW = 64;
layout(constant_id = 2) const uint CHANNELS = 32;

#include "shaders/include/window_moments.glsl"

layout(binding = 0) readonly buffer X { float x[]; };          // [1, d]
layout(binding = 1) buffer History { float history[]; };       // [WINDOW, d]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(binding = 3) writeonly buffer Out { float result[]; };  // [1, d]
layout(push_constant) uniform Push { WindowParams p; };

const uint kRows = WORKGROUP / CHANNELS, kEach = (WINDOW + kRows - 1) / kRows;
const uint kAhead = 8;

shared float sharedValue[WINDOW * CHANNELS];  // [offset][channel]
shared vec2 sharedTail[CHANNELS];

// Moments of `count` values from offset `first` on, upward or downward.
vec2 momentsOf(uint column, uint first, uint count, bool upward) {
    vec2 moments = vec2(0.0);
    for (uint done = 0; done < count; done += kAhead) {
        float value[kAhead];
        [[unroll]] for (uint i = 0; i < kAhead; ++i) {
            const uint step = min(done + i, count - 1);
            value[i] = sharedValue[(upward ? first + step : first - step) * CHANNELS + column];
        }
        [[unroll]] for (uint i = 0; i < kAhead; ++i)
            if (done + i < count) moments = joined(moments, value[i], done + i + 1);
    }
    return moments;
}

void main() {
    const uint column = gl_LocalInvocationIndex % CHANNELS, row = gl_LocalInvocationIndex / CHANNELS;
    const uint own = groupIndex() * CHANNELS + column, channel = min(own, p.d - 1);
    const uint now = position[p.positionFirst] + p.tokenOffset, slot = now % WINDOW;
    const float newest = x[p.xFirst + channel];
    float value[kEach];
    [[unroll]] for (uint i = 0; i < kEach; ++i)
        value[i] = history[p.historyFirst + min(row + i * kRows, WINDOW - 1) * p.historyStride + channel];
    prepareReciprocals();
    [[unroll]] for (uint i = 0; i < kEach; ++i) {
        const uint offset = row + i * kRows;
        if (offset < WINDOW) sharedValue[offset * CHANNELS + column] = offset == slot ? newest : value[i];
    }
    barrier();
    const bool full = now >= WINDOW;
    vec2 head = vec2(0.0);
    if (row == 0) head = momentsOf(column, 0, slot + 1, true);
    if (row == 1 && full) sharedTail[column] = momentsOf(column, WINDOW - 1, WINDOW - 1 - slot, false);
    barrier();
    if (row != 0 || own >= p.d) return;
    result[p.outFirst + channel] = variation(head, sharedTail[column], slot + 1, full);
    history[p.historyFirst + slot * p.historyStride + channel] = newest;
}
