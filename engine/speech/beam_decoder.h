// Prefix beam search with an optional word n-gram.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "engine/speech/ctc_decoder.h"
#include "engine/speech/prefix_trie.h"
#include "engine/speech/word_scorer.h"

namespace ms {

struct BeamOptions {
    int beam = 16;               ///< hypotheses kept, 1 to 4096
    double token_margin = 10;    ///< nats: symbols of a frame that lie further below its best one are not tried
    double beam_margin = 12;     ///< nats: hypotheses further below the best one are dropped
    std::int64_t open_frames = 250;  ///< when so many wait to be settled, the best hypothesis decides the older half
    WordScoreOptions words;

    /// InvalidArgument naming the field.
    [[nodiscard]] Result<void> validate() const;
    /// From decoder.json: {"lm_weight": a, "word_bonus": b, "beam": n}, optionally "spelling", "token_margin",
    /// "beam_margin"; absent fields keep their defaults, unknown ones are ignored. Errors: Format naming the field.
    static Result<BeamOptions> fromJson(const nlohmann::json& json, const std::string& file);
};

/// Prefix beam search: A. Y. Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition using
/// Bi-Directional Recurrent DNNs" (2014), algorithm 1; A. Graves (2012), section 3.5. A hypothesis is a label string;
/// its score is ln of the mass of all paths that write it, plus what WordScorer gives for its completed words. Label
/// strings that differ only in repeated or leading separators are one.
///
/// Settled is what all hypotheses share, up to the end of a word; the trie then starts behind it. Where they do not
/// agree for long, the best one decides. So memory stays flat.
/// Times come from the best path of the winning string (alignCtc), confidence as in WordBuilder: from the sound alone.
class BeamDecoder final : public CtcDecoder {
public:
    /// Without `ngram` every string scores by its sound. Errors: as BeamOptions::validate.
    static Result<std::unique_ptr<BeamDecoder>> create(CtcVocabulary vocabulary, const BeamOptions& options,
                                                       std::shared_ptr<const NgramModel> ngram = nullptr);

    /// Completes the last words and scores the sentence's end, then takes the best hypothesis.
    void finish() override;
    /// What finish() would choose from, best first: the `most` best hypotheses that the beam still holds. They share what
    /// is settled, so a choice among them never changes it.
    [[nodiscard]] std::vector<SpeechHypothesis> hypotheses(std::size_t most) const;
    /// Ends the utterance as finish() does, with one of hypotheses() as what was said.
    void finishWith(const SpeechHypothesis& said);
    [[nodiscard]] std::vector<DecodedWord> tentative() const override;

    /// Score of the best hypothesis since the start of the utterance, ends not counted: ln mass + words.
    [[nodiscard]] double bestScore() const;
    [[nodiscard]] std::size_t nodes() const { return m_trie.size(); }
    /// Frames whose words are not settled.
    [[nodiscard]] std::int64_t openFrames() const;

private:
    BeamDecoder(CtcVocabulary vocabulary, const BeamOptions& options, std::shared_ptr<const NgramModel> ngram);

    void step(std::span<const float> row) override;
    void extend(NodeId prefix, std::span<const float> row);
    NodeId childOf(NodeId prefix, SymbolId symbol);
    void completeWord(NodeId node, const std::string& word);
    void addBlank(NodeId node, double value);
    void addLabel(NodeId node, double value);
    void touch(NodeId node);
    void selectBeam();
    void settle();
    /// Where a text can be cut: behind `root`; what goes on passes through `keep`, which is the root or its child.
    struct Boundary {
        NodeId root = kNoNode, keep = kNoNode;
    };
    [[nodiscard]] Boundary lastBoundary(std::span<const NodeId> path) const;
    void settleThrough(NodeId node);
    void decide();
    void keepOnly(NodeId ancestor);
    void dropRows(std::int64_t untilFrame);
    void start();
    [[nodiscard]] bool isBetter(NodeId a, NodeId b) const;
    /// A hypothesis whose last word and sentence are complete.
    struct Ending {
        NodeId node = kNoNode;
        double acoustic = 0, ngram = 0, score = 0;  // as in SpeechHypothesis
    };
    [[nodiscard]] std::vector<Ending> endings() const;  // best first
    [[nodiscard]] std::vector<DecodedWord> wordsOf(NodeId node) const;
    [[nodiscard]] std::vector<SymbolSpan> align(NodeId node) const;

    BeamOptions m_options;
    std::shared_ptr<const NgramModel> m_ngram;
    std::optional<WordScorer> m_scorer;
    PrefixTrie m_trie;
    std::vector<NodeId> m_beam;        // best first
    std::vector<NodeId> m_candidates;  // touched in this frame
    std::vector<SymbolId> m_symbols;   // tried in this frame
    std::vector<float> m_rows;         // [open frames, vocab], from frame m_firstRow on
    std::int64_t m_firstRow = 0;
};

}  // namespace ms
