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
layout(constant_id = 4) const uint AHEAD = 16;  // values in flight: the chain would else wait for each

#include "shaders/include/window_moments.glsl"

layout(binding = 0) readonly buffer X { float x[]; };          // [L, d]
layout(binding = 1) buffer History { float history[]; };       // [WINDOW, d]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(binding = 3) writeonly buffer Out { float result[]; };  // [L, d]
layout(push_constant) uniform Push { WindowParams p; };

shared vec2 sharedTail[SEGMENT * WORKGROUP];  // moments; every invocation keeps to its column

uint channel, start;

float valueAt(uint block, uint offset) {
    const uint at = block + offset;
    return at < start ? history[p.historyFirst + offset * p.historyStride + channel]
                      : x[p.xFirst + (at - start) * p.xStride + channel];
}

// Of the `count` last values of the block before, AHEAD more join the tail after `done`. Knowing that there are as many
// (`whole`) spares the branches.
vec2 extendTail(bool whole, vec2 tail, uint block, uint low, uint high, uint done, uint count) {
    float value[AHEAD];
    [[unroll]] for (uint i = 0; i < AHEAD; ++i)
        value[i] = valueAt(block - WINDOW, WINDOW - 1 - (whole ? done + i : min(done + i, count - 1)));
    [[unroll]] for (uint i = 0; i < AHEAD; ++i) {
        if (whole || done + i < count) {
            tail = joined(tail, value[i], done + i + 1);
            const uint offset = WINDOW - 2 - (done + i);  // in this block: the one whose window begins with this value
            if (offset < high) sharedTail[(offset - low) * WORKGROUP + gl_LocalInvocationIndex] = tail;
        }
    }
    return tail;
}

// Tails for offsets [low, high) of `block`.
void buildTails(uint block, uint low, uint high) {
    vec2 tail = vec2(0.0);
    const uint count = WINDOW - 1 - low;
    uint done = 0;
    for (; done + AHEAD <= count; done += AHEAD) tail = extendTail(true, tail, block, low, high, done, count);
    if (done < count) extendTail(false, tail, block, low, high, done, count);
}

void write(uint block, uint offset, vec2 head, vec2 tail) {
    result[p.outFirst + (block + offset - start) * p.outStride + channel] = variation(head, tail, offset + 1, block > 0);
}

// Values from offset `taken` on join the head; those from `from` on have their tails and are written.
vec2 extendHead(bool whole, vec2 head, uint block, uint taken, uint from, uint to) {
    float value[AHEAD];
    [[unroll]] for (uint i = 0; i < AHEAD; ++i) value[i] = valueAt(block, whole ? taken + i : min(taken + i, to - 1));
    [[unroll]] for (uint i = 0; i < AHEAD; ++i) {
        const uint offset = taken + i;
        if (whole || offset < to) {
            head = joined(head, value[i], offset + 1);
            if (offset >= from)
                write(block, offset, head, sharedTail[(offset - from) * WORKGROUP + gl_LocalInvocationIndex]);
        }
    }
    return head;
}

void walkBlock(uint block, uint end) {
    const uint low = block < start ? start - block : 0, high = min(WINDOW, end - block);
    vec2 head = vec2(0.0);
    uint taken = 0;
    for (uint from = low; from < high; from += SEGMENT) {
        const uint to = min(from + SEGMENT, high);
        if (block > 0) buildTails(block, from, to);
        for (; taken + AHEAD <= to; taken += AHEAD) head = extendHead(true, head, block, taken, from, to);
        if (taken < to) head = extendHead(false, head, block, taken, from, to);
        taken = to;
    }
}

void main() {
    prepareReciprocals();
    barrier();
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
