#include "engine/speech/transcript_edit.h"

#include <iterator>
#include <string>
#include <utility>

#include "engine/speech/utf8_text.h"

namespace ms {

namespace {

Error noSegment(std::size_t segment) {
    return {ErrorCode::InvalidArgument, "transcript: there is no segment " + std::to_string(segment)};
}

Error noWord(WordPlace place) {
    return {ErrorCode::InvalidArgument,
            "transcript: there is no word " + std::to_string(place.word) + " in segment " + std::to_string(place.segment)};
}

Result<void> mustExist(const Transcript& transcript, WordPlace place) {
    if (place.segment >= transcript.segments.size()) return noSegment(place.segment);
    if (place.word >= transcript.segments[place.segment].words.size()) return noWord(place);
    return {};
}

std::vector<std::string> wordsOf(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    eachCharacter(text, [&](char32_t codePoint, std::string_view bytes) {
        const bool space = codePoint <= U' ' || (codePoint >= 0x7f && codePoint <= 0xa0);
        if (!space && !inside) words.emplace_back();
        if (!space) words.back() += codePoint == U'\uFFFD' && bytes.size() == 1 ? std::string_view("?") : bytes;
        inside = !space;
    });
    return words;
}

/// `parts` one behind the other in the time of `whole`, by their number of characters.
std::vector<TranscriptWord> shareTime(const TranscriptWord& whole, const std::vector<std::string>& parts, double confidence) {
    double total = 0;
    for (const auto& part : parts) total += static_cast<double>(characterCount(part));
    std::vector<TranscriptWord> words;
    double done = 0, start = whole.start;
    for (const auto& part : parts) {
        done += static_cast<double>(characterCount(part));
        const double end = &part == &parts.back() ? whole.end : whole.start + (whole.end - whole.start) * done / total;
        words.push_back({part, start, end, confidence});
        start = end;
    }
    return words;
}

void putInPlace(Transcript& transcript, WordPlace place, std::vector<TranscriptWord> words) {
    auto& target = transcript.segments[place.segment].words;
    const auto at = target.erase(target.begin() + static_cast<std::ptrdiff_t>(place.word));
    target.insert(at, std::make_move_iterator(words.begin()), std::make_move_iterator(words.end()));
    if (target.empty()) transcript.segments.erase(transcript.segments.begin() + static_cast<std::ptrdiff_t>(place.segment));
}

}  // namespace

Result<Transcript> replaceWord(const Transcript& transcript, WordPlace place, std::string_view text) {
    MS_CHECK(mustExist(transcript, place));
    Transcript edited = transcript;
    putInPlace(edited, place, shareTime(transcript.segments[place.segment].words[place.word], wordsOf(text), 1.0));
    return edited;
}

Result<Transcript> mergeWords(const Transcript& transcript, WordPlace first) {
    MS_CHECK(mustExist(transcript, first));
    MS_CHECK(mustExist(transcript, {first.segment, first.word + 1}));
    Transcript edited = transcript;
    auto& words = edited.segments[first.segment].words;
    auto& joined = words[first.word];
    const auto& next = words[first.word + 1];
    joined.text += next.text;
    joined.end = std::max(joined.end, next.end);
    joined.confidence = std::min(joined.confidence, next.confidence);
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(first.word) + 1);
    return edited;
}

Result<Transcript> splitWord(const Transcript& transcript, WordPlace place, std::size_t character) {
    MS_CHECK(mustExist(transcript, place));
    const TranscriptWord& word = transcript.segments[place.segment].words[place.word];
    if (character == 0 || character >= characterCount(word.text))
        return Error{ErrorCode::InvalidArgument, "transcript: " + inQuotes(word.text, 40) + " cannot be parted at character " +
                                                     std::to_string(character)};
    const std::size_t bytes = bytesOf(word.text, character);
    Transcript edited = transcript;
    putInPlace(edited, place, shareTime(word, {word.text.substr(0, bytes), word.text.substr(bytes)}, word.confidence));
    return edited;
}

Result<Transcript> mergeSegments(const Transcript& transcript, std::size_t first) {
    if (first >= transcript.segments.size()) return noSegment(first);
    if (first + 1 >= transcript.segments.size()) return noSegment(first + 1);
    Transcript edited = transcript;
    auto& joined = edited.segments[first];
    auto& next = edited.segments[first + 1];
    joined.words.insert(joined.words.end(), next.words.begin(), next.words.end());
    joined.final = joined.final && next.final;
    edited.segments.erase(edited.segments.begin() + static_cast<std::ptrdiff_t>(first) + 1);
    return edited;
}

Result<Transcript> splitSegment(const Transcript& transcript, WordPlace place) {
    MS_CHECK(mustExist(transcript, place));
    if (place.word == 0) return Error{ErrorCode::InvalidArgument, "transcript: a segment cannot be parted in front of its first word"};
    Transcript edited = transcript;
    auto& words = edited.segments[place.segment].words;
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(place.word);
    TranscriptSegment behind{{at, words.end()}, edited.segments[place.segment].final};
    words.erase(at, words.end());
    edited.segments.insert(edited.segments.begin() + static_cast<std::ptrdiff_t>(place.segment) + 1, std::move(behind));
    return edited;
}

}  // namespace ms
