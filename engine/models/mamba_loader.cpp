// From a checkpoint's tensors to the weights of a stack of blocks.
#include "engine/models/mamba.h"

namespace ms {

namespace {

constexpr const char* kNormF = "backbone.norm_f.weight";

std::string layerPrefix(std::int64_t layer) { return "backbone.layers." + std::to_string(layer) + "."; }

}  // namespace

std::vector<WantedTensor> MambaStack::wantedTensors(const MambaStackConfig& c) {
    std::vector<WantedTensor> all{{kNormF, {{c.d_model}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix(k), mixer = layer + "mixer.";
        all.push_back({layer + "norm.weight", {{c.d_model}}});
        all.push_back({mixer + "in_proj.weight", {{2 * c.d_inner, c.d_model}}});
        all.push_back({mixer + "conv1d.weight", {{c.d_inner, 1, c.d_conv}, {c.d_inner, c.d_conv}}});
        if (c.conv_bias) all.push_back({mixer + "conv1d.bias", {{c.d_inner}}});
        all.push_back({mixer + "x_proj.weight", {{c.dt_rank + 2 * c.d_state, c.d_inner}}});
        all.push_back({mixer + "dt_proj.weight", {{c.d_inner, c.dt_rank}}});
        all.push_back({mixer + "dt_proj.bias", {{c.d_inner}}});
        all.push_back({mixer + "A_log", {{c.d_inner, c.d_state}}});
        all.push_back({mixer + "D", {{c.d_inner}}});
        all.push_back({mixer + "out_proj.weight", {{c.d_model, c.d_inner}}});
        if (c.proj_bias) {
            all.push_back({mixer + "in_proj.bias", {{2 * c.d_inner}}});
            all.push_back({mixer + "out_proj.bias", {{c.d_model}}});
        }
    }
    return all;
}

Result<void> MambaStack::loadStack(const MambaStackConfig& c, WeightLoader& load, MambaHead head, const InputDims& input) {
    m_dims = {c.d_model, c.n_layer, c.d_inner, c.d_state, c.d_conv, c.dt_rank, head.weight.rows(), input};
    m_normEps = c.norm_eps;
    m_head = std::move(head);
    MS_TRY(m_normF, load.widened(kNormF, {c.d_model}));
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix(k), mixer = layer + "mixer.";
        MambaLayer w;
        MS_TRY(w.norm, load.widened(layer + "norm.weight", {c.d_model}));
        MS_TRY(w.inProj, load.matrix(mixer + "in_proj.weight"));
        MS_TRY(w.convWeight, load.widened(mixer + "conv1d.weight", {c.d_inner, c.d_conv}));
        if (c.conv_bias) { MS_TRY(w.convBias, load.widened(mixer + "conv1d.bias", {c.d_inner})); }
        MS_TRY(w.xProj, load.matrix(mixer + "x_proj.weight"));
        MS_TRY(w.dtProj, load.matrix(mixer + "dt_proj.weight"));
        MS_TRY(w.dtBias, load.widened(mixer + "dt_proj.bias", {c.d_inner}));
        std::vector<float> A;
        MS_TRY(w.A, load.negativeExp(mixer + "A_log", {c.d_inner, c.d_state}, A));
        m_stateMatrices.push_back(std::move(A));
        std::vector<float> D;
        MS_TRY(w.D, load.widened(mixer + "D", {c.d_inner}, &D));
        m_skipWeights.push_back(std::move(D));
        MS_TRY(w.outProj, load.matrix(mixer + "out_proj.weight"));
        if (c.proj_bias) {
            MS_TRY(w.inProjBias, load.widened(mixer + "in_proj.bias", {2 * c.d_inner}));
            MS_TRY(w.outProjBias, load.widened(mixer + "out_proj.bias", {c.d_model}));
        }
        m_layers.push_back(std::move(w));
    }
    return {};
}

}  // namespace ms
