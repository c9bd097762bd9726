#include "engine/speech/transcript.h"

namespace ms {

namespace {

template <class Items, class TextOf>
std::string joined(const Items& items, TextOf textOf) {
    std::string text;
    for (const auto& item : items) {
        const std::string part = textOf(item);
        if (part.empty()) continue;
        if (!text.empty()) text += ' ';
        text += part;
    }
    return text;
}

}  // namespace

std::string TranscriptSegment::text() const {
    return joined(words, [](const TranscriptWord& word) { return word.text; });
}

std::string Transcript::text() const {
    return joined(segments, [](const TranscriptSegment& segment) { return segment.text(); });
}

std::size_t Transcript::words() const {
    std::size_t count = 0;
    for (const TranscriptSegment& segment : segments) count += segment.words.size();
    return count;
}

TranscriptWord placed(const DecodedWord& word, const FrameClock& clock) {
    return {word.text, clock.seconds(word.begin), clock.seconds(word.end), word.confidence};
}

}  // namespace ms
