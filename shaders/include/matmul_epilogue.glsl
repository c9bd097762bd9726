// The last step of every matrix product. Included after the bindings, constants and parameters it uses.
#include "shaders/include/numerics.glsl"

float epilogue(uint at, uint n, float sum) {
    if (HAS_BIAS) sum += bias[p.biasFirst + n];
    if (EPILOGUE == kEpilogueAccumulate) sum += result[at];
    if (EPILOGUE == kEpilogueSoftplus) sum = softplus(sum);
    return sum;
}

void finish(uint token, uint n, float sum) {
    const uint at = p.outFirst + token * p.outStride + n;
    result[at] = epilogue(at, n, sum);
}
