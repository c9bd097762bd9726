// Widening of stored weights. Halves arrive two to a word, the lower-addressed one in the low bits.
#ifndef MS_WEIGHTS_GLSL
#define MS_WEIGHTS_GLSL
#include "shaders/include/shared.h"

vec2 widenPair(uint type, uint word) {
    return type == kTypeBF16 ? vec2(uintBitsToFloat(word << 16), uintBitsToFloat(word & 0xffff0000u))
                             : unpackHalf2x16(word);
}

vec4 widenFour(uint type, uvec2 words) { return vec4(widenPair(type, words.x), widenPair(type, words.y)); }

#endif
