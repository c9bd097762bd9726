// Recording to a sound file that survives a crash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "engine/base/result.h"

namespace ms {

enum class AudioFormat { Wav16, WavFloat, Flac };  ///< Flac: 16 bit

/// Writes to `NAME.part-PID-N.EXT` beside the target; `finish` renames it over the target. The temporary file can be
/// played at any time: every sample handed over before a crash is in it (FLAC: but for the last 4,096 or so), and
/// a WAV header lags by at most a second. Destruction without `finish` or `discard` closes it and leaves it there,
/// so that no recording is lost by an early return. One thread at a time.
class AudioWriter {
public:
    /// Errors: InvalidArgument (rate, channels), NotFound (the folder), Io, Unsupported, naming the target.
    static Result<AudioWriter> create(const std::filesystem::path& target, AudioFormat format, int sampleRate,
                                      int channels);

    AudioWriter(AudioWriter&&) noexcept;
    AudioWriter& operator=(AudioWriter&&) = delete;
    ~AudioWriter();

    /// `samples` [frames, channels] interleaved; beyond ±1 is clipped (but in WavFloat), NaN becomes 0.
    /// Errors: Io (disk full), Unsupported (a WAV file cannot hold more than 4 GiB); what was written stays.
    Result<void> write(std::span<const float> samples);
    /// Completes the header, closes and renames. Spent afterwards; if it fails, the error names the file that is left.
    Result<void> finish();
    /// Removes what was written; the target is as it was.
    void discard();

    [[nodiscard]] std::int64_t frames() const;  ///< written so far
    [[nodiscard]] const std::filesystem::path& temporary() const;

private:
    struct Impl;
    explicit AudioWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace ms
