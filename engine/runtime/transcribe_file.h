// Sound files through a transcriber.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/audio/audio_file.h"
#include "engine/base/progress.h"
#include "engine/runtime/transcriber.h"
#include "engine/speech/segment_table.h"
#include "engine/speech/word_error_rate.h"

namespace ms {

/// Reads a whole file as mono samples at `sampleRate`, a piece at a time: `piece` gets about a second each call, until one fails.
/// Errors: what `piece` returns; Cancelled.
Result<void> readResampled(AudioFile& file, int sampleRate, const std::function<Result<void>(std::span<const float>)>& piece,
                           const ProgressCallback& progress = {}, const std::stop_token& stop = {});

struct FileTranscript {
    Transcript transcript;
    double audioSeconds = 0;
    double seconds = 0;                ///< that the transcription took
    std::vector<std::string> notes;    ///< what was wrong with the file and put up with
    [[nodiscard]] double realTimeFactor() const { return audioSeconds > 0 ? seconds / audioSeconds : 0; }
};

/// Resets the transcriber, then reads the file. Errors: as AudioFile::open and Transcriber::push; Cancelled. Format for a file without a
/// single sample.
Result<FileTranscript> transcribeFile(const std::filesystem::path& path, Transcriber& transcriber,
                                      const ProgressCallback& progress = {}, const std::stop_token& stop = {});

struct SpeechEvaluation {
    ErrorTotals errors;
    double audioSeconds = 0, seconds = 0;
    std::int64_t segments = 0;
    std::vector<std::pair<std::string, std::string>> texts;  ///< reference and what was heard, one a segment
    [[nodiscard]] double realTimeFactor() const { return audioSeconds > 0 ? seconds / audioSeconds : 0; }
};

/// Transcribes every segment of a table from the empty state and counts errors against its text. `table` gives samples of the file at
/// the file's own rate. Errors: as transcribeFile and readSegmentTable; Format for a segment beyond the file's end.
Result<SpeechEvaluation> evaluateSpeech(const std::filesystem::path& audio, const std::filesystem::path& table,
                                        Transcriber& transcriber, const ProgressCallback& progress = {},
                                        const std::stop_token& stop = {});

}  // namespace ms
