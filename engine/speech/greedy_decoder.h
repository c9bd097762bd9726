// The most probable symbol of every frame.
#pragma once

#include <optional>

#include "engine/speech/ctc_decoder.h"
#include "engine/speech/word_builder.h"

namespace ms {

/// Best-path decoding (A. Graves et al. 2006, "Connectionist Temporal Classification", section 3.2): repeats merge,
/// blanks go. Ties go to the lower symbol. Everything but the running word is settled.
class GreedyDecoder final : public CtcDecoder {
public:
    explicit GreedyDecoder(CtcVocabulary vocabulary);

    void finish() override;
    [[nodiscard]] std::vector<DecodedWord> tentative() const override;

private:
    void step(std::span<const float> row) override;
    void endRun();

    WordBuilder m_builder;
    std::optional<SymbolSpan> m_run;  // the symbol of the last frame, unless that was blank
};

}  // namespace ms
