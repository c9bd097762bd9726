#include "engine/speech/word_error_rate.h"

#include <span>
#include <tuple>

#include "engine/speech/utf8_text.h"

namespace ms {

namespace {

char32_t lowered(char32_t c) {
    if ((c >= U'A' && c <= U'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) return c + 32;
    if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177)) return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1);
    if (c == 0x178) return 0xFF;
    if ((c >= 0x391 && c <= 0x3AB && c != 0x3A2) || (c >= 0x410 && c <= 0x42F)) return c + 32;
    if (c >= 0x400 && c <= 0x40F) return c + 80;
    return c;
}

bool isKept(char32_t c) {
    if (c < 0x80) return (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9') || c == U'\'';
    if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;        // the letters among Latin-1's signs
    if (c == 0xD7 || c == 0xF7 || c == 0xFFFD) return false;         // times, divided by, replacement
    return !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x3003) && !(c >= 0x3008 && c <= 0x3020);
}

void append(std::string& text, char32_t c) {
    const auto byte = [&](char32_t value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | c >> 6);
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | c >> 12);
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | c >> 18);
        byte(0x80 | (c >> 12 & 0x3F));
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

std::vector<std::string_view> wordsOf(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(' ');
        if (begin == text.npos) return words;
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
}

/// V. I. Levenshtein (1966) by Wagner and Fischer's rows: memory O(hypothesis), each cell with its counts.
template <class Item>
EditCounts compare(std::span<const Item> reference, std::span<const Item> hypothesis) {
    struct Cell {
        std::int64_t substitutions = 0, insertions = 0, deletions = 0;
        [[nodiscard]] auto rank() const { return std::tuple(substitutions + insertions + deletions, -substitutions); }
    };
    std::vector<Cell> above(hypothesis.size() + 1), row(hypothesis.size() + 1);
    for (std::size_t j = 1; j < above.size(); ++j) above[j].insertions = static_cast<std::int64_t>(j);
    for (std::size_t i = 1; i <= reference.size(); ++i) {
        row[0] = {0, 0, static_cast<std::int64_t>(i)};
        for (std::size_t j = 1; j < row.size(); ++j) {
            Cell best = above[j - 1];
            if (reference[i - 1] != hypothesis[j - 1]) ++best.substitutions;
            Cell deleted = above[j], inserted = row[j - 1];
            ++deleted.deletions;
            ++inserted.insertions;
            if (deleted.rank() < best.rank()) best = deleted;
            if (inserted.rank() < best.rank()) best = inserted;
            row[j] = best;
        }
        above.swap(row);
    }
    const Cell& last = above.back();
    return {last.substitutions, last.insertions, last.deletions, static_cast<std::int64_t>(reference.size())};
}

std::vector<char32_t> charactersOf(std::string_view text) {
    std::vector<char32_t> characters;
    eachCharacter(text, [&](char32_t c, std::string_view) { characters.push_back(c); });
    return characters;
}

}  // namespace

double EditCounts::rate() const {
    if (reference == 0) return errors() == 0 ? 0.0 : 1.0;
    return static_cast<double>(errors()) / static_cast<double>(reference);
}

EditCounts& EditCounts::operator+=(const EditCounts& other) {
    substitutions += other.substitutions;
    insertions += other.insertions;
    deletions += other.deletions;
    reference += other.reference;
    return *this;
}

std::string normalisedForScoring(std::string_view text) {
    std::string normalised;
    bool parted = false;
    eachCharacter(text, [&](char32_t c, std::string_view) {
        c = c == 0x2019 ? U'\'' : lowered(c);
        if (!isKept(c)) {
            parted = !normalised.empty();
            return;
        }
        if (parted) normalised += ' ';
        parted = false;
        append(normalised, c);
    });
    return normalised;
}

EditCounts wordErrors(std::string_view reference, std::string_view hypothesis) {
    const auto a = wordsOf(reference), b = wordsOf(hypothesis);
    return compare<std::string_view>(a, b);
}

EditCounts characterErrors(std::string_view reference, std::string_view hypothesis) {
    const auto a = charactersOf(reference), b = charactersOf(hypothesis);
    return compare<char32_t>(a, b);
}

void ErrorTotals::add(std::string_view reference, std::string_view hypothesis) {
    const std::string a = normalisedForScoring(reference), b = normalisedForScoring(hypothesis);
    words += wordErrors(a, b);
    characters += characterErrors(a, b);
}

}  // namespace ms
