// Corrections to a transcript, as functions from one value to the next: undo keeps the values.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/base/result.h"
#include "engine/speech/transcript.h"

namespace ms {

struct WordPlace {
    std::size_t segment = 0, word = 0;
    friend bool operator==(const WordPlace&, const WordPlace&) = default;
};

// All of them: InvalidArgument if there is no such word, segment or split; the argument is left as it is.

/// Writes `text` in place of a word. Several words share its time by their number of characters; none removes the word,
/// and its segment if that was the last one. Control characters count as spaces, malformed UTF-8 as '?'. Confidence
/// becomes 1.
Result<Transcript> replaceWord(const Transcript& transcript, WordPlace place, std::string_view text);

/// Joins a word with the next one of its segment, without a space, over the time of both, with the lower confidence.
Result<Transcript> mergeWords(const Transcript& transcript, WordPlace first);

/// Parts a word in front of its character (code point) number `character`, which is neither the first nor beyond the
/// last; time is shared by the number of characters.
Result<Transcript> splitWord(const Transcript& transcript, WordPlace place, std::size_t character);

/// Joins a segment with the next one; final if both were.
Result<Transcript> mergeSegments(const Transcript& transcript, std::size_t first);

/// Parts a segment in front of a word that is not its first.
Result<Transcript> splitSegment(const Transcript& transcript, WordPlace place);

}  // namespace ms
