// What the kernels of windowVariation compute alike, to the bit. Included after WORKGROUP and WINDOW. Moments are the mean
// and the sum of squared deviations of a run of values.
#ifndef MS_WINDOW_MOMENTS_GLSL
#define MS_WINDOW_MOMENTS_GLSL

shared float sharedReciprocal[WINDOW];  // of 1 to WINDOW, so that no step divides

// Correctly rounded by one Newton step: no kernel gives other bits. Needs a barrier behind it.
void prepareReciprocals() {
    for (uint i = gl_LocalInvocationIndex; i < WINDOW; i += WORKGROUP) {
        const float n = float(i + 1);
        precise float r = 1.0 / n;
        precise float rest = fma(-n, r, 1.0);
        precise float better = fma(r, rest, r);
        sharedReciprocal[i] = better;
    }
}

// Welford 1962. `n` counts this value; equal values leave the mean and add no deviation.
vec2 joined(vec2 moments, float value, uint n) {
    precise float delta = value - moments.x;
    precise float mean = fma(delta, sharedReciprocal[n - 1], moments.x);
    precise float rest = value - mean;
    precise float squares = fma(delta, rest, moments.y);
    return vec2(mean, squares);
}

// Coefficient of variation of a head of `count` values and, if `full`, the tail of the block before that fills the window.
float variation(vec2 head, vec2 tail, uint count, bool full) {
    precise float mean = head.x, squares = head.y;
    if (full && count < WINDOW) {  // Chan, Golub and LeVeque 1979
        const float inHead = float(count), inTail = float(WINDOW - count), share = sharedReciprocal[WINDOW - 1];
        precise float delta = head.x - tail.x;
        precise float between = inHead * inTail * share;
        precise float tailPart = tail.x * (inTail * share);
        precise float both = head.y + tail.y;
        precise float distance = delta * delta;
        mean = fma(head.x, inHead * share, tailPart);
        squares = fma(distance, between, both);
        count = WINDOW;
    }
    precise float variance = squares * sharedReciprocal[count - 1];
    // Bits: a comparison would turn NaN into 0 where the driver assumes that there are none.
    return floatBitsToUint(squares) << 1 == 0 ? 0.0 : sqrt(variance) / mean;
}

#endif
