// One pass of a Fourier transform of every channel, after Stockham in the form of Govindaraju et al. 2008: a pass of RADIX
// takes points RADIX apart in n / RADIX runs, turns them, transforms them in shared memory and puts them in order. Sizes that
// fit shared memory need one pass, longer ones as many as it takes. A workgroup does COLUMNS neighbouring transforms, so that
// memory is read in runs. Input and kernel are transformed together as real and imaginary part.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/circular.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint FLAGS = 0;    // kFft… bits
layout(constant_id = 2) const uint RADIX = 64;   // power of two
layout(constant_id = 3) const uint COLUMNS = 16; // power of two

layout(binding = 0) readonly buffer From { vec2 from_[]; };      // [channels, size]
layout(binding = 1) writeonly buffer To { vec2 to_[]; };         // [channels, size]
layout(binding = 2) readonly buffer U { float u_[]; };           // [L, channels]
layout(binding = 3) readonly buffer Kernel { float kernel_[]; }; // [channels, L]
layout(binding = 4) readonly buffer D { float D_[]; };           // [channels]
layout(binding = 5) writeonly buffer Out { float out_[]; };      // [L, channels]
layout(push_constant) uniform Push { FftParams p; };

const uint kPoints = RADIX * COLUMNS;
const uint kPairs = kPoints / 2;
const uint kShare = (kPairs + WORKGROUP - 1) / WORKGROUP;  // butterflies of one invocation

shared vec2 sharedPoint[kPoints];  // [point of the transform][column]

vec2 times(vec2 a, vec2 b) { return vec2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }

// e^(∓2πi k / n), exactly reduced: k / n is no more than a shift.
vec2 root(uint k, uint n) {
    const vec2 cs = cosSin(kTurn * (float(k) / float(n)));
    return vec2(cs.x, (FLAGS & kFftInverse) != 0 ? cs.y : -cs.y);
}

vec2 load(uint channel, uint i) {
    if ((FLAGS & kFftReadInput) != 0)
        return i < p.L ? vec2(u_[p.uFirst + i * p.uStride + channel], kernel_[p.kernelFirst + channel * p.kernelStride + i]) : vec2(0.0);
    const vec2 z = from_[channel * p.size + i];
    if ((FLAGS & kFftProduct) == 0) return z;
    // Spectrum of u + i k: U = (Z(f) + conj Z(-f)) / 2, K = (Z(f) - conj Z(-f)) / 2i.
    const vec2 mirrored = from_[channel * p.size + (p.size - i) % p.size] * vec2(1.0, -1.0);
    const vec2 difference = 0.5 * (z - mirrored);
    return times(0.5 * (z + mirrored), vec2(difference.y, -difference.x));
}

void store(uint channel, uint i, vec2 value) {
    if ((FLAGS & kFftWriteOutput) == 0) {
        to_[channel * p.size + i] = value;
    } else if (i < p.L) {
        float y = value.x / float(p.size);
        if ((FLAGS & kFftSkip) != 0) y = fma(D_[p.DFirst + channel], u_[p.uFirst + i * p.uStride + channel], y);
        out_[p.outFirst + i * p.outStride + channel] = y;
    }
}

void main() {
    const uint channel = gl_WorkGroupID.y, column0 = gl_WorkGroupID.x * COLUMNS, runs = p.size / RADIX;
    for (uint i = gl_LocalInvocationIndex; i < kPoints; i += WORKGROUP) {
        const uint r = i / COLUMNS, j = column0 + i % COLUMNS;
        sharedPoint[i] = times(load(channel, j + r * runs), root(r * (j % p.done), p.done * RADIX));
    }
    for (uint half_ = 1; half_ < RADIX; half_ *= 2) {  // half_: points put together so far
        barrier();
        vec2 low[kShare], high[kShare];
        for (uint s = 0; s < kShare; ++s) {
            const uint i = min(s * WORKGROUP + gl_LocalInvocationIndex, kPairs - 1);
            const uint pair = i / COLUMNS, column = i % COLUMNS;
            const vec2 a = sharedPoint[pair * COLUMNS + column];
            const vec2 b = times(sharedPoint[(pair + RADIX / 2) * COLUMNS + column], root(pair % half_, 2 * half_));
            low[s] = a + b;
            high[s] = a - b;
        }
        barrier();
        for (uint s = 0; s < kShare; ++s) {
            const uint i = s * WORKGROUP + gl_LocalInvocationIndex;
            if (i >= kPairs) break;
            const uint pair = i / COLUMNS, at = pair / half_ * 2 * half_ + pair % half_;
            sharedPoint[at * COLUMNS + i % COLUMNS] = low[s];
            sharedPoint[(at + half_) * COLUMNS + i % COLUMNS] = high[s];
        }
    }
    barrier();
    for (uint i = gl_LocalInvocationIndex; i < kPoints; i += WORKGROUP) {
        const uint r = i / COLUMNS, j = column0 + i % COLUMNS;
        store(channel, j / p.done * p.done * RADIX + j % p.done + r * p.done, sharedPoint[i]);
    }
}
