// Vocabularies, posteriors and a language model for the tests of engine/speech.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/speech/ctc_vocabulary.h"
#include "engine/speech/decoded_word.h"

namespace ms::test {

inline CtcVocabulary vocabularyOf(const std::vector<std::string>& symbols) {
    auto vocabulary = CtcVocabulary::create(symbols, 0, "test");
    EXPECT_TRUE(vocabulary) << vocabulary.error().message;
    return *vocabulary;
}

/// "", " ", "'", a ... z
inline CtcVocabulary letters() {
    std::vector<std::string> symbols{"", " ", "'"};
    for (char c = 'a'; c <= 'z'; ++c) symbols.emplace_back(1, c);
    return vocabularyOf(symbols);
}

/// Log posteriors [frames, width], normalised; larger `sharpness` makes higher peaks.
inline std::vector<float> randomRows(std::mt19937& random, std::size_t frames, std::size_t width, double sharpness) {
    std::normal_distribution<double> normal;
    std::vector<float> rows;
    for (std::size_t t = 0; t < frames; ++t) {
        std::vector<double> logits(width);
        double sum = 0;
        for (double& x : logits) sum += std::exp(x = sharpness * normal(random));
        for (const double x : logits) rows.push_back(static_cast<float>(x - std::log(sum)));
    }
    return rows;
}

/// What a CTC model would say to `text` (letters()): a frame for each letter, one to three blanks between, with noise.
inline std::vector<float> spokenRows(std::mt19937& random, const std::string& text, double noise) {
    const std::size_t width = 29;
    std::vector<std::size_t> path;
    for (const char c : text) {
        path.push_back(c == ' ' ? 1 : c == '\'' ? 2 : static_cast<std::size_t>(c - 'a') + 3);
        path.insert(path.end(), 1 + random() % 3, 0);
    }
    std::vector<float> rows = randomRows(random, path.size(), width, noise);
    for (std::size_t t = 0; t < path.size(); ++t) {
        double sum = 0;
        float* row = rows.data() + t * width;
        row[path[t]] += 6;
        for (std::size_t i = 0; i < width; ++i) sum += std::exp(static_cast<double>(row[i]));
        for (std::size_t i = 0; i < width; ++i) row[i] -= static_cast<float>(std::log(sum));
    }
    return rows;
}

inline std::string textOf(const std::vector<DecodedWord>& words) {
    std::string text;
    for (const DecodedWord& word : words) text += (text.empty() ? "" : " ") + word.text;
    return text;
}

/// A trigram over a, b, ab, <unk>; its probabilities need not sum to one.
inline const char* const kTinyArpa =
    "made by hand\n\n\\data\\\nngram 1=7\nngram 2 = 5\nngram 3=2\n\n"
    "\\1-grams:\n-99\t<s>\t-0.5\n-1.1\t</s>\n-1.5 <unk> -0.1\n-0.7\ta\t-0.25\n-0.9\tb\t-0.3\n-1.3\tab\n-2\tc\t0.125\n\n"
    "\\2-grams:\n-0.4\t<s> a\t-0.2\n-0.6\ta b\t-0.15\n-0.8\tb </s>\n-0.5\tb a\t0\n-1.25\ta <unk>\t-0.05\n\n"
    "\\3-grams:\n-0.1\t<s> a b\n-0.35\ta b a\n\n\\end\\\n";

/// An ARPA text looked up by the definition of back-off, in double.
class ArpaTwin {
public:
    explicit ArpaTwin(const std::string& text) {
        std::istringstream in(text);
        std::size_t order = 0;
        for (std::string line; std::getline(in, line);) {
            if (line.find("-grams:") != line.npos) {
                order = static_cast<std::size_t>(line[1] - '0');
                continue;
            }
            std::istringstream fields(line);
            double probability = 0, backoff = 0;
            std::vector<std::string> words(order);
            if (order == 0 || !(fields >> probability)) continue;
            for (auto& word : words) fields >> word;
            if (!(fields >> backoff)) backoff = 0;
            // The model stores float32: the same numbers, then double all the way.
            m_table[words] = {static_cast<float>(probability), static_cast<float>(backoff)};
            m_order = std::max(m_order, order);
        }
    }

    [[nodiscard]] double log10(std::vector<std::string> history, const std::string& word) const {
        if (history.size() > m_order - 1) history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(m_order - 1));
        std::vector<std::string> gram = history;
        gram.push_back(word);
        if (const auto found = m_table.find(gram); found != m_table.end()) return found->second.first;
        EXPECT_FALSE(history.empty()) << word;
        if (history.empty()) return 0;
        const auto context = m_table.find(history);
        return (context != m_table.end() ? context->second.second : 0.0) + log10({history.begin() + 1, history.end()}, word);
    }
    [[nodiscard]] bool has(const std::string& word) const { return m_table.contains({word}); }
    [[nodiscard]] bool begins(const std::string& prefix) const {
        for (const auto& [gram, values] : m_table)
            if (gram.size() == 1 && gram[0].starts_with(prefix)) return true;
        return false;
    }

private:
    std::map<std::vector<std::string>, std::pair<double, double>> m_table;
    std::size_t m_order = 0;
};

}  // namespace ms::test
