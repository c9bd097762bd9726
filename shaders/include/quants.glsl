// Block-quantised weights as GGUF files hold them (ggml-quants.c), four at a time. Included after a buffer of words `weight`.
// Blocks begin at even bytes only.
#ifndef MS_QUANTS_GLSL
#define MS_QUANTS_GLSL
#include "shaders/include/shared.h"

bool isQuantised(uint type) { return type >= kTypeQ8_0; }
uint quantElements(uint type) { return type >= kTypeQ4_K ? 256 : 32; }
uint quantBytes(uint type) {
    return type == kTypeQ8_0 ? 34 : type == kTypeQ4_0 ? 18 : type == kTypeQ4_K ? 144 : type == kTypeQ5_K ? 176 : 210;
}

uint wordAt(uint byte) {  // of an even byte
    const uint low = weight[byte / 4];
    return byte % 4 == 0 ? low : low >> 16 | weight[byte / 4 + 1] << 16;
}
uint byteAt(uint byte) { return weight[byte / 4] >> 8 * (byte % 4) & 0xffu; }
float halfAt(uint byte) { return unpackHalf2x16(weight[byte / 4] >> 8 * (byte % 4))[0]; }

vec4 bytesOf(uint word) { return vec4(word & 0xffu, word >> 8 & 0xffu, word >> 16 & 0xffu, word >> 24); }
vec4 signedBytesOf(uint word) {
    return vec4(bitfieldExtract(int(word), 0, 8), bitfieldExtract(int(word), 8, 8), bitfieldExtract(int(word), 16, 8),
                bitfieldExtract(int(word), 24, 8));
}

// Six-bit scale and minimum of run `j` of eight, packed into twelve bytes.
vec2 scaleAndMin(uint packed, uint j) {
    if (j < 4) return vec2(byteAt(packed + j) & 63u, byteAt(packed + j + 4) & 63u);
    const uint both = byteAt(packed + j + 4);
    return vec2((both & 15u) | byteAt(packed + j - 4) >> 6 << 4, both >> 4 | byteAt(packed + j) >> 6 << 4);
}

// Weights at … at + 3 of a matrix whose first block is at byte `first`; `at` is a multiple of four.
vec4 quantFour(uint type, uint first, uint at) {
    const uint block = first + at / quantElements(type) * quantBytes(type), i = at % quantElements(type);
    if (type == kTypeQ8_0) return halfAt(block) * signedBytesOf(wordAt(block + 2 + i));
    if (type == kTypeQ4_0) {
        const uint q = wordAt(block + 2 + i % 16) >> (i < 16 ? 0 : 4) & 0x0f0f0f0fu;
        return halfAt(block) * (bytesOf(q) - 8.0);
    }
    if (type == kTypeQ6_K) {
        const uint side = i / 128, quarter = i % 128 / 32, l = i % 32;
        const uint low = wordAt(block + side * 64 + quarter % 2 * 32 + l) >> quarter / 2 * 4 & 0x0f0f0f0fu;
        const uint high = wordAt(block + 128 + side * 32 + l) >> 2 * quarter & 0x03030303u;
        const float scale = float(bitfieldExtract(int(byteAt(block + 192 + i / 16)), 0, 8));
        return halfAt(block + 208) * scale * (bytesOf(low | high << 4) - 32.0);
    }
    const uint run = i / 32, l = i % 32, nibbles = block + (type == kTypeQ5_K ? 48 : 16);
    const vec2 scales = scaleAndMin(block + 4, run);
    uint q = wordAt(nibbles + run / 2 * 32 + l) >> run % 2 * 4 & 0x0f0f0f0fu;
    if (type == kTypeQ5_K) q |= (wordAt(block + 16 + l) >> run & 0x01010101u) << 4;
    return halfAt(block) * scales.x * bytesOf(q) - halfAt(block + 2) * scales.y;
}

#endif
