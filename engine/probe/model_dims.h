// The sizes every view and capture plan needs, in the field's names.
#pragma once

#include <cstdint>

namespace ms {

struct ModelDims {
    std::int64_t d_model = 0;
    std::int64_t n_layer = 0;
    std::int64_t d_inner = 0;
    std::int64_t d_state = 0;
    std::int64_t d_conv = 0;
    std::int64_t dt_rank = 0;
    std::int64_t vocab = 0;  ///< rows of the embedding, padding included
};

}  // namespace ms
