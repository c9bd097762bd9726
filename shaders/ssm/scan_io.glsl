// Bindings of the scans that read plain buffers, and the small helpers that go with them.
#ifndef MS_SCAN_IO_GLSL
#define MS_SCAN_IO_GLSL
#include "shaders/ssm/scan_options.glsl"

#ifdef MS_HALF
#define MS_IO float16_t
#define MS_IO4 f16vec4
#else
#define MS_IO float
#define MS_IO4 vec4
#endif

layout(binding = 0) readonly buffer U { MS_IO u_[]; };                // [L, d_inner]
layout(binding = 1) readonly buffer Dt { MS_IO dt_[]; };              // [L, d_inner]
layout(binding = 2) readonly buffer A { float A_[]; };                // [d_inner, d_state]
layout(binding = 3) readonly buffer B { MS_IO B_[]; };                // [L, d_state]
layout(binding = 3) readonly buffer B4 { MS_IO4 B4_[]; };
layout(binding = 4) readonly buffer C { MS_IO C_[]; };                // [L, d_state]
layout(binding = 4) readonly buffer C4 { MS_IO4 C4_[]; };
layout(binding = 5) readonly buffer D { float D_[]; };                // [d_inner]
layout(binding = 6) readonly buffer Z { MS_IO z_[]; };                // [L, d_inner]
layout(binding = 7) readonly buffer DtBias { float dtBias_[]; };      // [d_inner]
layout(binding = 8) buffer State { float state_[]; };                 // [d_inner, d_state]
layout(binding = 9) writeonly buffer Out { MS_IO out_[]; };           // [L, d_inner]
layout(binding = 10) writeonly buffer Y { float y_[]; };              // [L, d_inner]
layout(binding = 11) writeonly buffer Gate { float gate_[]; };        // [L, d_inner]
layout(binding = 12) writeonly buffer StateNorm { float norm_[]; };   // [L, d_inner]

float dtBiasOf(uint channel) { return DT_BIAS ? dtBias_[p.dtBiasFirst + channel] : 0.0; }

// read: C·h, without the skip.
void writeToken(uint token, uint channel, float read, float skip, float u, float z, float squares) {
    precise float y = fma(skip, u, read);
    precise float result = y;
    float gate = 1.0;
    if (GATE) {
        gate = silu(z);
        result = y * gate;
    }
    out_[p.outFirst + token * p.outStride + channel] = MS_IO(result);
    if (PROBE_Y) y_[p.yFirst + token * p.yStride + channel] = y;
    if (PROBE_GATE) gate_[p.gateFirst + token * p.gateStride + channel] = gate;
    if (PROBE_NORM) norm_[p.stateNormFirst + token * p.stateNormStride + channel] = sqrt(squares);
}

#endif
