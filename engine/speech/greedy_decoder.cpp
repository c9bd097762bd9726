#include "engine/speech/greedy_decoder.h"

#include <algorithm>

namespace ms {

namespace {

constexpr std::int64_t kLongestWord = 1500;  // frames; a word that never ends is cut, so that memory stays flat

}  // namespace

GreedyDecoder::GreedyDecoder(CtcVocabulary vocabulary) : CtcDecoder(std::move(vocabulary)), m_builder(m_vocabulary) {}

void GreedyDecoder::endRun() {
    if (m_run) m_builder.add(*m_run, m_settled);
    m_run.reset();
}

void GreedyDecoder::step(std::span<const float> row) {
    const auto best = static_cast<SymbolId>(std::max_element(row.begin(), row.end()) - row.begin());
    const double posterior = row[static_cast<std::size_t>(best)];
    if (m_run && m_run->symbol == best) {
        m_run->last = m_frames;
        m_run->log_posterior = std::max(m_run->log_posterior, posterior);
    } else {
        endRun();
        if (best != m_vocabulary.blank()) m_run = SymbolSpan{best, m_frames, m_frames, posterior};
        // The word before is over as soon as the separator is there, not when it ends.
        if (m_run && m_vocabulary.symbol(best).breaks_before) m_builder.finish(m_settled);
    }
    if (const auto word = m_builder.running(); word && m_frames - word->begin >= kLongestWord) m_builder.finish(m_settled);
}

void GreedyDecoder::finish() {
    endRun();
    m_builder.finish(m_settled);
}

std::vector<DecodedWord> GreedyDecoder::tentative() const {
    WordBuilder builder = m_builder;
    std::vector<DecodedWord> words;
    if (m_run) builder.add(*m_run, words);
    builder.finish(words);
    return words;
}

}  // namespace ms
