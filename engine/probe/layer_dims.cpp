#include "engine/probe/layer_dims.h"

namespace ms {

std::string_view name(LayerKind kind) {
    switch (kind) {
        case LayerKind::Mamba1: return "Mamba-1";
        case LayerKind::Mamba1Complex: return "complex Mamba-1";
        case LayerKind::Mamba2: return "Mamba-2";
        case LayerKind::Mamba3: return "Mamba-3";
        case LayerKind::Attention: return "attention";
        case LayerKind::Rnn: return "RNN";
        case LayerKind::Lstm: return "LSTM";
        case LayerKind::Gru: return "GRU";
        case LayerKind::S4d: return "S4D";
        case LayerKind::S4: return "S4";
    }
    return "?";
}

std::string_view name(FeedForward block) {
    switch (block) {
        case FeedForward::None: return "";
        case FeedForward::Plain: return "MLP";
        case FeedForward::Gated: return "gated MLP";
        case FeedForward::Experts: return "experts";
    }
    return "?";
}

std::string LayerDims::describe() const {
    std::string text(name(kind));
    if (feedForward == FeedForward::None) return text;
    if (feedForward == FeedForward::Experts)
        return text + " + " + std::to_string(n_experts) + " experts, " + std::to_string(n_chosen) + " chosen";
    return text + " + " + std::string(name(feedForward));
}

}  // namespace ms
