#include "engine/speech/word_scorer.h"

#include <algorithm>
#include <numbers>

namespace ms {

namespace {

constexpr double kClosedVocabularyLog10 = -10;

/// Code points of well-formed UTF-8.
std::ptrdiff_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

}  // namespace

double WordScorer::lnWord(std::string_view word, NgramState& state) const {
    const auto known = m_model->find(word);
    const auto id = known ? known : m_model->unknown();
    double ln = (id ? m_model->log10Probability(state, *id) : kClosedVocabularyLog10) * std::numbers::ln10;
    if (!known) ln += m_options.spelling * static_cast<double>(characters(word));
    state = id ? m_model->after(state, *id) : NgramState{};
    return ln;
}

double WordScorer::running(std::string_view beginning, const NgramState& state) const {
    if (beginning.empty() || m_model->hasPrefix(beginning)) return 0;
    NgramState ignored = state;
    return word(beginning, ignored);
}

double WordScorer::lnEnd(const NgramState& state) const {
    const auto id = m_model->sentenceEnd();
    if (!m_options.sentence_end || !id) return 0;
    return m_model->log10Probability(state, *id) * std::numbers::ln10;
}

}  // namespace ms
