// Token rows as columns, as a session file holds them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/typed_index.h"
#include "engine/runtime/text_stream.h"

namespace ms {

/// n rows. Of sequences that share rows, those are here once.
struct SessionTokens {
    static constexpr std::int64_t kAlternatives = TextStream::kAlternatives;

    /// What a model expected where each token came.
    struct Expected {
        std::vector<float> surprisal;      // [n] bits; NaN: nothing was expected
        std::vector<TokenId> ids;          // [n, kAlternatives] best first; -1: there are no more
        std::vector<float> probabilities;  // [n, kAlternatives]
    };

    std::vector<TokenId> ids;              // [n]
    std::vector<std::uint8_t> fromPrompt;  // [n] 1: read, 0: written by the model
    Expected expected, baseline;           // baseline: empty, or of the model without interventions

    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
};

}  // namespace ms
