// From a checkpoint's tensors to the weights of a stack of blocks.
#include "engine/models/mamba.h"

namespace ms {

namespace {

constexpr const char* kNormF = "backbone.norm_f.weight";

std::string layerPrefix(std::int64_t layer) { return "backbone.layers." + std::to_string(layer) + "."; }

}  // namespace

ModelDims MambaStack::dimsOf(const MambaStackConfig& c, std::int64_t vocab, const InputDims& input) {
    ModelDims dims{c.d_model, c.n_layer, c.d_inner, c.stateWidth(), c.d_conv, c.dt_rank, vocab, input, {}};
    if (!c.complex_ssm) return dims;
    LayerDims layer = dims.layer(LayerIndex(0));
    layer.kind = LayerKind::Mamba1Complex;
    dims.setLayers(std::vector<LayerDims>(static_cast<std::size_t>(c.n_layer), layer));
    return dims;
}

std::vector<WantedTensor> MambaStack::wantedTensors(const MambaStackConfig& c) {
    std::vector<WantedTensor> all{{kNormF, {{c.d_model}}}};
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix(k);
        all.push_back({layer + "norm.weight", {{c.d_model}}});
        addWantedBlock(c, layer + "mixer.", all);
    }
    return all;
}

Result<void> MambaStack::loadStack(const MambaStackConfig& c, WeightLoader& load, MambaHead head, const InputDims& input) {
    m_dims = dimsOf(c, head.weight.rows(), input);
    m_config = c;
    m_head = std::move(head);
    MS_TRY(m_normF, load.widened(kNormF, {c.d_model}));
    for (std::int64_t k = 0; k < c.n_layer; ++k) {
        const std::string layer = layerPrefix(k);
        MS_TRY(Tensor norm, load.widened(layer + "norm.weight", {c.d_model}));
        MS_TRY(MambaLayer block, loadBlock(c, layer + "mixer.", load));
        m_norms.push_back(std::move(norm));
        m_layers.push_back(std::move(block));
    }
    return {};
}

}  // namespace ms
