// The sizes every view and capture plan needs, in the field's names.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/dtype.h"
#include "engine/base/shape.h"
#include "engine/base/typed_index.h"
#include "engine/probe/layer_dims.h"

namespace ms {

enum class ProbePoint : std::uint8_t;

/// What a model reads. A step is one row of the residual stream: a token, or a frame of audio made of `step` rows of
/// features. Step i reads the input rows [step·i - before, step·(i + 1) + after), so L steps from step i0 on read one
/// window of rows(L) consecutive rows that begins at row step·i0 - before.
struct InputDims {
    enum class Kind {
        Tokens,    ///< I32 ids
        Features,  ///< F32 rows, normalised; rows outside the signal are zero
    };
    Kind kind = Kind::Tokens;
    std::int64_t width = 1;   ///< values of an input row
    std::int64_t step = 1;    ///< input rows that a step moves on by
    std::int64_t before = 0;  ///< rows before its own that a step reads too
    std::int64_t after = 0;   ///< rows behind its own

    [[nodiscard]] constexpr std::int64_t rows(std::int64_t steps) const { return before + step * steps + after; }
    /// Of a window of input rows.
    [[nodiscard]] constexpr std::int64_t steps(std::int64_t windowRows) const { return (windowRows - before - after) / step; }
    [[nodiscard]] constexpr DType type() const { return kind == Kind::Tokens ? DType::I32 : DType::F32; }
    /// Of the input of so many steps: [L] ids, or [rows(L), width].
    [[nodiscard]] constexpr Shape shape(std::int64_t steps) const {
        return kind == Kind::Tokens ? Shape{steps} : Shape{rows(steps), width};
    }

    friend bool operator==(const InputDims&, const InputDims&) = default;
};

/// The sizes without a layer are those of the widest one: what a buffer or a picker for any layer needs.
struct ModelDims {
    std::int64_t d_model = 0;
    std::int64_t n_layer = 0;
    std::int64_t d_inner = 0;
    std::int64_t d_state = 0;
    std::int64_t d_conv = 0;
    std::int64_t dt_rank = 0;
    std::int64_t vocab = 0;  ///< width of the logits; rows of the embedding, padding included
    InputDims input{};
    std::vector<LayerDims> layers{};  ///< one a layer; empty: Mamba-1 blocks of the sizes above, all alike

    /// Sets `layers`, n_layer and the sizes of the widest one.
    void setLayers(std::vector<LayerDims> all);
    /// Of layer 0 to n_layer - 1.
    [[nodiscard]] LayerDims layer(LayerIndex index) const {
        if (!layers.empty()) return layers[static_cast<std::size_t>(index.value)];
        return {.d_inner = d_inner, .d_state = d_state, .d_conv = d_conv, .dt_rank = dt_rank};
    }
    /// Floats of one token's row of a point in a layer, unreduced: d_inner, n_heads, …; 0: the layer has no such point, or
    /// there is no such layer. Of points of the whole model the layer does not matter.
    [[nodiscard]] std::int64_t width(ProbePoint point, LayerIndex layer) const;
    /// The widest of any layer; 0: no layer has the point.
    [[nodiscard]] std::int64_t width(ProbePoint point) const;
    [[nodiscard]] bool has(ProbePoint point, LayerIndex layer) const { return width(point, layer) > 0; }
    [[nodiscard]] bool has(ProbePoint point) const { return width(point) > 0; }
};

}  // namespace ms
