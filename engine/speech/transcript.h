// What was said, when, and how sure that is.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/speech/decoded_word.h"
#include "engine/speech/frame_clock.h"

namespace ms {

struct TranscriptWord {
    std::string text;           ///< UTF-8, no white space, not empty
    double start = 0, end = 0;  ///< seconds
    double confidence = 0;      ///< in [0, 1]; 1 of words that a person wrote
    friend bool operator==(const TranscriptWord&, const TranscriptWord&) = default;
};

/// An utterance: what lies between two pauses. While `final` is false its words may still change.
struct TranscriptSegment {
    std::vector<TranscriptWord> words;
    bool final = true;

    [[nodiscard]] double start() const { return words.empty() ? 0 : words.front().start; }
    [[nodiscard]] double end() const { return words.empty() ? 0 : words.back().end; }
    [[nodiscard]] std::string text() const;  ///< words with single spaces
    friend bool operator==(const TranscriptSegment&, const TranscriptSegment&) = default;
};

struct Transcript {
    std::vector<TranscriptSegment> segments;

    [[nodiscard]] std::string text() const;  ///< segments with single spaces; empty ones left out
    [[nodiscard]] std::size_t words() const;
    friend bool operator==(const Transcript&, const Transcript&) = default;
};

/// A decoder's word on the clock of the audio.
TranscriptWord placed(const DecodedWord& word, const FrameClock& clock);

}  // namespace ms
