// Rotary position embedding (Su et al. 2021), in place; one invocation a pair of columns.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/attention_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const bool INTERLEAVED = false;

layout(binding = 0) buffer X { float x[]; };                          // [L, heads]
layout(binding = 1) readonly buffer Frequency { float frequency[]; }; // [pairs]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(push_constant) uniform Push { RotaryParams p; };

// What the product a b lost when it was rounded (Dekker 1971): fma() need not be fused.
float productError(float a, float b, float product) {
    precise float ca = 4097.0 * a, cb = 4097.0 * b;
    precise float aBelow = ca - a, bBelow = cb - b;
    precise float aHigh = ca - aBelow, bHigh = cb - bBelow;
    precise float aLow = a - aHigh, bLow = b - bHigh;
    precise float high = aHigh * bHigh, cross1 = aHigh * bLow, cross2 = aLow * bHigh, low = aLow * bLow;
    precise float e = high - product;
    e += cross1;
    e += cross2;
    e += low;
    return e;
}

// position * frequency in turns, whole ones taken off: what products lose is carried along, so that late positions are as
// exact as early ones. 1 / (2 pi) comes in two parts.
float turnsOf(float at, float f) {
    const float kHigh = 0.15915494, kLow = 6.4206383e-09;
    precise float high = f * kHigh;
    precise float low = f * kLow;
    low += productError(f, kHigh, high);
    precise float turns = at * high;
    precise float rest = at * low;
    rest += productError(at, high, turns);
    precise float part = turns - roundEven(turns);
    part += rest;
    return part - roundEven(part);
}

// cos and sin of turns in [-1/2, 1/2], by Taylor series over an eighth of a turn: drivers' own may be off by 2^-11.
vec2 turned(float turns) {
    const float quarter = roundEven(4.0 * turns);
    const float a = 6.283185307179586 * (turns - 0.25 * quarter), q = a * a;
    const float s = a * fma(q, fma(q, fma(q, fma(q, 1.0 / 362880.0, -1.0 / 5040.0), 1.0 / 120.0), -1.0 / 6.0), 1.0);
    const float c = fma(q, fma(q, fma(q, fma(q, 1.0 / 40320.0, -1.0 / 720.0), 1.0 / 24.0), -0.5), 1.0);
    const int side = int(quarter) & 3;
    if (side == 0) return vec2(c, s);
    if (side == 1) return vec2(-s, c);
    return side == 2 ? vec2(-c, -s) : vec2(s, -c);
}

void main() {
    const uint i = globalIndex() % p.pairs, head = globalIndex() / p.pairs % p.heads, token = globalIndex() / p.pairs / p.heads;
    if (token >= p.L) return;
    const float at = float(position[p.positionFirst] + p.tokenOffset + token);
    const vec2 turn = p.amplitude * turned(turnsOf(at, frequency[p.frequencyFirst + i]));
    const uint first = p.xFirst + token * p.xStride + head * p.headStep;
    const uint low = first + (INTERLEAVED ? 2 * i : i), high = INTERLEAVED ? low + 1 : low + p.pairs;
    const float a = x[low], b = x[high];
    x[low] = a * turn.x - b * turn.y;
    x[high] = b * turn.x + a * turn.y;
}
