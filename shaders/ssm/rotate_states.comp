// K = R(angle) (B + biasB), Q = R(angle) (C + biasC): pairs of Mamba-3's states turn, the others stay. One invocation a pair of
// one head at one token.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/circular.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer B { float B_[]; };            // [L, n_groups * d_state]
layout(binding = 1) readonly buffer C { float C_[]; };            // [L, n_groups * d_state]
layout(binding = 2) readonly buffer BiasB { float biasB_[]; };    // [n_heads, d_state]
layout(binding = 3) readonly buffer BiasC { float biasC_[]; };    // [n_heads, d_state]
layout(binding = 4) readonly buffer Angles { float angles_[]; };  // [L, n_heads, n_angles]
layout(binding = 5) writeonly buffer K { float K_[]; };           // [L, n_heads * d_state]
layout(binding = 6) writeonly buffer Q { float Q_[]; };           // [L, n_heads * d_state]
layout(push_constant) uniform Push { RotationParams p; };

void main() {
    const uint pairs = (p.d_state + 1) / 2, row = p.n_heads * pairs;
    const uint token = globalIndex() / row, head = globalIndex() % row / pairs, s = globalIndex() % pairs;
    if (token >= p.L) return;
    const bool both = 2 * s + 1 < p.d_state;
    const uint n = 2 * s, m = both ? n + 1 : n;
    const uint from = head / p.headsPerGroup * p.d_state, to = head * p.d_state;
    const uint atB = p.BFirst + token * p.BStride + from, atC = p.CFirst + token * p.CStride + from;
    const uint addB = p.biasBFirst + head * p.biasBStride, addC = p.biasCFirst + head * p.biasCStride;
    vec2 b = vec2(B_[atB + n] + biasB_[addB + n], B_[atB + m] + biasB_[addB + m]);
    vec2 c = vec2(C_[atC + n] + biasC_[addC + n], C_[atC + m] + biasC_[addC + m]);
    if (s < p.n_angles) {
        const vec2 turn = cosSin(angles_[(token * p.n_heads + head) * p.n_angles + s]);
        b = vec2(b.x * turn.x - b.y * turn.y, b.x * turn.y + b.y * turn.x);
        c = vec2(c.x * turn.x - c.y * turn.y, c.x * turn.y + c.y * turn.x);
    }
    const uint toK = p.KFirst + token * p.KStride + to, toQ = p.QFirst + token * p.QStride + to;
    K_[toK + n] = b.x;
    Q_[toQ + n] = c.x;
    if (!both) return;
    K_[toK + m] = b.y;
    Q_[toQ + m] = c.y;
}
