// Options, parameters and the step size that all selective scans share (Gu & Dao 2023, eq. 2, Euler step on B):
//   h_t = exp(dt_t A) h_{t-1} + dt_t B_t u_t;   y_t = C_t·h_t + D u_t;   out_t = y_t silu(z_t)
// Everything that reaches `out` is `precise`: a pipeline with probes gives the same bits as one without.
#ifndef MS_SCAN_OPTIONS_GLSL
#define MS_SCAN_OPTIONS_GLSL
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint FLAGS = 0;  // kScan… bits

const bool SOFTPLUS = (FLAGS & kScanSoftplus) != 0;
const bool DT_BIAS = (FLAGS & kScanDtBias) != 0;
const bool GATE = (FLAGS & kScanGate) != 0;
const bool PROBE_Y = (FLAGS & kScanProbeY) != 0;
const bool PROBE_GATE = (FLAGS & kScanProbeGate) != 0;
const bool PROBE_NORM = (FLAGS & kScanProbeNorm) != 0;

layout(push_constant) uniform Push { ScanParams p; };

float stepSize(float raw, float bias) {
    precise float dt = raw;
    if (DT_BIAS) dt = dt + bias;
    if (SOFTPLUS) dt = softplus(dt);
    return dt;
}

#endif
