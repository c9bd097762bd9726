// The last step of every matrix product. Included after the bindings, constants and parameters it uses.
#include "shaders/include/numerics.glsl"

// What is added to a finished sum; it depends on no sum, so it can be read before.
float addend(uint at, uint n) {
    float value = 0.0;
    if (HAS_BIAS) value += bias[p.biasFirst + n];
    if (EPILOGUE == kEpilogueAccumulate) value += result[at];
    return value;
}

float activated(float sum) {
    if (EPILOGUE == kEpilogueSoftplus) return softplus(sum);
    if (EPILOGUE == kEpilogueGelu) return gelu(sum);
    if (EPILOGUE == kEpilogueGeluTanh) return geluTanh(sum);
    return EPILOGUE == kEpilogueSilu ? silu(sum) : sum;
}

float epilogue(uint at, uint n, float sum) { return activated(sum + addend(at, n)); }

void finish(uint token, uint n, float sum) {
    const uint at = p.outFirst + token * p.outStride + n;
    result[at] = epilogue(at, n, sum);
}
