// What a decoder says: symbols and words on the axis of frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// What may have been said behind the settled words, when an utterance ends.
struct SpeechHypothesis {
    std::vector<DecodedWord> words;
    double acoustic = 0;  ///< ln of the mass of all paths that write it, since the utterance began
    double ngram = 0;     ///< ln P of its words and of the sentence's end, since the utterance began, unweighted; 0 without an n-gram
    double score = 0;     ///< what the decoder ranks by: acoustic + weighted ngram + bonuses
};

}  // namespace ms
