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

// erfc(z) for z >= 0, relative error 1.2e-7 (Press et al., Numerical Recipes, erfcc).
float complementaryError(float z) {
    const float t = 1.0 / fma(z, 0.5, 1.0);
    float q = 0.17087277;
    q = fma(q, t, -0.82215223);
    q = fma(q, t, 1.48851587);
    q = fma(q, t, -1.13520398);
    q = fma(q, t, 0.27886807);
    q = fma(q, t, -0.18628806);
    q = fma(q, t, 0.09678418);
    q = fma(q, t, 0.37409196);
    q = fma(q, t, 1.00002368);
    q = fma(q, t, -1.26551223);
    return t * exp2(fma(-z, z, q) * kLog2e);
}

// x times the normal distribution's integral up to x
float gelu(float x) {
    const float tail = 0.5 * complementaryError(abs(x) * 0.70710678118654752);
    return x * (x < 0.0 ? tail : 1.0 - tail);
}

// gelu by its tanh approximation: x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), the exponential's argument never positive
float geluTanh(float x) {
    const float y = 1.5957691216057308 * fma(0.044715 * x * x, x, x);
    const float e = exp2(-abs(y) * kLog2e);
    return (y >= 0.0 ? x : x * e) / (1.0 + e);
}

#endif
