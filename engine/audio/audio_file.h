// Sound files, read a block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/audio/byte_source.h"
#include "engine/base/result.h"

namespace ms {

/// WAV, AIFF, FLAC, OGG Vorbis, Opus and MP3 through libsndfile. Memory does not depend on the file's length, nor on
/// what its header promises. One thread at a time.
class AudioFile {
public:
    static constexpr int kMostChannels = 64;
    static constexpr int kLowestRate = 1000, kHighestRate = 768000;  // Hz

    /// Refuses, in one line that names the file and the reason: what is no sound file of these formats, more than
    /// kMostChannels, rates outside [kLowestRate, kHighestRate], and files from which no sample can be decoded.
    /// Errors: NotFound, Io, InvalidArgument, Format, Unsupported.
    static Result<AudioFile> open(const std::filesystem::path& path);
    /// The same from memory; `name` stands in errors.
    static Result<AudioFile> fromBytes(std::vector<std::byte> bytes, const std::string& name);

    AudioFile(AudioFile&&) noexcept;
    AudioFile& operator=(AudioFile&&) noexcept;
    ~AudioFile();

    [[nodiscard]] int sampleRate() const;  ///< Hz
    [[nodiscard]] int channels() const;
    /// What the header promises, if it promises something believable. The end of the file decides: never allocate by
    /// it.
    [[nodiscard]] std::optional<std::int64_t> frames() const;
    [[nodiscard]] std::int64_t position() const;      ///< frames read so far, or sought to
    [[nodiscard]] const std::string& format() const;  ///< for people: "WAV", "OGG (Ogg Vorbis)"…

    /// Fills `out` [frames, channels], interleaved; its size must be a multiple of the channels. Returns the frames
    /// read: fewer than asked for only at the end, 0 from then on. A faulty rest ends the audio and leaves a note.
    /// Samples that are not finite or absurdly large become 0 and are counted.
    std::size_t read(std::span<float> out);
    /// The same mixed down: out [frames], the mean of the channels.
    std::size_t readMono(std::span<float> out);
    /// The next frame to read. Errors: InvalidArgument outside [0, frames], Format if the decoder cannot get there.
    Result<void> seek(std::int64_t frame);

    /// Samples that became 0 so far.
    [[nodiscard]] std::int64_t replacedSamples() const;
    /// What was wrong and put up with, a line each; complete once everything is read.
    [[nodiscard]] std::vector<std::string> notes() const;

private:
    struct Impl;
    explicit AudioFile(std::unique_ptr<Impl> impl);
    static Result<AudioFile> openSource(std::unique_ptr<ByteSource> source, const std::string& name);

    std::unique_ptr<Impl> m_impl;
};

}  // namespace ms
