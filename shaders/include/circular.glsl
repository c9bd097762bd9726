// Functions of angles and their kin to the last bits of a float; a driver's own may be off by 2^-11.
#ifndef MS_CIRCULAR_GLSL
#define MS_CIRCULAR_GLSL

const float kPi = 3.14159265358979;
const float kTurn = 6.28318530717959;

// The angle in [-π, π]: 2π in three parts, so that nothing is lost for some thousand turns.
float wholeTurnsOff(float angle) {
    const float turns = round(angle * 0.159154943091895);
    precise float rest = fma(-turns, 6.28125, angle);
    rest = fma(-turns, 1.93500518798828125e-3, rest);
    rest = fma(-turns, 3.01991605e-7, rest);
    return rest;
}

// (cos, sin) of an angle of at most a few turns; minimax polynomials on [-π/4, π/4] as in Cephes.
vec2 cosSin(float angle) {
    const float quarter = round(angle * 0.636619772367581);
    precise float x = fma(-quarter, 1.5703125, angle);
    x = fma(-quarter, 4.837512969970703125e-4, x);
    x = fma(-quarter, 7.54978995489188e-8, x);
    const float s = x * x;
    precise float sine = fma(fma(fma(-1.9515295891e-4, s, 8.3321608736e-3), s, -1.6666654611e-1) * s, x, x);
    precise float cosine = fma(fma(fma(2.443315711809948e-5, s, -1.388731625493765e-3), s, 4.166664568298827e-2) * s, s,
                               fma(-0.5, s, 1.0));
    const int q = int(quarter) & 3;
    const vec2 swapped = (q & 1) == 0 ? vec2(cosine, sine) : vec2(sine, cosine);
    return vec2(q == 1 || q == 2 ? -swapped.x : swapped.x, (q & 2) != 0 ? -swapped.y : swapped.y);
}

float sigmoid(float x) { return 1.0 / (1.0 + exp2(x * -1.4426950408889634)); }

// (1 - e) / (1 + e), e = exp(-2|x|); below 0.3 its series, which keeps the digits that 1 - e would lose.
float tanhExact(float x) {
    const float s = x * x, e = exp2(abs(x) * -2.8853900817779268);
    const float large = (1.0 - e) / (1.0 + e);
    const float q = fma(fma(fma(62.0 / 2835.0, s, -17.0 / 315.0), s, 2.0 / 15.0), s, -1.0 / 3.0);
    return abs(x) < 0.3 ? fma(q * s, x, x) : (x < 0.0 ? -large : large);
}

#endif
