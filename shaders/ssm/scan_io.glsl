// Bindings, options and small helpers that both selective scans share (Gu & Dao 2023, eq. 2, Euler step on B):
//   h_t = exp(dt_t A) h_{t-1} + dt_t B_t u_t;   y_t = C_t·h_t + D u_t;   out_t = y_t silu(z_t)
// Everything that reaches `out` is `precise`: a pipeline with probes gives the same bits as one without.
#ifndef MS_SCAN_IO_GLSL
#define MS_SCAN_IO_GLSL
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"
#include "shaders/include/workgroup.glsl"

#ifdef MS_HALF
#define MS_IO float16_t
#define MS_IO4 f16vec4
#else
#define MS_IO float
#define MS_IO4 vec4
#endif

layout(constant_id = 1) const uint FLAGS = 0;  // kScan… bits

const bool SOFTPLUS = (FLAGS & kScanSoftplus) != 0;
const bool DT_BIAS = (FLAGS & kScanDtBias) != 0;
const bool GATE = (FLAGS & kScanGate) != 0;
const bool PROBE_Y = (FLAGS & kScanProbeY) != 0;
const bool PROBE_GATE = (FLAGS & kScanProbeGate) != 0;
const bool PROBE_NORM = (FLAGS & kScanProbeNorm) != 0;

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
layout(push_constant) uniform Push { ScanParams p; };

float stepSize(float raw, float bias) {
    precise float dt = raw;
    if (DT_BIAS) dt = dt + bias;
    if (SOFTPLUS) dt = softplus(dt);
    return dt;
}

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
