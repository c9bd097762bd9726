// A Mamba-1 language model in float64, a token after the other, written from the paper's equations: the oracle of what is made of logits.
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "engine/models/family.h"

namespace ms::test {

using Doubles = std::vector<double>;

/// Reads F32 checkpoints in the Hugging Face layout with a tied head. One object, one sequence.
class DoubleMamba {
public:
    DoubleMamba(const Checkpoint& checkpoint, const ModelDims& dims, double eps) : m_checkpoint(checkpoint), m_dims(dims), m_eps(eps) {
        const auto D = static_cast<std::size_t>(dims.d_inner);
        for (std::int64_t i = 0; i < dims.n_layer; ++i) {
            const std::string name = "backbone.layers." + std::to_string(i) + ".";
            m_layers.push_back({tensor(name + "norm.weight"), tensor(name + "mixer.in_proj.weight"), tensor(name + "mixer.conv1d.weight"),
                                tensor(name + "mixer.conv1d.bias"), tensor(name + "mixer.x_proj.weight"), tensor(name + "mixer.dt_proj.weight"),
                                tensor(name + "mixer.dt_proj.bias"), tensor(name + "mixer.A_log"), tensor(name + "mixer.D"),
                                tensor(name + "mixer.out_proj.weight"), Doubles(D * static_cast<std::size_t>(dims.d_conv)),
                                Doubles(D * static_cast<std::size_t>(dims.d_state))});
        }
    }

    /// Logits [vocab] behind `id`.
    Doubles step(std::int32_t id) {
        const auto d = static_cast<std::size_t>(m_dims.d_model);
        Doubles x(m_embedding.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(id) * d),
                  m_embedding.begin() + static_cast<std::ptrdiff_t>((static_cast<std::size_t>(id) + 1) * d));
        for (Layer& layer : m_layers) {
            const Doubles y = mixer(layer, norm(x, layer.norm));
            for (std::size_t i = 0; i < d; ++i) x[i] += y[i];
        }
        return product(m_embedding, norm(x, m_norm));
    }

private:
    struct Layer {
        Doubles norm, in_proj, conv, conv_bias, x_proj, dt_proj, dt_bias, A_log, D, out_proj;
        Doubles window;  // [d_inner, d_conv], newest last
        Doubles h;       // [d_inner, d_state]
    };

    Doubles tensor(const std::string& name) const {
        const TensorInfo* info = m_checkpoint.find(name);
        Doubles values;
        for (std::size_t at = 0; info != nullptr && at < info->bytes.size(); at += sizeof(float)) {
            float value;
            std::memcpy(&value, info->bytes.data() + at, sizeof value);
            values.push_back(value);
        }
        return values;
    }
    /// weight [N, K] times x [K]
    static Doubles product(const Doubles& weight, const Doubles& x) {
        Doubles y(weight.size() / x.size());
        for (std::size_t n = 0; n < y.size(); ++n)
            for (std::size_t k = 0; k < x.size(); ++k) y[n] += weight[n * x.size() + k] * x[k];
        return y;
    }
    Doubles norm(const Doubles& x, const Doubles& weight) const {
        double square = 0;
        for (const double v : x) square += v * v;
        Doubles y(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = weight[i] * x[i] / std::sqrt(square / static_cast<double>(x.size()) + m_eps);
        return y;
    }
    static double silu(double x) { return x / (1 + std::exp(-x)); }

    Doubles mixer(Layer& layer, const Doubles& x) const {
        const auto D = static_cast<std::size_t>(m_dims.d_inner), N = static_cast<std::size_t>(m_dims.d_state),
                   K = static_cast<std::size_t>(m_dims.d_conv), R = static_cast<std::size_t>(m_dims.dt_rank);
        const Doubles uz = product(layer.in_proj, x);
        Doubles u(D);
        for (std::size_t c = 0; c < D; ++c) {
            double sum = layer.conv_bias[c];
            for (std::size_t k = 0; k < K; ++k) {
                double& held = layer.window[c * K + k];
                held = k + 1 < K ? layer.window[c * K + k + 1] : uz[c];
                sum += layer.conv[c * K + k] * held;
            }
            u[c] = silu(sum);
        }
        const Doubles low = product(layer.x_proj, u);  // dt_low [R], B [N], C [N]
        const Doubles dt_pre = product(layer.dt_proj, Doubles(low.begin(), low.begin() + static_cast<std::ptrdiff_t>(R)));
        Doubles y(D);
        for (std::size_t c = 0; c < D; ++c) {
            const double dt = std::log1p(std::exp(dt_pre[c] + layer.dt_bias[c]));
            for (std::size_t n = 0; n < N; ++n) {
                double& h = layer.h[c * N + n];
                h = std::exp(-dt * std::exp(layer.A_log[c * N + n])) * h + dt * low[R + n] * u[c];
                y[c] += low[R + N + n] * h;
            }
            y[c] = (y[c] + layer.D[c] * u[c]) * silu(uz[D + c]);
        }
        return product(layer.out_proj, y);
    }

    const Checkpoint& m_checkpoint;
    ModelDims m_dims;
    double m_eps;
    std::vector<Layer> m_layers;
    Doubles m_embedding = tensor("backbone.embeddings.weight"), m_norm = tensor("backbone.norm_f.weight");
};

}  // namespace ms::test
