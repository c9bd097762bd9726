// What in_proj gives to what trapezoid_scan reads; one invocation a (token, head).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/circular.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x_[]; };              // [L, n_heads]
layout(binding = 1) readonly buffer Trap { float trap_[]; };        // [L, n_heads]
layout(binding = 2) writeonly buffer A { float A_[]; };             // [L, n_heads]
layout(binding = 3) writeonly buffer Lambda { float lambda_[]; };   // [L, n_heads]
layout(binding = 4) readonly buffer Dt { float dt_[]; };            // [L, n_heads]
layout(binding = 5) writeonly buffer Retention { float retention_[]; };  // [L, n_heads]
layout(binding = 6) writeonly buffer OwnStep { float ownStep_[]; };      // [L, n_heads]
layout(push_constant) uniform Push { TrapezoidStepsParams p; };

void main() {
    const uint token = globalIndex() / p.n_heads, head = globalIndex() % p.n_heads;
    if (token >= p.L) return;
    const float x = x_[p.xFirst + token * p.xStride + head];
    const float a = -max(x >= 0.0 ? 1.0 + x : 1.0 / (1.0 - x), p.floor);
    const float share = sigmoid(trap_[p.trapFirst + token * p.trapStride + head]);
    A_[p.AFirst + token * p.AStride + head] = a;
    lambda_[p.lambdaFirst + token * p.lambdaStride + head] = share;
    if (p.probes == 0) return;
    const float dt = dt_[p.dtFirst + token * p.dtStride + head];
    if ((p.probes & kStepsRetention) != 0)
        retention_[p.retentionFirst + token * p.retentionStride + head] = exp2(dt * a * 1.4426950408889634);
    if ((p.probes & kStepsOwn) != 0) ownStep_[p.ownFirst + token * p.ownStride + head] = dt * share;
}
