// Which frames emit which symbol of a known text: the best CTC path (Viterbi).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/speech/decoded_word.h"

namespace ms {

/// The most probable path of `labels` [S] (no blanks) through `rows` [T, vocab], log posteriors; `firstFrame` is the
/// number of the first row. Paths as in A. Graves, "Sequence Transduction with Recurrent Neural Networks" (2012) and
/// "Connectionist Temporal Classification" (2006, section 4.1), with one difference: separators that follow a
/// separator, or open the text, are read as blanks, as the decoders count them. Ties go to the later symbol.
/// Always S spans: where no path exists (too few frames, or every path has probability zero) the labels are spread
/// evenly. Time and memory O(T S).
std::vector<SymbolSpan> alignCtc(const CtcVocabulary& vocabulary, std::span<const SymbolId> labels,
                                 std::span<const float> rows, std::int64_t firstFrame);

}  // namespace ms
