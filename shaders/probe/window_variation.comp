// Coefficient of variation of every channel over the trailing window. Time is cut into blocks of WINDOW positions,
// aligned to multiples of it. The window at offset j of a block is the tail of the block before, from offset j + 1 on,
// and this block's head up to j: tails are built backward and kept in shared memory, heads forward, and both are joined,
// so that nothing that has left is ever subtracted. An invocation is one channel of one block of time, or of all of them
// where ALONE: then it leaves the newest values in the history as well, which else window_history does afterwards.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint WINDOW = 64;
layout(constant_id = 2) const uint SEGMENT = 64;  // offsets whose tails are held at once
layout(constant_id = 3) const bool ALONE = false;

layout(binding = 0) readonly buffer X { float x[]; };          // [L, d]
layout(binding = 1) buffer History { float history[]; };       // [WINDOW, d]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(binding = 3) writeonly buffer Out { float result[]; };  // [L, d]
layout(push_constant) uniform Push { WindowParams p; };

const uint kAhead = 8;  // values in flight: the chain through the moments would else wait for each

shared vec2 sharedTail[SEGMENT * WORKGROUP];  // mean, sum of squared deviations; every invocation keeps to its column

uint channel, start;

float valueAt(uint block, uint offset) {
    const uint at = block + offset;
    return at < start ? history[p.historyFirst + offset * p.historyStride + channel]
                      : x[p.xFirst + (at - start) * p.xStride + channel];
}

// 1 / n, correctly rounded for n up to 256 by one Newton step: all variants of this kernel give the same bits.
float reciprocal(float n) {
    precise float r = 1.0 / n;
    precise float rest = fma(-n, r, 1.0);
    precise float better = fma(r, rest, r);
    return better;
}

// Welford 1962. `n` counts this value; equal values leave the mean and add no deviation.
vec2 joined(vec2 moments, float value, uint n) {
    precise float delta = value - moments.x;
    precise float mean = fma(delta, reciprocal(float(n)), moments.x);
    precise float rest = value - mean;
    precise float squares = fma(delta, rest, moments.y);
    return vec2(mean, squares);
}

// Tails of the block before `block` for this block's offsets [low, high).
void buildTails(uint block, uint low, uint high) {
    vec2 tail = vec2(0.0);
    const uint count = WINDOW - 1 - low;  // offsets WINDOW - 1 down to low + 1
    for (uint done = 0; done < count; done += kAhead) {
        float value[kAhead];
        [[unroll]] for (uint i = 0; i < kAhead; ++i)
            value[i] = valueAt(block - WINDOW, WINDOW - 1 - min(done + i, count - 1));
        [[unroll]] for (uint i = 0; i < kAhead; ++i) {
            if (done + i >= count) break;
            const uint offset = WINDOW - 1 - (done + i);
            tail = joined(tail, value[i], done + i + 1);
            if (offset <= high) sharedTail[(offset - 1 - low) * WORKGROUP + gl_LocalInvocationIndex] = tail;
        }
    }
}

void write(uint block, uint offset, vec2 head, vec2 tail) {
    precise float mean = head.x, squares = head.y, all = float(offset + 1);
    if (block > 0 && offset + 1 < WINDOW) {  // Chan, Golub and LeVeque 1979
        const float inHead = all, inTail = float(WINDOW - 1 - offset);
        all = float(WINDOW);
        precise float perValue = reciprocal(all);
        precise float delta = head.x - tail.x;
        precise float between = inHead * inTail * perValue;
        precise float tailPart = tail.x * (inTail * perValue);
        precise float both = head.y + tail.y;
        precise float distance = delta * delta;
        mean = fma(head.x, inHead * perValue, tailPart);
        squares = fma(distance, between, both);
    }
    precise float variance = squares * reciprocal(all);
    // Bits: a comparison would turn NaN into 0 where the driver assumes that there are none.
    result[p.outFirst + (block + offset - start) * p.outStride + channel] =
        floatBitsToUint(squares) << 1 == 0 ? 0.0 : sqrt(variance) / mean;
}

void walkBlock(uint block, uint end) {
    const uint low = block < start ? start - block : 0, high = min(WINDOW, end - block);
    vec2 head = vec2(0.0);
    uint taken = 0;  // offsets in `head`
    for (uint from = low; from < high; from += SEGMENT) {
        const uint to = min(from + SEGMENT, high);
        if (block > 0) buildTails(block, from, to);
        for (; taken < to; taken += min(kAhead, to - taken)) {
            float value[kAhead];
            [[unroll]] for (uint i = 0; i < kAhead; ++i) value[i] = valueAt(block, min(taken + i, to - 1));
            [[unroll]] for (uint i = 0; i < kAhead; ++i) {
                const uint offset = taken + i;
                if (offset >= to) break;
                head = joined(head, value[i], offset + 1);
                if (offset < from) continue;
                write(block, offset, head, sharedTail[(offset - from) * WORKGROUP + gl_LocalInvocationIndex]);
            }
        }
    }
}

void main() {
    channel = gl_WorkGroupID.x * WORKGROUP + gl_LocalInvocationIndex;
    if (channel >= p.d) return;
    start = position[p.positionFirst] + p.tokenOffset;
    const uint end = start + p.L, firstBlock = start / WINDOW * WINDOW;
    if (!ALONE) {
        const uint block = firstBlock + gl_WorkGroupID.y * WINDOW;
        if (block < end) walkBlock(block, end);
        return;
    }
    for (uint block = firstBlock; block < end; block += WINDOW) walkBlock(block, end);
    for (uint t = p.L - min(p.L, WINDOW); t < p.L; ++t)
        history[p.historyFirst + (start + t) % WINDOW * p.historyStride + channel] =
            x[p.xFirst + t * p.xStride + channel];
}
