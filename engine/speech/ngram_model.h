// A back-off language model over words, read from an ARPA file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace ms {

using WordId = std::uint32_t;

/// The words that a prediction depends on, newest last.
struct NgramState {
    static constexpr std::size_t kMost = 4;
    std::array<WordId, kMost> words{};
    std::uint8_t length = 0;

    [[nodiscard]] std::span<const WordId> history() const { return {words.data(), length}; }
    friend bool operator==(const NgramState& a, const NgramState& b) {
        return a.length == b.length && std::equal(a.words.begin(), a.words.begin() + a.length, b.words.begin());
    }
};

/// ARPA back-off model (Doug Paul's format, as SRILM's ngram-format(5) describes it) of orders 1 to 5, in a trie of
/// sorted arrays: 16 bytes an n-gram and the words. Immutable after loading; any thread may ask.
class NgramModel {
public:
    static constexpr int kMaxOrder = NgramState::kMost + 1;

    /// Plain or gzip. Errors: as MappedFile::open, gunzip (1 GB unpacked at most) and parse.
    static Result<NgramModel> open(const std::filesystem::path& path);
    /// Errors (Format), one line naming `name`, the line and what is wrong: no \data\, \N-grams: or \end\, orders
    /// missing or out of turn, counts that differ from what follows, an n-gram twice, one whose words or whose first
    /// N-1 words are not in the lists before, log10 probabilities that are not numbers from -1000 to 0.
    static Result<NgramModel> parse(std::string_view text, const std::string& name);

    [[nodiscard]] int order() const { return static_cast<int>(m_levels.size()); }
    [[nodiscard]] std::size_t count(int n) const { return m_levels[static_cast<std::size_t>(n) - 1].log10_probability.size(); }
    [[nodiscard]] std::size_t memoryBytes() const;

    [[nodiscard]] std::optional<WordId> find(std::string_view word) const;
    [[nodiscard]] std::string_view word(WordId id) const;
    /// Does a word of the model begin so?
    [[nodiscard]] bool hasPrefix(std::string_view prefix) const;
    /// "<unk>"; without it the vocabulary is closed.
    [[nodiscard]] std::optional<WordId> unknown() const { return m_unknown; }
    [[nodiscard]] std::optional<WordId> sentenceStart() const { return m_start; }
    [[nodiscard]] std::optional<WordId> sentenceEnd() const { return m_end; }

    /// History at the start of a sentence: <s> if the model has it.
    [[nodiscard]] NgramState start() const;
    /// log10 P(word | state) of a word of the model.
    [[nodiscard]] double log10Probability(const NgramState& state, WordId word) const;
    /// The history after another word: at most order - 1 words.
    [[nodiscard]] NgramState after(const NgramState& state, WordId word) const;

private:
    friend class ArpaParser;

    /// The n-grams of one order, sorted by their first n-1 words, then by the last. Children of entry i in the next
    /// level are [children[i], children[i + 1]).
    struct Level {
        std::vector<WordId> last_word;              // [entries]; empty for unigrams, where entry = word
        std::vector<float> log10_probability;       // [entries]
        std::vector<float> log10_backoff;           // [entries]; empty at the highest order
        std::vector<std::uint32_t> children;        // [entries + 1]; empty at the highest order
    };

    /// The first word in m_sorted that is not before `text`.
    [[nodiscard]] std::vector<WordId>::const_iterator lowerBound(std::string_view text) const;
    /// Entry of an n-gram in its level.
    [[nodiscard]] std::optional<std::size_t> entry(std::span<const WordId> words) const;
    [[nodiscard]] std::optional<std::size_t> child(std::size_t level, std::size_t parent, WordId word) const;

    std::vector<Level> m_levels;
    std::string m_text;                       // all words, one behind the other
    std::vector<std::uint32_t> m_wordBegin;   // [words + 1]
    std::vector<WordId> m_sorted;             // word ids in the order of their spelling
    std::optional<WordId> m_unknown, m_start, m_end;
};

}  // namespace ms
