// How a model's forward pass offers what it computed, without knowing who looks.
#pragma once

#include "engine/backend/ops.h"
#include "engine/base/typed_index.h"
#include "engine/probe/probe_point.h"

namespace ms {

class ProbeTaps {
public:
    virtual ~ProbeTaps() = default;

    /// Records the capture of `value` [L, row width] when anybody asked for it. Called while recording.
    virtual void offer(Ops& op, ProbePoint point, LayerIndex layer, const Tensor& value) = 0;

    /// Whether anybody asked for the point.
    [[nodiscard]] virtual bool watches(ProbePoint point, LayerIndex layer) const = 0;

    /// Room [L, width of the point in the layer] that an op is to fill because the point, one that is made on demand, is
    /// watched; empty when it is not. The model offers it afterwards.
    virtual Tensor wanted(ProbePoint point, LayerIndex layer) = 0;
};

/// Nobody looks.
class NoTaps final : public ProbeTaps {
public:
    void offer(Ops&, ProbePoint, LayerIndex, const Tensor&) override {}
    bool watches(ProbePoint, LayerIndex) const override { return false; }
    Tensor wanted(ProbePoint, LayerIndex) override { return {}; }
};

}  // namespace ms
