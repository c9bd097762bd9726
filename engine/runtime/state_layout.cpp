#include "engine/runtime/state_layout.h"

namespace ms {

std::vector<StateSlot> stateLayout(const ModelDims& dims) {
    std::vector<StateSlot> slots;
    for (std::int64_t k = 0; k < dims.n_layer; ++k) {
        slots.push_back({LayerIndex(k), ProbePoint::State, {dims.d_inner, dims.d_state}});
        if (dims.d_conv > 1) slots.push_back({LayerIndex(k), ProbePoint::ConvState, {dims.d_inner, dims.d_conv - 1}});
    }
    return slots;
}

}  // namespace ms
