// ARPA text -> NgramModel. One order after the other: an n-gram's first n-1 words are looked up in the level before.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/formats/foreign_text.h"
#include "engine/speech/ngram_model.h"

namespace ms {

namespace {

constexpr std::size_t kMostEntries = std::numeric_limits<std::uint32_t>::max() - 1;
constexpr double kLowest = -1000, kHighestBackoff = 1000;
constexpr double kRounding = 1e-3;  // probabilities of files written with few digits may pass 1 by so much

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Takes the next run of anything but spaces and tabs off the front of a line; empty at its end.
std::string_view takeField(std::string_view& line) {
    while (!line.empty() && isBlank(line.front())) line.remove_prefix(1);
    std::size_t end = 0;
    while (end < line.size() && !isBlank(line[end])) ++end;
    const std::string_view field = line.substr(0, end);
    line.remove_prefix(end);
    return field;
}

std::string_view trimmed(std::string_view line) {
    while (!line.empty() && isBlank(line.front())) line.remove_prefix(1);
    while (!line.empty() && isBlank(line.back())) line.remove_suffix(1);
    return line;
}

bool parseNumber(std::string_view field, double& value) {
    if (field.starts_with('+')) field.remove_prefix(1);
    const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
    return problem == std::errc() && end == field.data() + field.size() && std::isfinite(value);
}

}  // namespace

class ArpaParser {
public:
    ArpaParser(std::string_view text, const std::string& name) : m_text(text), m_name(name) {}

    Result<NgramModel> run() {
        MS_CHECK(readCounts());
        m_model.m_levels.resize(m_counts.size());
        for (std::size_t n = 1; n <= m_counts.size(); ++n) MS_CHECK(readOrder(n));
        if (trimmed(m_line) != "\\end\\")
            return error(m_atEnd ? "ends without \\end\\; the file is cut off" : "expected \\end\\, found " + inQuotes(m_line, 40));
        m_model.m_unknown = m_model.find("<unk>");
        if (!m_model.m_unknown) m_model.m_unknown = m_model.find("<UNK>");
        m_model.m_start = m_model.find("<s>");
        m_model.m_end = m_model.find("</s>");
        return std::move(m_model);
    }

private:
    [[nodiscard]] Error error(const std::string& problem) const {
        return {ErrorCode::Format, m_name + ": line " + std::to_string(m_lineNumber) + ": " + problem};
    }

    /// The next line that is not blank into m_line; "" at the end of the text.
    void nextLine() {
        do {
            if (m_position >= m_text.size()) {
                m_atEnd = true;
                m_line = {};
                return;
            }
            const std::size_t end = std::min(m_text.find('\n', m_position), m_text.size());
            m_line = m_text.substr(m_position, end - m_position);
            m_position = end + 1;
            ++m_lineNumber;
        } while (trimmed(m_line).empty());
    }

    Result<void> readCounts() {
        do nextLine();
        while (!m_atEnd && trimmed(m_line) != "\\data\\");
        if (m_atEnd) return Error{ErrorCode::Format, m_name + ": has no line \\data\\; it is no ARPA language model"};
        for (nextLine(); !m_atEnd && trimmed(m_line).starts_with("ngram"); nextLine()) {
            std::string_view rest = trimmed(m_line).substr(5);
            std::uint64_t numbers[2] = {};  // order, count
            for (int i = 0; i < 2; ++i) {
                rest = trimmed(rest);
                if (i == 1) {
                    if (!rest.starts_with('=')) return error("expected \"ngram N=COUNT\", found " + inQuotes(m_line, 40));
                    rest = trimmed(rest.substr(1));
                }
                const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), numbers[i]);
                if (problem != std::errc()) return error("expected \"ngram N=COUNT\", found " + inQuotes(m_line, 40));
                rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
            }
            if (!rest.empty()) return error("expected \"ngram N=COUNT\", found " + inQuotes(m_line, 40));
            if (numbers[0] != m_counts.size() + 1)
                return error("expected the count of " + std::to_string(m_counts.size() + 1) + "-grams, found that of " +
                             std::to_string(numbers[0]) + "-grams");
            if (numbers[0] > static_cast<std::uint64_t>(NgramModel::kMaxOrder))
                return error("orders above " + std::to_string(NgramModel::kMaxOrder) + " are not supported");
            // The shortest n-gram is "0 a" or "0 a b" and a line end: what cannot be in the file is not allocated.
            if (numbers[1] > kMostEntries || numbers[1] > m_text.size() / (2 * numbers[0] + 1))
                return error("promises " + std::to_string(numbers[1]) + " " + std::to_string(numbers[0]) +
                             "-grams, more than the file can hold");
            m_counts.push_back(static_cast<std::size_t>(numbers[1]));
        }
        if (m_counts.empty()) return error("expected \"ngram 1=COUNT\" after \\data\\");
        if (m_counts[0] == 0) return error("promises no words; a model needs some");
        return {};
    }

    /// One n-gram's line. `words` gets the last n fields before the optional backoff weight.
    Result<void> readEntry(std::size_t n, double& probability, std::string_view (&words)[NgramModel::kMaxOrder], double& backoff) {
        std::string_view rest = m_line;
        if (!parseNumber(takeField(rest), probability) || probability < kLowest || probability > kRounding)
            return error("expected a log10 probability from -1000 to 0, found " + inQuotes(m_line, 40));
        probability = std::min(probability, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            words[i] = takeField(rest);
            if (words[i].empty()) return error("expected " + std::to_string(n) + " words, found " + inQuotes(m_line, 60));
        }
        backoff = 0;
        const std::string_view last = takeField(rest);
        if (!last.empty() && (!parseNumber(last, backoff) || std::abs(backoff) > kHighestBackoff))
            return error("expected a log10 backoff weight from -1000 to 1000, found " + inQuotes(last, 40));
        if (!trimmed(rest).empty()) return error("expected " + std::to_string(n) + " words, found more: " + inQuotes(m_line, 60));
        return {};
    }

    Result<void> readOrder(std::size_t n) {
        const std::string title = "\\" + std::to_string(n) + "-grams:";
        if (trimmed(m_line) != title) return error("expected " + title + ", found " + (m_atEnd ? "the end" : inQuotes(m_line, 40)));
        auto& level = m_model.m_levels[n - 1];
        const bool highest = n == m_counts.size();
        std::vector<std::uint64_t> keys;  // [entries] parent entry in the high half, last word in the low one
        std::vector<std::uint32_t> lines;
        const std::size_t expected = m_counts[n - 1];
        keys.reserve(n > 1 ? expected : 0);
        for (nextLine(); !m_atEnd && m_line.front() != '\\'; nextLine()) {
            if (level.log10_probability.size() == expected)
                return error("more " + std::to_string(n) + "-grams than the " + std::to_string(expected) + " promised");
            double probability = 0, backoff = 0;
            std::string_view words[NgramModel::kMaxOrder];
            MS_CHECK(readEntry(n, probability, words, backoff));
            if (n == 1) {
                if (m_model.m_text.size() + words[0].size() > kMostEntries) return error("too many words");
                m_model.m_wordBegin.push_back(static_cast<std::uint32_t>(m_model.m_text.size()));
                m_model.m_text += words[0];
            } else {
                MS_TRY(const std::uint64_t key, keyOf({words, n}));
                keys.push_back(key);
            }
            level.log10_probability.push_back(static_cast<float>(probability));
            if (!highest) level.log10_backoff.push_back(static_cast<float>(backoff));
            lines.push_back(static_cast<std::uint32_t>(m_lineNumber));
        }
        if (level.log10_probability.size() != expected)
            return error("the " + std::to_string(n) + "-grams end after " + std::to_string(level.log10_probability.size()) + " of " +
                         std::to_string(expected));
        return n == 1 ? sortWords(lines) : sortLevel(n, keys, lines);
    }

    Result<std::uint64_t> keyOf(std::span<const std::string_view> words) {
        WordId ids[NgramModel::kMaxOrder] = {};
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto id = m_model.find(words[i]);
            if (!id) return error("word " + inQuotes(words[i], 40) + " is not among the 1-grams");
            ids[i] = *id;
        }
        const auto parent = m_model.entry({ids, words.size() - 1});
        if (!parent)
            return error("the first " + std::to_string(words.size() - 1) + " words of " + inQuotes(trimmed(m_line), 60) +
                         " are not among the " + std::to_string(words.size() - 1) + "-grams");
        return static_cast<std::uint64_t>(*parent) << 32 | ids[words.size() - 1];
    }

    Error twice(std::uint32_t a, std::uint32_t b) {
        m_lineNumber = std::max(a, b);
        return error("the same n-gram as in line " + std::to_string(std::min(a, b)));
    }

    Result<void> sortWords(const std::vector<std::uint32_t>& lines) {
        NgramModel& model = m_model;
        model.m_wordBegin.push_back(static_cast<std::uint32_t>(model.m_text.size()));
        auto& sorted = model.m_sorted;
        sorted.resize(lines.size());
        std::iota(sorted.begin(), sorted.end(), WordId{0});
        std::sort(sorted.begin(), sorted.end(), [&](WordId a, WordId b) { return model.word(a) < model.word(b); });
        for (std::size_t i = 1; i < sorted.size(); ++i)
            if (model.word(sorted[i]) == model.word(sorted[i - 1])) return twice(lines[sorted[i]], lines[sorted[i - 1]]);
        return {};
    }

    Result<void> sortLevel(std::size_t n, const std::vector<std::uint64_t>& keys, const std::vector<std::uint32_t>& lines) {
        auto& level = m_model.m_levels[n - 1];
        auto& above = m_model.m_levels[n - 2];
        std::vector<std::uint32_t> order(keys.size());
        std::iota(order.begin(), order.end(), 0u);
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
        const auto permuted = [&](std::vector<float>& values) {
            std::vector<float> sorted(values.size());
            for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = values[order[i]];
            values = std::move(sorted);
        };
        permuted(level.log10_probability);
        if (!level.log10_backoff.empty()) permuted(level.log10_backoff);
        level.last_word.resize(keys.size());
        above.children.assign(above.log10_probability.size() + 1, 0);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const std::uint64_t key = keys[order[i]];
            if (i > 0 && key == keys[order[i - 1]]) return twice(lines[order[i]], lines[order[i - 1]]);
            level.last_word[i] = static_cast<WordId>(key & 0xffffffffu);
            ++above.children[(key >> 32) + 1];
        }
        std::partial_sum(above.children.begin(), above.children.end(), above.children.begin());
        return {};
    }

    std::string_view m_text, m_line;
    const std::string& m_name;
    std::size_t m_position = 0, m_lineNumber = 0;
    bool m_atEnd = false;
    std::vector<std::size_t> m_counts;
    NgramModel m_model;
};

Result<NgramModel> NgramModel::parse(std::string_view text, const std::string& name) { return ArpaParser(text, name).run(); }

}  // namespace ms
