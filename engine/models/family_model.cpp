#include "engine/models/family_model.h"

#include <algorithm>

namespace ms {

const Tensor& ModelState::of(LayerIndex layer, StatePart part) const {
    static const Tensor s_none;
    const auto at = std::find_if(tensors.begin(), tensors.end(),
                                 [&](const StateTensor& t) { return t.layer == layer && t.part == part; });
    return at == tensors.end() ? s_none : at->tensor;
}

Result<ModelState> FamilyModel::allocateState(Backend& backend) const {
    ModelState state;
    for (const StateSlot& slot : stateLayout(dims())) {
        const std::string label = std::string(name(slot.part)) + " of layer " + std::to_string(slot.layer.value);
        MS_TRY(Tensor tensor, backend.allocate(DType::F32, slot.used(kFirstCapacity), MemoryKind::Device, label));
        state.tensors.push_back({slot, std::move(tensor)});
    }
    return state;
}

}  // namespace ms
