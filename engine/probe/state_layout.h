// Which tensors a model's state is made of, without a device.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/shape.h"
#include "engine/base/typed_index.h"
#include "engine/probe/model_dims.h"

namespace ms {

enum class StatePart : std::uint8_t {
    State,      ///< what a layer remembers, [d_inner, d_state]; of an LSTM its cell, of an RNN or GRU its hidden state
    ConvState,  ///< the newest inputs of the causal convolution, [channels, d_conv - 1]
    Hidden,     ///< of an LSTM: what it passes on, [d_inner, 1]
    Angle,      ///< of Mamba-3: by how much the states have turned, [n_heads, n_angles], in [-π, π]
    LastKey,    ///< of Mamba-3: the token before's turned B, [n_heads, d_state]
    LastInput,  ///< of Mamba-3: the token before's scan input, [d_inner, 1]
    Keys,       ///< of attention: a row of n_kv_heads·head_dim for every token
    Values,     ///< as Keys
};

[[nodiscard]] std::string_view name(StatePart part);  ///< "state", "keys"

/// One tensor of F32.
struct StateSlot {
    LayerIndex layer;
    StatePart part = StatePart::State;
    Shape shape;            ///< [1, width] if it grows
    bool perToken = false;  ///< it grows by a row with every token

    /// What of it is in use behind so many tokens.
    [[nodiscard]] Shape used(std::int64_t tokens) const { return perToken ? Shape{tokens, shape[1]} : shape; }
    [[nodiscard]] std::size_t bytes(std::int64_t tokens = 0) const {
        return static_cast<std::size_t>(used(tokens).elements()) * sizeof(float);
    }
};

/// In the order of ModelState and StateSnapshot: layer by layer, in each the parts in the order of the enum.
[[nodiscard]] std::vector<StateSlot> stateLayout(const ModelDims& dims);

/// Of the whole state behind so many tokens: the same for any number where nothing grows.
[[nodiscard]] std::uint64_t stateBytes(const ModelDims& dims, std::int64_t tokens);

}  // namespace ms
