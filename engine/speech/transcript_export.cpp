#include "engine/speech/transcript_export.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/formats/atomic_file.h"
#include "engine/speech/captions.h"
#include "engine/speech/utf8_text.h"

namespace ms {

namespace {

std::string timeText(double seconds, char decimalMark) {
    const auto total = static_cast<long long>(std::llround(seconds * 1000));
    char text[40];
    std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld%c%03lld", total / 3600000, total / 60000 % 60, total / 1000 % 60,
                  decimalMark, total % 1000);
    return text;
}

/// One line's text without line ends and malformed bytes.
std::string oneLine(std::string_view text) {
    std::string line;
    eachCharacter(text, [&](char32_t codePoint, std::string_view bytes) {
        if (codePoint < 0x20 || codePoint == 0x7f || codePoint == 0x85 || codePoint == 0x2028 || codePoint == 0x2029) {
            line += ' ';
        } else if (codePoint == U'\uFFFD') {
            line += "\uFFFD";
        } else {
            line += bytes;
        }
    });
    return line;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size()) text.replace(at, what.size(), with);
    return text;
}

}  // namespace

std::optional<TranscriptFormat> transcriptFormat(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower == "txt") return TranscriptFormat::Txt;
    if (lower == "srt") return TranscriptFormat::Srt;
    if (lower == "vtt") return TranscriptFormat::Vtt;
    if (lower == "json") return TranscriptFormat::Json;
    return std::nullopt;
}

std::string toTxt(const Transcript& transcript) {
    std::string text;
    for (const TranscriptSegment& segment : transcript.segments)
        if (!segment.words.empty()) text += oneLine(segment.text()) + "\n";
    return text;
}

std::string toSrt(const Transcript& transcript) {
    std::string text;
    int number = 0;
    for (const Caption& caption : captionsOf(transcript)) {
        if (number > 0) text += "\n";
        text += std::to_string(++number) + "\n" + timeText(caption.start, ',') + " --> " + timeText(caption.end, ',') + "\n";
        for (const std::string& line : caption.lines) text += replaced(oneLine(line), "-->", "->") + "\n";
    }
    return text;
}

std::string toVtt(const Transcript& transcript) {
    std::string text = "WEBVTT\n";
    for (const Caption& caption : captionsOf(transcript)) {
        text += "\n" + timeText(caption.start, '.') + " --> " + timeText(caption.end, '.') + "\n";
        for (const std::string& line : caption.lines)
            text += replaced(replaced(replaced(oneLine(line), "&", "&amp;"), "<", "&lt;"), ">", "&gt;") + "\n";
    }
    return text;
}

std::string exported(const Transcript& transcript, TranscriptFormat format) {
    switch (format) {
        case TranscriptFormat::Txt: return toTxt(transcript);
        case TranscriptFormat::Srt: return toSrt(transcript);
        case TranscriptFormat::Vtt: return toVtt(transcript);
        case TranscriptFormat::Json: break;
    }
    return toJson(transcript);
}

Result<void> writeTranscript(const Transcript& transcript, TranscriptFormat format, const std::filesystem::path& path) {
    MS_TRY(auto file, AtomicFile::create(path));
    MS_CHECK(file.write(exported(transcript, format)));
    return file.commit(Durability::OnDisk);
}

}  // namespace ms
