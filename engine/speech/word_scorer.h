// What a word is worth to a decoder beside the sound.
#pragma once

#include <string_view>

#include "engine/speech/ngram_model.h"

namespace ms {

struct WordScoreOptions {
    double lm_weight = 0.5;    ///< of ln P(word | words before)
    double word_bonus = 0.5;   ///< added for every word, against the model's liking for few of them
    double spelling = -2.0;    ///< ln probability of each character of a word that the n-gram does not know
    bool sentence_end = true;  ///< score </s> at the end of an utterance
};

/// score = lm_weight * ln P(word | state) + word_bonus. The vocabulary is open: P of an unknown word is P(<unk> | state)
/// times exp(spelling) for each of its characters, what a weak model of spelling would say. A model without <unk> gives
/// such words 10^-10 in its place and starts the next word without history. Keeps a pointer to the model.
class WordScorer {
public:
    WordScorer(const NgramModel& model, const WordScoreOptions& options) : m_model(&model), m_options(options) {}

    [[nodiscard]] NgramState start() const { return m_model->start(); }
    /// ln P(word | state), not weighted; `state` is moved on.
    [[nodiscard]] double lnWord(std::string_view word, NgramState& state) const;
    /// Score of a word with this ln P.
    [[nodiscard]] double worth(double lnWord) const { return m_options.lm_weight * lnWord + m_options.word_bonus; }
    /// Score of `word` after `state`, which is moved on.
    [[nodiscard]] double word(std::string_view word, NgramState& state) const { return worth(lnWord(word, state)); }
    /// Score of a word that goes on: 0 as long as a known word begins so, then that of the unknown word which it will be.
    /// Otherwise hypotheses that never end a word would outlive those that pay for theirs.
    [[nodiscard]] double running(std::string_view word, const NgramState& state) const;
    /// ln P(</s> | state), not weighted; 0 if not wanted or unknown.
    [[nodiscard]] double lnEnd(const NgramState& state) const;
    /// Score of the utterance's end after `state`.
    [[nodiscard]] double end(const NgramState& state) const { return m_options.lm_weight * lnEnd(state); }

private:
    const NgramModel* m_model;
    WordScoreOptions m_options;
};

}  // namespace ms
