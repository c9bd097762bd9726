#include "engine/probe/state_layout.h"

namespace ms {

std::string_view name(StatePart part) {
    switch (part) {
        case StatePart::State: return "state";
        case StatePart::ConvState: return "convolution state";
        case StatePart::Hidden: return "hidden state";
        case StatePart::Angle: return "angles";
        case StatePart::LastKey: return "last key";
        case StatePart::LastInput: return "last input";
        case StatePart::Keys: return "keys";
        case StatePart::Values: return "values";
    }
    return "?";
}

std::vector<StateSlot> stateLayout(const ModelDims& dims) {
    std::vector<StateSlot> slots;
    for (LayerIndex k(0); k.value < dims.n_layer; ++k) {
        const LayerDims l = dims.layer(k);
        if (l.kind == LayerKind::Attention) {
            const Shape row{1, l.n_kv_heads * l.head_dim};
            slots.push_back({k, StatePart::Keys, row, true});
            slots.push_back({k, StatePart::Values, row, true});
            continue;
        }
        slots.push_back({k, StatePart::State, {l.d_inner, l.d_state}});
        if (l.convChannels() > 0) slots.push_back({k, StatePart::ConvState, {l.convChannels(), l.d_conv - 1}});
        if (l.kind == LayerKind::Mamba3) {
            slots.push_back({k, StatePart::Angle, {l.n_heads, l.n_angles}});
            slots.push_back({k, StatePart::LastKey, {l.n_heads, l.d_state}});
            slots.push_back({k, StatePart::LastInput, {l.d_inner, 1}});
        }
        if (l.kind == LayerKind::Lstm) slots.push_back({k, StatePart::Hidden, {l.d_inner, 1}});
    }
    return slots;
}

std::uint64_t stateBytes(const ModelDims& dims, std::int64_t tokens) {
    std::uint64_t bytes = 0;
    for (const StateSlot& slot : stateLayout(dims)) bytes += slot.bytes(tokens);
    return bytes;
}

}  // namespace ms
