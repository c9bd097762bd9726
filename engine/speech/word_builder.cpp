#include "engine/speech/word_builder.h"

#include <algorithm>
#include <cmath>

namespace ms {

std::optional<DecodedWord> WordBuilder::running() const {
    if (m_symbols == 0) return std::nullopt;
    DecodedWord word = m_word;
    word.confidence = std::clamp(std::exp(m_logPosteriors / m_symbols), 0.0, 1.0);
    return word;
}

void WordBuilder::finish(std::vector<DecodedWord>& words) {
    if (auto word = running()) words.push_back(std::move(*word));
    m_word = {};
    m_logPosteriors = 0;
    m_symbols = 0;
}

void WordBuilder::add(const SymbolSpan& span, std::vector<DecodedWord>& words) {
    const auto& symbol = m_vocabulary->symbol(span.symbol);
    if (symbol.breaks_before) finish(words);
    if (!symbol.text.empty()) {
        if (m_symbols == 0) m_word.begin = span.first;
        m_word.text += symbol.text;
        m_word.end = span.last + 1;
        m_logPosteriors += span.log_posterior;
        ++m_symbols;
    }
    if (symbol.breaks_after) finish(words);
}

}  // namespace ms
