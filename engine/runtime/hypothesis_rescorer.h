// A language model chooses among the hypotheses of a speech decoder.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/continuation_scorer.h"
#include "engine/speech/decoded_word.h"

namespace ms {

struct RescoreOptions {
    double lm_weight = 0.2;     ///< of ln P(text) by the language model
    double ngram_weight = 0.5;  ///< of the decoder's ln P by its n-gram
    double word_bonus = 2.0;    ///< added for every word
    int hypotheses = 64;        ///< the decoder's best that are looked at, 1 to 4096
    double margin = 3.0;        ///< nats: those further below its best one are not; 0: only equals of it are

    /// InvalidArgument naming the field.
    [[nodiscard]] Result<void> validate() const;
    /// From the object `rescore` of decoder.json: {"lm_weight": a, "ngram_weight": b, "word_bonus": c, "hypotheses": n,
    /// "margin": m}; absent fields are those of `defaults`, unknown ones are ignored. Errors: Format naming the field.
    static Result<RescoreOptions> fromJson(const nlohmann::json& json, const std::string& file, const RescoreOptions& defaults);
};

/// The words of a decoder as the language model knows prose: lower case, the first letter of the utterance and "i" in
/// upper case (ASCII letters; others stay), `apostrophe` for "'".
std::string proseWord(std::string_view word, bool first, std::string_view apostrophe);

/// score = acoustic + ngram_weight · ngram + lm_weight · ln P(text) + word_bonus · words, the highest wins: second-pass
/// rescoring of n-best lists. Every utterance is a text of its own, so that its words do not depend on what was said before. A text is made of
/// its words with a space before each but the first, and a full stop; every word is turned into tokens by itself, so
/// that what is settled early can be read early. Driven by the thread that drives the model's backend.
class HypothesisRescorer {
public:
    /// Errors: as ContinuationScorer::create and RescoreOptions::validate; NotFound for a model without a tokenizer, Unsupported for a
    /// tokenizer that adds tokens to every text.
    static Result<std::unique_ptr<HypothesisRescorer>> create(std::shared_ptr<const Model> model, const RescoreOptions& options);

    /// An utterance begins.
    Result<void> restart();
    /// Its next words, which will not change.
    Result<void> settle(std::span<const DecodedWord> words);
    /// ln P(text behind the settled words, full stop | settled words) of each hypothesis.
    Result<std::vector<double>> languageScores(std::span<const SpeechHypothesis> hypotheses);
    /// Index of the best of at least one, which come best first as the decoder has it; of equals the first.
    Result<std::size_t> choose(std::span<const SpeechHypothesis> hypotheses);

    [[nodiscard]] const RescoreOptions& options() const { return m_options; }

private:
    HypothesisRescorer(std::unique_ptr<ContinuationScorer> scorer, const RescoreOptions& options) : m_scorer(std::move(scorer)), m_options(options) {}
    Result<void> learnApostrophe();
    Result<void> appendWord(std::string_view word, bool first, std::vector<TokenId>& ids) const;

    std::unique_ptr<ContinuationScorer> m_scorer;
    RescoreOptions m_options;
    std::string m_apostrophe = "'";
    std::vector<TokenId> m_end;  // of a sentence
    bool m_first = true;         // no word is settled
};

}  // namespace ms
