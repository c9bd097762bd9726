#include "engine/speech/ngram_model.h"

#include <algorithm>

#include "engine/formats/byte_reader.h"
#include "engine/formats/gzip.h"
#include "engine/formats/mapped_file.h"

namespace ms {

namespace {

constexpr std::size_t kLargestText = std::size_t{1} << 30;  // of a packed file when unpacked

}  // namespace

Result<NgramModel> NgramModel::open(const std::filesystem::path& path) {
    MS_TRY(const auto file, MappedFile::open(path));
    if (!isGzip(file->bytes())) return parse(asText(file->bytes()), path.string());
    MS_TRY(const std::string text, gunzip(file->bytes(), path.string(), kLargestText));
    return parse(text, path.string());
}

std::size_t NgramModel::memoryBytes() const {
    std::size_t bytes = m_text.capacity() + 4 * (m_wordBegin.capacity() + m_sorted.capacity());
    for (const Level& level : m_levels)
        bytes += 4 * (level.last_word.capacity() + level.log10_probability.capacity() + level.log10_backoff.capacity() +
                      level.children.capacity());
    return bytes;
}

std::string_view NgramModel::word(WordId id) const {
    return std::string_view(m_text).substr(m_wordBegin[id], m_wordBegin[id + 1] - m_wordBegin[id]);
}

std::vector<WordId>::const_iterator NgramModel::lowerBound(std::string_view text) const {
    return std::lower_bound(m_sorted.begin(), m_sorted.end(), text,
                            [this](WordId id, std::string_view wanted) { return word(id) < wanted; });
}

bool NgramModel::hasPrefix(std::string_view prefix) const {
    const auto found = lowerBound(prefix);
    return found != m_sorted.end() && word(*found).starts_with(prefix);
}

std::optional<WordId> NgramModel::find(std::string_view text) const {
    const auto found = lowerBound(text);
    if (found == m_sorted.end() || word(*found) != text) return std::nullopt;
    return *found;
}

NgramState NgramModel::start() const {
    NgramState state;
    if (m_start && order() > 1) {
        state.words[0] = *m_start;
        state.length = 1;
    }
    return state;
}

NgramState NgramModel::after(const NgramState& state, WordId word) const {
    const auto most = static_cast<std::size_t>(order() - 1);
    NgramState next;
    if (most == 0) return next;
    const auto history = state.history();
    const std::size_t keep = std::min(history.size(), most - 1);
    std::copy(history.end() - static_cast<std::ptrdiff_t>(keep), history.end(), next.words.begin());
    next.words[keep] = word;
    next.length = static_cast<std::uint8_t>(keep + 1);
    return next;
}

std::optional<std::size_t> NgramModel::child(std::size_t level, std::size_t parent, WordId word) const {
    const Level& below = m_levels[level];
    const auto& children = m_levels[level - 1].children;
    const auto begin = below.last_word.begin() + static_cast<std::ptrdiff_t>(children[parent]);
    const auto end = below.last_word.begin() + static_cast<std::ptrdiff_t>(children[parent + 1]);
    const auto found = std::lower_bound(begin, end, word);
    if (found == end || *found != word) return std::nullopt;
    return static_cast<std::size_t>(found - below.last_word.begin());
}

std::optional<std::size_t> NgramModel::entry(std::span<const WordId> words) const {
    std::size_t at = words[0];
    for (std::size_t level = 1; level < words.size(); ++level) {
        const auto next = child(level, at, words[level]);
        if (!next) return std::nullopt;
        at = *next;
    }
    return at;
}

// P(w | h) = P*(h w) if listed, otherwise backoff(h) P(w | h'), where h' lacks h's first word and backoff is 1 of
// histories that are not listed.
double NgramModel::log10Probability(const NgramState& state, WordId word) const {
    double backoffs = 0;
    for (auto history = state.history(); !history.empty(); history = history.subspan(1)) {
        const auto context = entry(history);
        if (!context) continue;
        const std::size_t level = history.size();
        if (const auto found = child(level, *context, word))
            return backoffs + static_cast<double>(m_levels[level].log10_probability[*found]);
        backoffs += static_cast<double>(m_levels[level - 1].log10_backoff[*context]);
    }
    return backoffs + static_cast<double>(m_levels[0].log10_probability[word]);
}

}  // namespace ms
