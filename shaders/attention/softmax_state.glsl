// What a row of attention has seen so far (Milakov & Gimelshein 2018): x the largest score, y the sum of e = exp(score - x),
// z the sum of e (score - x), for the entropy.
#include "shaders/include/numerics.glsl"

const vec3 kNothingSeen = vec3(-1e30, 0.0, 0.0);

float expOf(float v) { return exp2(v * kLog2e); }

// Both runs together; sums made beside them are to be multiplied by shares.x and shares.y.
vec3 joinedStates(vec3 a, vec3 b, out vec2 shares) {
    const float most = max(a.x, b.x);
    const vec2 below = vec2(a.x, b.x) - most;
    shares = vec2(expOf(below.x), expOf(below.y));
    // Of nothing seen nothing counts, not even an infinitely small part of 1e30.
    if (a.y == 0.0) shares.x = 0.0;
    if (b.y == 0.0) shares.y = 0.0;
    const float momentA = a.y == 0.0 ? 0.0 : shares.x * fma(below.x, a.y, a.z);
    const float momentB = b.y == 0.0 ? 0.0 : shares.y * fma(below.y, b.y, b.z);
    return vec3(most, a.y * shares.x + b.y * shares.y, momentA + momentB);
}

// -sum of p ln p
float entropyOf(vec3 state) { return max(0.0, log2(state.y) * 0.69314718055994531 - state.z / state.y); }
