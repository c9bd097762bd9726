// Reading heads of cached keys and values four columns at a time. Included after HALF, VECTOR and the parameters; binding 1
// holds the keys, binding 2 the values.
#include "shaders/include/weights.glsl"

layout(binding = 1) readonly buffer Keys4 { vec4 keys4[]; };     // [capacity, kvHeads·headDim] F32
layout(binding = 1) readonly buffer Keys2 { uvec2 keys2[]; };    // F16
layout(binding = 1) readonly buffer Keys1 { uint keys1[]; };
layout(binding = 2) readonly buffer Values4 { vec4 values4[]; }; // the same
layout(binding = 2) readonly buffer Values2 { uvec2 values2[]; };
layout(binding = 2) readonly buffer Values1 { uint values1[]; };

float keyAt(uint at) { return HALF ? unpackHalf2x16(keys1[at / 2])[at % 2] : uintBitsToFloat(keys1[at]); }
float valueAt(uint at) { return HALF ? unpackHalf2x16(values1[at / 2])[at % 2] : uintBitsToFloat(values1[at]); }

// Columns 4 i … 4 i + 3 of a head whose first element is `at`; 0 beyond the head.
vec4 keyFour(uint at, uint i) {
    if (4 * i >= p.headDim) return vec4(0.0);
    if (VECTOR) return HALF ? widenFour(kTypeF16, keys2[at / 4 + i]) : keys4[at / 4 + i];
    vec4 v = vec4(0.0);
    for (uint c = 0; c < 4 && 4 * i + c < p.headDim; ++c) v[c] = keyAt(at + 4 * i + c);
    return v;
}
vec4 valueFour(uint at, uint i) {
    if (4 * i >= p.headDim) return vec4(0.0);
    if (VECTOR) return HALF ? widenFour(kTypeF16, values2[at / 4 + i]) : values4[at / 4 + i];
    vec4 v = vec4(0.0);
    for (uint c = 0; c < 4 && 4 * i + c < p.headDim; ++c) v[c] = valueAt(at + 4 * i + c);
    return v;
}
