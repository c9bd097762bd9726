// Mamba-3's rotation of B and C: a few functions of circles a token, far fewer than its scan's products.
#include <cmath>
#include <cstring>
#include <numbers>

#include "engine/host/simd/recurrent_kernels.h"

namespace ms::host {

namespace {

float element(const View& v, std::size_t row, std::size_t column) {
    float value = 0;
    std::memcpy(&value, v.bytes(row, column), sizeof value);
    return value;
}

}  // namespace

void rotateHead(const RotationViews& v, std::size_t head) {
    const std::size_t N = v.biasB.cols, angles = v.turn.cols;
    const std::size_t from = head / v.headsPerGroup * N, to = head * N;
    for (std::size_t t = 0; t < v.B.rows; ++t) {
        const double dt = element(v.dt, t, head);
        for (std::size_t s = 0; s < angles; ++s) {
            float* const kept = v.angle.at<float>(head, s);
            const double sum = *kept + std::numbers::pi * std::tanh(static_cast<double>(element(v.turn, t, s))) * dt;
            const double angle = std::remainder(sum, 2 * std::numbers::pi);
            *kept = static_cast<float>(angle);
            const auto c = static_cast<float>(std::cos(angle)), sine = static_cast<float>(std::sin(angle));
            const std::size_t n = 2 * s;
            const auto turn = [&](const View& x, const View& bias, const View& out) {
                const float a = element(x, t, from + n) + element(bias, head, n);
                const float b = element(x, t, from + n + 1) + element(bias, head, n + 1);
                *out.at<float>(t, to + n) = a * c - b * sine;
                *out.at<float>(t, to + n + 1) = a * sine + b * c;
            };
            turn(v.B, v.biasB, v.K);
            turn(v.C, v.biasC, v.Q);
        }
        for (std::size_t n = 2 * angles; n < N; ++n) {
            *v.K.at<float>(t, to + n) = element(v.B, t, from + n) + element(v.biasB, head, n);
            *v.Q.at<float>(t, to + n) = element(v.C, t, from + n) + element(v.biasC, head, n);
        }
    }
}

}  // namespace ms::host
