// Layers to take apart: the golden ones and random ones, with a scan in float64 that keeps everything.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/analysis/row_reader.h"
#include "engine/analysis/time_scales.h"
#include "engine/base/half.h"
#include "engine/formats/checkpoint.h"

namespace ms {

inline std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// One layer's captured values.
struct Layer {
    std::int64_t tokens = 0, d_inner = 0, d_state = 0;
    std::vector<float> dt, u, y;  // [tokens, d_inner]
    std::vector<float> B, C;      // [tokens, d_state]
    std::vector<float> A, state;  // [d_inner, d_state]; the state after the last token
    std::vector<float> D;         // [d_inner]
};

inline std::vector<float> floatsOf(const Checkpoint& checkpoint, const std::string& name) {
    const TensorInfo* info = checkpoint.find(name);
    EXPECT_NE(info, nullptr) << name;
    return info ? widenToFloat(info->dtype, info->bytes) : std::vector<float>();
}

/// The first layer of tests/data/mamba-tiny, as PyTorch computed it.
inline Layer goldenLayer() {
    const std::string folder = std::string(MS_TEST_DATA) + "/mamba-tiny/", layer = "layer0.";
    const auto golden = Checkpoint::open(folder + "golden.safetensors"),
               model = Checkpoint::open(folder + "model.safetensors");
    if (!golden || !model) {
        ADD_FAILURE() << "no test data";
        return {};
    }
    const std::string mixer = "backbone.layers.0.mixer.";
    Layer out;
    out.dt = floatsOf(*golden, layer + "dt");
    out.u = floatsOf(*golden, layer + "u");
    out.y = floatsOf(*golden, layer + "y");
    out.B = floatsOf(*golden, layer + "B");
    out.C = floatsOf(*golden, layer + "C");
    out.state = floatsOf(*golden, layer + "final_state");
    out.D = floatsOf(*model, mixer + "D");
    const auto A = decayRates(*model->find(mixer + "A_log"));
    EXPECT_TRUE(A) << A.error().message;
    if (A) out.A = *A;
    out.d_inner = static_cast<std::int64_t>(out.D.size());
    out.d_state = static_cast<std::int64_t>(out.A.size() / out.D.size());
    out.tokens = static_cast<std::int64_t>(out.dt.size() / out.D.size());
    return out;
}

/// Steps between 0.001 and 0.5, evenly spaced in the logarithm; A around −1 … −d_state.
inline Layer randomLayer(std::int64_t tokens, std::int64_t d_inner, std::int64_t d_state, std::uint32_t seed,
                         float smallestStep = 0.001f) {
    std::mt19937 random(seed);
    const auto uniform = [&](float low, float high) {
        return low + (high - low) * static_cast<float>(random() >> 8) * 0x1p-24f;
    };
    const auto fill = [&](std::vector<float>& values, std::int64_t count, float low, float high) {
        for (std::int64_t i = 0; i < count; ++i) values.push_back(uniform(low, high));
    };
    Layer layer{tokens, d_inner, d_state, {}, {}, {}, {}, {}, {}, {}, {}};
    fill(layer.dt, tokens * d_inner, std::log(smallestStep), std::log(0.5f));
    for (float& dt : layer.dt) dt = std::exp(dt);
    fill(layer.u, tokens * d_inner, -1, 1);
    fill(layer.B, tokens * d_state, -1, 1);
    fill(layer.C, tokens * d_state, -1, 1);
    for (std::int64_t i = 0; i < d_inner * d_state; ++i)
        layer.A.push_back(-static_cast<float>(i % d_state + 1) * uniform(0.5f, 1.5f));
    return layer;
}

/// alpha[t,s] of one channel by its definition, in float64.
inline double alphaOf(const Layer& layer, std::int64_t channel, std::int64_t t, std::int64_t s) {
    if (s > t) return 0;
    double age = 0, sum = 0;
    for (std::int64_t i = s + 1; i <= t; ++i) age += layer.dt[at(i * layer.d_inner + channel)];
    for (std::int64_t n = 0; n < layer.d_state; ++n)
        sum += static_cast<double>(layer.C[at(t * layer.d_state + n)]) *
               std::exp(static_cast<double>(layer.A[at(channel * layer.d_state + n)]) * age) *
               layer.dt[at(s * layer.d_inner + channel)] * layer.B[at(s * layer.d_state + n)];
    return sum;
}

/// h after tokens [from, to) of the scan in float64, from `state` on: [d_inner, d_state].
inline std::vector<double> scanState(const Layer& layer, std::int64_t from, std::int64_t to,
                                     std::vector<double> state) {
    state.resize(at(layer.d_inner * layer.d_state));
    for (std::int64_t t = from; t < to; ++t)
        for (std::int64_t c = 0; c < layer.d_inner; ++c)
            for (std::int64_t n = 0; n < layer.d_state; ++n) {
                double& h = state[at(c * layer.d_state + n)];
                const double dt = layer.dt[at(t * layer.d_inner + c)];
                h = std::exp(dt * layer.A[at(c * layer.d_state + n)]) * h +
                    dt * layer.B[at(t * layer.d_state + n)] * layer.u[at(t * layer.d_inner + c)];
            }
    return state;
}

}  // namespace ms
