// What a decoder says: symbols and words on the axis of frames.
#pragma once

#include <cstdint>
#include <string>

#include "engine/speech/ctc_vocabulary.h"

namespace ms {

/// A symbol of the best path and the frames that emit it, repeats included.
struct SymbolSpan {
    SymbolId symbol = 0;
    std::int64_t first = 0, last = 0;  ///< frames, both included
    double log_posterior = 0;          ///< ln of the highest posterior that the symbol has in these frames
    friend bool operator==(const SymbolSpan&, const SymbolSpan&) = default;
};

struct DecodedWord {
    std::string text;
    std::int64_t begin = 0, end = 0;  ///< frames: first symbol's first one, last symbol's last one + 1
    double confidence = 0;            ///< in [0, 1]: geometric mean of the symbols' posteriors, see WordBuilder
    friend bool operator==(const DecodedWord&, const DecodedWord&) = default;
};

}  // namespace ms
