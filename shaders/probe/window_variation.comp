// Coefficient of variation of every channel over the trailing window; one invocation a channel. Mean and sum of squared
// deviations follow each token (Welford 1962) and are computed afresh from the ring whenever it wraps, so that rounding
// never builds up over more than one window.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x[]; };            // [L, d]
layout(binding = 1) buffer History { float history[]; };         // [window, d]
layout(binding = 2) buffer Moments { float moments[]; };         // [2, d]
layout(binding = 3) readonly buffer Position { uint position[]; };
layout(binding = 4) writeonly buffer Out { float result[]; };    // [L, d]
layout(push_constant) uniform Push { WindowParams p; };

void main() {
    const uint c = globalIndex();
    if (c >= p.d) return;
    const uint start = position[p.positionFirst] + p.tokenOffset;
    const uint atMean = p.momentsFirst + c, atSpread = atMean + p.momentsStride;
    precise float mean = 0.0, spread = 0.0;
    if (start > 0) {
        mean = moments[atMean];
        spread = moments[atSpread];
    }
    for (uint t = 0; t < p.L; ++t) {
        const uint pos = start + t, slot = pos % p.window;
        const uint at = p.historyFirst + slot * p.historyStride + c;
        const float v = x[p.xFirst + t * p.xStride + c];
        const float count = float(min(pos + 1, p.window));
        if (pos < p.window) {
            precise float delta = v - mean;
            mean += delta / count;
            spread += delta * (v - mean);
        } else {
            const float old = history[at];
            precise float before = mean;
            mean += (v - old) / count;
            spread += (v - old) * ((v - mean) + (old - before));
        }
        history[at] = v;
        if (slot + 1 == p.window) {
            precise float sum = 0.0;
            for (uint i = 0; i < p.window; ++i) sum += history[p.historyFirst + i * p.historyStride + c] - v;
            mean = v + sum / count;
            spread = 0.0;
            for (uint i = 0; i < p.window; ++i) {
                precise float d = history[p.historyFirst + i * p.historyStride + c] - mean;
                spread = fma(d, d, spread);
            }
        }
        result[p.outFirst + t * p.outStride + c] = spread > 0.0 ? sqrt(spread / count) / mean : 0.0;
    }
    moments[atMean] = mean;
    moments[atSpread] = spread;
}
