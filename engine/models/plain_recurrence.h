// What a family says of layers whose whole state goes through one matrix from token to token.
#pragma once

#include <optional>
#include <string>

#include "engine/base/typed_index.h"

namespace ms {

class PlainRecurrence {
public:
    virtual ~PlainRecurrence() = default;

    /// h_t = f(W h_{t-1} + x_t).
    struct Step {
        std::string weight;  ///< W [hidden, hidden], the tensor's name in the checkpoint
        bool relu = false;   ///< f; else tanh
    };
    /// Nothing of a layer with gates.
    [[nodiscard]] virtual std::optional<Step> recurrence(LayerIndex layer) const = 0;
};

}  // namespace ms
