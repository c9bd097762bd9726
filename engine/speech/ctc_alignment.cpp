#include "engine/speech/ctc_alignment.h"

#include <algorithm>
#include <limits>

namespace ms {

namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// States 0 ... 2S: blank, label 0, blank, label 1, ..., blank.
class Lattice {
public:
    Lattice(const CtcVocabulary& vocabulary, std::span<const SymbolId> labels)
        : m_vocabulary(vocabulary), m_labels(labels), m_states(2 * labels.size() + 1) {}

    /// Walks all rows; false if no state of the end can be reached.
    bool run(std::span<const float> rows) {
        const std::size_t width = m_vocabulary.size(), frames = rows.size() / width;
        std::vector<double> score(m_states, kImpossible), next(m_states);
        m_steps.assign(frames * m_states, 0);
        for (std::size_t t = 0; t < frames; ++t) {
            const auto row = rows.subspan(t * width, width);
            for (std::size_t s = 0; s < m_states; ++s) {
                double best = t == 0 ? (s < 2 ? 0.0 : kImpossible) : score[s];
                std::uint8_t step = 0;
                if (t > 0) {
                    for (std::uint8_t back = 1; back <= 2 && back <= s; ++back) {
                        if (back == 2 && !maySkipBlank(s)) continue;
                        if (score[s - back] > best) {
                            best = score[s - back];
                            step = back;
                        }
                    }
                }
                next[s] = best + emission(s, row);
                m_steps[t * m_states + s] = step;
            }
            score.swap(next);
        }
        if (frames == 0) return m_labels.empty();
        m_end = m_states - 1;
        if (m_states > 1 && score[m_states - 2] >= score[m_states - 1]) m_end = m_states - 2;
        return score[m_end] > kImpossible;
    }

    [[nodiscard]] std::vector<SymbolSpan> spans(std::span<const float> rows, std::int64_t firstFrame) const {
        const std::size_t width = m_vocabulary.size();
        std::vector<SymbolSpan> found(m_labels.size());
        std::size_t s = m_end, later = m_states;
        for (std::size_t t = rows.size() / width; t-- > 0;) {
            if (s % 2 == 1) {
                SymbolSpan& span = found[s / 2];
                const auto frame = firstFrame + static_cast<std::int64_t>(t);
                const double posterior = rows[t * width + static_cast<std::size_t>(m_labels[s / 2])];
                if (s != later) span = {m_labels[s / 2], frame, frame, posterior};
                span.first = frame;
                span.log_posterior = std::max(span.log_posterior, posterior);
            }
            later = s;
            s -= m_steps[t * m_states + s];
        }
        return found;
    }

private:
    [[nodiscard]] bool maySkipBlank(std::size_t s) const {
        return s % 2 == 1 && s >= 3 && m_labels[s / 2] != m_labels[s / 2 - 1];
    }

    [[nodiscard]] double emission(std::size_t s, std::span<const float> row) const {
        if (s % 2 == 1) return row[static_cast<std::size_t>(m_labels[s / 2])];
        double best = row[static_cast<std::size_t>(m_vocabulary.blank())];
        if (s == 0 || m_vocabulary.isSeparator(m_labels[s / 2 - 1]))
            for (const SymbolId id : m_vocabulary.separators()) best = std::max<double>(best, row[static_cast<std::size_t>(id)]);
        return best;
    }

    const CtcVocabulary& m_vocabulary;
    std::span<const SymbolId> m_labels;
    std::size_t m_states, m_end = 0;
    std::vector<std::uint8_t> m_steps;  // [T, states]: how many states back the best way came from
};

/// Without a path: each label on a frame of its own, as far as there are frames.
std::vector<SymbolSpan> spreadEvenly(std::size_t width, std::span<const SymbolId> labels, std::span<const float> rows,
                                     std::int64_t firstFrame) {
    const std::size_t frames = rows.size() / width;
    std::vector<SymbolSpan> spans;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::size_t t = i * frames / labels.size();
        const auto frame = firstFrame + static_cast<std::int64_t>(t);
        const double posterior = frames == 0 ? kImpossible : rows[t * width + static_cast<std::size_t>(labels[i])];
        spans.push_back({labels[i], frame, frame, posterior});
    }
    return spans;
}

}  // namespace

std::vector<SymbolSpan> alignCtc(const CtcVocabulary& vocabulary, std::span<const SymbolId> labels,
                                 std::span<const float> rows, std::int64_t firstFrame) {
    if (labels.empty()) return {};
    Lattice lattice(vocabulary, labels);
    if (!lattice.run(rows)) return spreadEvenly(vocabulary.size(), labels, rows, firstFrame);
    return lattice.spans(rows, firstFrame);
}

}  // namespace ms
