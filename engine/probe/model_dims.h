// The sizes every view and capture plan needs, in the field's names.
#pragma once

#include <cstdint>

#include "engine/base/dtype.h"
#include "engine/base/shape.h"

namespace ms {

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

struct ModelDims {
    std::int64_t d_model = 0;
    std::int64_t n_layer = 0;
    std::int64_t d_inner = 0;
    std::int64_t d_state = 0;
    std::int64_t d_conv = 0;
    std::int64_t dt_rank = 0;
    std::int64_t vocab = 0;  ///< width of the logits; rows of the embedding, padding included
    InputDims input{};
};

}  // namespace ms
