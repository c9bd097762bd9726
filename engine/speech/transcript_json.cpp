#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/formats/json_file.h"
#include "engine/speech/transcript_export.h"
#include "engine/speech/utf8_text.h"

namespace ms {

namespace {

using nlohmann::json;

constexpr const char* kFormat = "mambascope-transcript";
constexpr double kLatest = 1e9;  // seconds

/// Milliseconds are finer than any frame, and shorter to read than what binary fractions print as.
double rounded(double seconds) { return std::isfinite(seconds) ? std::round(seconds * 1000) / 1000 : 0; }

class Reader {
public:
    Reader(const std::string& file, std::string where) : m_file(file), m_where(std::move(where)) {}

    [[nodiscard]] Error error(const std::string& problem) const {
        return {ErrorCode::Format, m_file + ": " + m_where + problem};
    }

    Result<double> number(const json& object, const char* key, double high) const {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_number()) return error(std::string(key) + " must be a number");
        const double value = found->get<double>();
        if (!(value >= 0 && value <= high)) return error(std::string(key) + " is not from 0 to " + json(high).dump());
        return value;
    }

    Result<TranscriptWord> word(const json& object) const {
        if (!object.is_object()) return error("is no object");
        TranscriptWord word;
        const auto text = object.find("text");
        if (text == object.end() || !text->is_string()) return error("text must be a string");
        word.text = text->get<std::string>();
        bool plain = !word.text.empty();
        eachCharacter(word.text, [&](char32_t c, std::string_view bytes) {
            plain &= c > U' ' && (c < 0x7f || c > 0xa0) && !(c == U'\uFFFD' && bytes.size() == 1);
        });
        if (!plain) return error("text " + inQuotes(word.text, 40) + " is no single word");
        MS_TRY(word.start, number(object, "start", kLatest));
        MS_TRY(word.end, number(object, "end", kLatest));
        if (word.end < word.start) return error("end lies before start");
        MS_TRY(word.confidence, number(object, "confidence", 1));
        return word;
    }

private:
    const std::string& m_file;
    std::string m_where;
};

}  // namespace

std::string toJson(const Transcript& transcript) {
    json segments = json::array();
    for (const TranscriptSegment& segment : transcript.segments) {
        json words = json::array();
        for (const TranscriptWord& word : segment.words)
            words.push_back({{"text", word.text},
                             {"start", rounded(word.start)},
                             {"end", rounded(word.end)},
                             {"confidence", std::round(word.confidence * 1e4) / 1e4}});
        segments.push_back({{"start", rounded(segment.start())},
                            {"end", rounded(segment.end())},
                            {"text", segment.text()},
                            {"final", segment.final},
                            {"words", std::move(words)}});
    }
    const json root{{"format", kFormat}, {"version", 1}, {"segments", std::move(segments)}};
    return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Transcript> transcriptFromJson(std::string_view text, const std::string& file) {
    MS_TRY(const json root, parseJson(text, file));
    const Reader top(file, "");
    if (!root.is_object() || root.value("format", json()) != kFormat)
        return top.error(std::string("is no transcript: format must be \"") + kFormat + "\"");
    if (root.value("version", json()) != 1) return top.error("version is not 1; a newer program wrote it");
    const auto segments = root.find("segments");
    if (segments == root.end() || !segments->is_array()) return top.error("segments must be a list");
    Transcript transcript;
    for (const json& object : *segments) {
        const std::string where = "segments[" + std::to_string(transcript.segments.size()) + "]";
        const Reader reader(file, where + ": ");
        if (!object.is_object()) return reader.error("is no object");
        TranscriptSegment segment;
        const auto final = object.find("final");
        if (final != object.end() && !final->is_boolean()) return reader.error("final is neither true nor false");
        if (final != object.end()) segment.final = final->get<bool>();
        const auto words = object.find("words");
        if (words == object.end() || !words->is_array()) return reader.error("words must be a list");
        for (const json& word : *words) {
            MS_TRY(TranscriptWord read, Reader(file, where + ".words[" + std::to_string(segment.words.size()) + "]: ").word(word));
            segment.words.push_back(std::move(read));
        }
        transcript.segments.push_back(std::move(segment));
    }
    return transcript;
}

}  // namespace ms
