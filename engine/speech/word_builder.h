// Symbols with their frames -> words with times and confidence.
#pragma once

#include <optional>
#include <vector>

#include "engine/speech/decoded_word.h"

namespace ms {

/// Takes one symbol after the other. A word's confidence is exp(mean over its symbols of the log posterior), where a
/// symbol's posterior is the highest of its frames: CTC posteriors are peaks, and what lies beside the peak belongs to
/// the blank. Separators do not count.
class WordBuilder {
public:
    explicit WordBuilder(const CtcVocabulary& vocabulary) : m_vocabulary(&vocabulary) {}

    /// Adds a symbol; words that it ends are appended to `words`.
    void add(const SymbolSpan& span, std::vector<DecodedWord>& words);
    /// Ends the running word.
    void finish(std::vector<DecodedWord>& words);
    /// The running word as it stands.
    [[nodiscard]] std::optional<DecodedWord> running() const;

private:
    const CtcVocabulary* m_vocabulary;
    DecodedWord m_word;
    double m_logPosteriors = 0;
    int m_symbols = 0;
};

}  // namespace ms
