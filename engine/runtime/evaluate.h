// How well a model predicts a text.
#pragma once

#include <span>
#include <string_view>

#include "engine/runtime/session.h"

namespace ms {

struct Evaluation {
    double bitsPerByte = 0;
    double perplexity = 0;       ///< per token: 2^(bits / tokens)
    std::int64_t tokens = 0;     ///< scored tokens
    std::int64_t bytes = 0;
    double seconds = 0;
    [[nodiscard]] double tokensPerSecond() const { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0; }
};

/// Bits per byte of a whole text read as one sequence: -Σ log2 p(token | everything before) / bytes. The model's
/// begin-of-text token is fed first, unscored; the state is carried through, nothing is windowed. Padding ids are
/// masked out of the softmax. A model without begin-of-text does not score the first token. Fails without a tokenizer
/// or on an empty text.
Result<Evaluation> evaluate(Session& session, std::string_view text, const ProgressCallback& progress = {},
                            std::stop_token stop = {});

}  // namespace ms
