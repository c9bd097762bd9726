// How far a transcript is from what was said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ms {

/// Edits that turn a reference into a hypothesis, fewest in all.
struct EditCounts {
    std::int64_t substitutions = 0, insertions = 0, deletions = 0;
    std::int64_t reference = 0;  ///< items of the reference

    [[nodiscard]] std::int64_t errors() const { return substitutions + insertions + deletions; }
    /// errors / reference; above 1 if much is inserted. Without reference 0 if there is no error, otherwise 1.
    [[nodiscard]] double rate() const;
    EditCounts& operator+=(const EditCounts& other);
    friend bool operator==(const EditCounts&, const EditCounts&) = default;
};

/// What is compared: lower case; only letters, digits and apostrophes (’ becomes '), everything else parts words;
/// single spaces. Beyond ASCII, letters of Latin-1, Latin Extended-A, Greek and Cyrillic are lowered, and what Unicode
/// has as punctuation or symbol in its general blocks parts words.
std::string normalisedForScoring(std::string_view text);

/// Levenshtein distance over words parted by spaces. Among equal ones, the alignment with more substitutions. The texts
/// are compared as they are: normalise first.
EditCounts wordErrors(std::string_view reference, std::string_view hypothesis);
/// The same over characters (code points), single spaces included.
EditCounts characterErrors(std::string_view reference, std::string_view hypothesis);

/// Sums over many segments: their counts, not their rates, are added.
struct ErrorTotals {
    EditCounts words, characters;

    /// Normalises both and adds their errors.
    void add(std::string_view reference, std::string_view hypothesis);
};

}  // namespace ms
