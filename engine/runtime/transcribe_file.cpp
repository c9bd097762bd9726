#include "engine/runtime/transcribe_file.h"

#include <chrono>

#include "engine/audio/resampler.h"

namespace ms {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

std::string clockText(double seconds) {
    const auto whole = static_cast<long long>(seconds);
    const std::string rest = std::to_string(whole % 60);
    return std::to_string(whole / 60) + (rest.size() < 2 ? ":0" : ":") + rest;
}

}  // namespace

Result<void> readResampled(AudioFile& file, int sampleRate, const std::function<Result<void>(std::span<const float>)>& piece,
                           const ProgressCallback& progress, const std::stop_token& stop) {
    MS_TRY(Resampler resampler, Resampler::create(file.sampleRate(), 1, sampleRate));
    std::vector<float> read(static_cast<std::size_t>(file.sampleRate())), resampled;
    while (const std::size_t frames = file.readMono(read)) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading the audio was cancelled"};
        resampled.clear();
        resampler.push(std::span(read).first(frames), resampled);
        MS_CHECK(piece(resampled));
        if (progress) {
            const double rate = file.sampleRate();
            const double all = static_cast<double>(file.frames().value_or(0)) / rate;
            progress({file.position(), file.frames().value_or(0),
                      clockText(static_cast<double>(file.position()) / rate) + (all > 0 ? " of " + clockText(all) : "")});
        }
    }
    resampled.clear();
    resampler.flush(resampled);
    return piece(resampled);
}

Result<FileTranscript> transcribeFile(const std::filesystem::path& path, Transcriber& transcriber, const ProgressCallback& progress,
                                      const std::stop_token& stop) {
    MS_TRY(AudioFile file, AudioFile::open(path));
    MS_CHECK(transcriber.reset());
    const Clock::time_point begin = Clock::now();
    TranscriptBuilder builder;
    const auto hear = [&](std::span<const float> samples) -> Result<void> {
        MS_CHECK(transcriber.push(samples));
        builder.add(transcriber.takeFinal());
        return {};
    };
    MS_CHECK(readResampled(file, transcriber.sampleRate(), hear, progress, stop));
    MS_CHECK(transcriber.finish());
    builder.add(transcriber.takeFinal());
    FileTranscript result;
    result.transcript = builder.transcript();
    result.audioSeconds = static_cast<double>(transcriber.stream().samples()) / transcriber.sampleRate();
    result.seconds = secondsSince(begin);
    result.notes = file.notes();
    return result;
}

Result<SpeechEvaluation> evaluateSpeech(const std::filesystem::path& audio, const std::filesystem::path& table,
                                        Transcriber& transcriber, const ProgressCallback& progress, const std::stop_token& stop) {
    MS_TRY(const std::vector<SpokenSegment> segments, readSegmentTable(table));
    MS_TRY(AudioFile file, AudioFile::open(audio));
    SpeechEvaluation result;
    std::vector<float> samples, resampled;
    for (const SpokenSegment& segment : segments) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the evaluation was cancelled"};
        const std::string where = table.string() + ": the segment at sample " + std::to_string(segment.start_sample);
        MS_CHECK(file.seek(segment.start_sample));
        samples.clear();
        resampled.clear();
        // A piece at a time: a table may promise more than the file holds.
        std::vector<float> piece(16'384);
        while (static_cast<std::int64_t>(samples.size()) < segment.samples) {
            const auto wanted = std::min<std::int64_t>(segment.samples - static_cast<std::int64_t>(samples.size()), 16'384);
            const std::size_t got = file.readMono(std::span(piece).first(static_cast<std::size_t>(wanted)));
            if (got == 0) return Error{ErrorCode::Format, where + " reaches beyond the end of " + audio.string()};
            samples.insert(samples.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
        }
        MS_TRY(Resampler resampler, Resampler::create(file.sampleRate(), 1, transcriber.sampleRate()));
        resampler.push(samples, resampled);
        resampler.flush(resampled);

        const Clock::time_point begin = Clock::now();
        MS_CHECK(transcriber.reset());
        MS_CHECK(transcriber.push(resampled));
        MS_CHECK(transcriber.finish());
        TranscriptBuilder builder;
        builder.add(transcriber.takeFinal());
        result.seconds += secondsSince(begin);
        result.audioSeconds += static_cast<double>(samples.size()) / file.sampleRate();
        const std::string heard = builder.transcript().text();
        result.errors.add(segment.text, heard);
        result.texts.emplace_back(segment.text, heard);
        ++result.segments;
        if (progress) progress({result.segments, static_cast<std::int64_t>(segments.size()), segment.speaker});
    }
    return result;
}

}  // namespace ms
