// Adds up Mamba-3's angles over the tokens, one invocation an angle: angle += π tanh(turn) dt (mod 2π). The products of several
// tokens are in flight at once.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/circular.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer Turn { float turn_[]; };     // [L, n_angles]
layout(binding = 1) readonly buffer Dt { float dt_[]; };         // [L, n_heads]
layout(binding = 2) buffer Angle { float angle_[]; };            // [n_heads, n_angles]
layout(binding = 3) writeonly buffer Angles { float angles_[]; };  // [L, n_heads, n_angles]
layout(push_constant) uniform Push { RotationParams p; };

const uint kAhead = 8;

void main() {
    const uint i = globalIndex(), all = p.n_heads * p.n_angles;
    if (i >= all) return;
    const uint head = i / p.n_angles, s = i % p.n_angles, at = p.angleFirst + head * p.angleStride + s;
    precise float angle = angle_[at];
    for (uint token0 = 0; token0 < p.L; token0 += kAhead) {
        float step[kAhead];
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            const uint token = min(token0 + j, p.L - 1);
            step[j] = kPi * tanhExact(turn_[p.turnFirst + token * p.turnStride + s]) * dt_[p.dtFirst + token * p.dtStride + head];
        }
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            if (token0 + j >= p.L) break;
            angle = wholeTurnsOff(angle + step[j]);
            angles_[(token0 + j) * all + i] = angle;
        }
    }
    angle_[at] = angle;
}
