// Transcripts as files: plain text, subtitles, JSON.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/speech/transcript.h"

namespace ms {

enum class TranscriptFormat { Txt, Srt, Vtt, Json };

/// "txt", "srt", "vtt" or "json" in any case.
std::optional<TranscriptFormat> transcriptFormat(std::string_view name);

/// One line a segment.
std::string toTxt(const Transcript& transcript);
/// SubRip: UTF-8, numbered, HH:MM:SS,mmm. The format has no escapes; "-->" becomes "->".
std::string toSrt(const Transcript& transcript);
/// WebVTT (W3C): HH:MM:SS.mmm; &, < and > are escaped.
std::string toVtt(const Transcript& transcript);
/// {"format": "mambascope-transcript", "version": 1, "segments": [{"start", "end", "text", "final", "words":
/// [{"text", "start", "end", "confidence"}]}]}; seconds; start, end and text of segments are for readers.
std::string toJson(const Transcript& transcript);

std::string exported(const Transcript& transcript, TranscriptFormat format);
/// Writes `path` in one step. Errors: as AtomicFile.
Result<void> writeTranscript(const Transcript& transcript, TranscriptFormat format, const std::filesystem::path& path);

/// Reads what toJson wrote. Errors (Format), one line opened by `file`: other formats and versions, missing fields,
/// times that are negative, beyond 10^9 s or run backwards within a word, confidences outside [0, 1], words that are
/// empty or hold white space or control characters.
Result<Transcript> transcriptFromJson(std::string_view text, const std::string& file);

}  // namespace ms
