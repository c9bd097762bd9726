#include "engine/audio/audio_writer.h"

#include <fcntl.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/audio/sample.h"

namespace ms {

namespace {

constexpr std::size_t kBlockSamples = 8192;
/// Sizes in a WAV header have 32 bits; leaves room for the header itself.
constexpr std::int64_t kMostWavBytes = 0xffffffffLL - 4096;

struct Close {
    void operator()(SNDFILE* file) const { sf_close(file); }
};

int formatCode(AudioFormat format) {
    switch (format) {
        case AudioFormat::Wav16:
            return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
        case AudioFormat::WavFloat:
            return SF_FORMAT_WAV | SF_FORMAT_FLOAT;
        case AudioFormat::Flac:
            return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    }
    return 0;
}

/// A name that is not hidden and keeps its extension: after a crash people must find it and players open it.
std::filesystem::path temporaryName(const std::filesystem::path& target) {
    static std::atomic<unsigned> s_counter{0};
    return target.parent_path() / (target.stem().string() + ".part-" + std::to_string(::getpid()) + "-" +
                                   std::to_string(s_counter++) + target.extension().string());
}

/// To the disk, as far as the file system can.
void sync(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    [[maybe_unused]] const int synced = ::fsync(fd);
    ::close(fd);
}

}  // namespace

struct AudioWriter::Impl {
    std::filesystem::path target, temporary;
    std::unique_ptr<SNDFILE, Close> file;
    AudioFormat format = AudioFormat::Wav16;
    int sampleRate = 0, channels = 0;
    std::int64_t frames = 0, headerFrames = 0;  // headerFrames: what the header on disk knows of
    std::vector<float> block;

    [[nodiscard]] std::int64_t frameBytes() const { return channels * (format == AudioFormat::WavFloat ? 4 : 2); }
    [[nodiscard]] Error failure(const std::string& what) const {
        return {ErrorCode::Io, target.string() + ": " + what};
    }
};

AudioWriter::AudioWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
AudioWriter::AudioWriter(AudioWriter&&) noexcept = default;
AudioWriter::~AudioWriter() = default;

Result<AudioWriter> AudioWriter::create(const std::filesystem::path& target, AudioFormat format, int sampleRate,
                                        int channels) {
    const auto refuse = [&](ErrorCode code, const std::string& reason) {
        return Error{code, target.string() + ": " + reason};
    };
    std::error_code ignored;
    if (!target.has_filename() || std::filesystem::is_directory(target, ignored))
        return refuse(ErrorCode::InvalidArgument, "cannot be written: not a file's name");
    SF_INFO info{};
    info.samplerate = sampleRate;
    info.channels = channels;
    info.format = formatCode(format);
    if (sampleRate < 1 || channels < 1 || !sf_format_check(&info))
        return refuse(ErrorCode::InvalidArgument, "the format cannot hold " + std::to_string(channels) +
                                                      " channels at " + std::to_string(sampleRate) + " Hz");

    auto impl = std::make_unique<Impl>();
    impl->target = target;
    impl->temporary = temporaryName(target);
    impl->format = format;
    impl->sampleRate = sampleRate;
    impl->channels = channels;
    const int fd = ::open(impl->temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        const int number = errno;
        return refuse(number == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                      "cannot be written: " + std::generic_category().message(number));
    }
    impl->file.reset(sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE));  // closes fd, also when it fails
    if (!impl->file) {
        std::filesystem::remove(impl->temporary, ignored);
        return refuse(ErrorCode::Unsupported, std::string("cannot be written: ") + sf_strerror(nullptr));
    }
    sf_command(impl->file.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    sf_command(impl->file.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);  // it holds the time: files would differ
    return AudioWriter(std::move(impl));
}

Result<void> AudioWriter::write(std::span<const float> samples) {
    Impl& impl = *m_impl;
    const auto width = static_cast<std::size_t>(impl.channels);
    assert(impl.file && samples.size() % width == 0);
    if (impl.format != AudioFormat::Flac &&
        (impl.frames + static_cast<std::int64_t>(samples.size() / width)) * impl.frameBytes() > kMostWavBytes)
        return Error{ErrorCode::Unsupported, impl.target.string() + ": a WAV file ends at 4 GiB; record FLAC for more"};

    const std::size_t most = std::max<std::size_t>(kBlockSamples / width, 1) * width;
    for (std::size_t at = 0; at < samples.size(); at += most) {
        const auto part = samples.subspan(at, std::min(most, samples.size() - at));
        impl.block.resize(part.size());
        std::transform(part.begin(), part.end(), impl.block.begin(), usableSample);
        const auto frames = static_cast<sf_count_t>(part.size() / width);
        if (sf_writef_float(impl.file.get(), impl.block.data(), frames) != frames)
            return impl.failure(std::string("writing failed: ") + sf_strerror(impl.file.get()));
        impl.frames += frames;
    }
    if (impl.frames - impl.headerFrames >= impl.sampleRate) {
        sf_command(impl.file.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
        impl.headerFrames = impl.frames;
    }
    return {};
}

Result<void> AudioWriter::finish() {
    Impl& impl = *m_impl;
    assert(impl.file);
    const int closed = sf_close(impl.file.release());
    if (closed != SF_ERR_NO_ERROR)
        return impl.failure("writing failed: " + std::string(sf_error_number(closed)) + "; what was recorded is in " +
                            impl.temporary.string());
    sync(impl.temporary);  // data before name: a power cut must not leave an empty file where a whole one was
    std::error_code error;
    std::filesystem::rename(impl.temporary, impl.target, error);
    if (error)
        return impl.failure("cannot be replaced: " + error.message() + "; what was recorded is in " +
                            impl.temporary.string());
    return {};
}

void AudioWriter::discard() {
    if (!m_impl->file) return;
    m_impl->file.reset();
    std::error_code ignored;
    std::filesystem::remove(m_impl->temporary, ignored);
}

std::int64_t AudioWriter::frames() const { return m_impl->frames; }
const std::filesystem::path& AudioWriter::temporary() const { return m_impl->temporary; }

}  // namespace ms
