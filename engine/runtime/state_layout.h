// Which tensors a model's state is made of, without a device.
#pragma once

#include <vector>

#include "engine/base/shape.h"
#include "engine/base/typed_index.h"
#include "engine/probe/probe_point.h"

namespace ms {

struct StateSlot {
    LayerIndex layer;
    ProbePoint point = ProbePoint::State;  ///< State or ConvState
    Shape shape;                           ///< of F32

    [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * sizeof(float); }
};

/// In the order of ModelState and StateSnapshot: layer by layer, the state, then the convolution state if there is one.
[[nodiscard]] std::vector<StateSlot> stateLayout(const ModelDims& dims);

}  // namespace ms
