#include "engine/audio/audio_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/audio/container.h"
#include "engine/audio/sample.h"

namespace ms {

namespace {

constexpr std::size_t kBlockFrames = 4096;
/// No format packs more frames into a byte (FLAC: 65,535 constant samples in about ten); beyond, a header lies.
constexpr std::int64_t kMostFramesPerByte = 65536;

ByteSource& sourceOf(void* user) { return *static_cast<ByteSource*>(user); }

sf_count_t sourceLength(void* user) { return static_cast<sf_count_t>(sourceOf(user).size()); }
sf_count_t sourceTell(void* user) { return static_cast<sf_count_t>(sourceOf(user).position); }
sf_count_t refuseWrite(const void*, sf_count_t, void*) { return 0; }

sf_count_t sourceSeek(sf_count_t offset, int whence, void* user) {
    ByteSource& source = sourceOf(user);
    const auto base = static_cast<sf_count_t>(whence == SEEK_CUR   ? source.position
                                              : whence == SEEK_END ? source.size()
                                                                   : 0);
    sf_count_t target = 0;
    if (__builtin_add_overflow(base, offset, &target) || target < 0) return -1;
    source.position = static_cast<std::uint64_t>(target);
    return target;
}

sf_count_t sourceRead(void* out, sf_count_t count, void* user) {
    if (count <= 0) return 0;
    ByteSource& source = sourceOf(user);
    const std::size_t got =
        source.readAt(source.position, {static_cast<std::byte*>(out), static_cast<std::size_t>(count)});
    source.position += got;
    return static_cast<sf_count_t>(got);
}

/// libsndfile's words on one line.
std::string oneLine(const char* text) {
    std::string line = text ? text : "unknown error";
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
    return line;
}

std::string formatName(SNDFILE* file, int format) {
    const auto ask = [file](int code) {
        SF_FORMAT_INFO info{};
        info.format = code;
        return sf_command(file, SFC_GET_FORMAT_INFO, &info, sizeof info) == 0 && info.name ? std::string(info.name)
                                                                                           : "unknown";
    };
    return ask(format & SF_FORMAT_TYPEMASK) + ", " + ask(format & SF_FORMAT_SUBMASK);
}

struct Close {
    void operator()(SNDFILE* file) const { sf_close(file); }
};

}  // namespace

struct AudioFile::Impl {
    std::unique_ptr<ByteSource> source;  // outlives `file`, which reads from it
    std::unique_ptr<SNDFILE, Close> file;
    SF_INFO info{};
    std::string format;
    std::optional<std::int64_t> frames;
    std::vector<std::string> notes;
    std::vector<float> block;                  // [kBlockFrames, channels] decoded ahead
    std::size_t blockBegin = 0, blockEnd = 0;  // frames of `block` not handed out yet
    std::int64_t position = 0, replaced = 0;
    bool ended = false;

    [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(info.channels); }
    bool fill();
    void noteEnd();
};

/// Decodes the next block once the last one is used up; false at the end.
bool AudioFile::Impl::fill() {
    if (blockBegin < blockEnd) return true;
    if (ended) return false;
    const sf_count_t got =
        std::clamp<sf_count_t>(sf_readf_float(file.get(), block.data(), kBlockFrames), 0, kBlockFrames);
    blockBegin = 0;
    blockEnd = static_cast<std::size_t>(got);
    if (got < static_cast<sf_count_t>(kBlockFrames) && (got == 0 || sf_error(file.get()) != SF_ERR_NO_ERROR))
        ended = true;
    for (float& x : std::span(block).first(blockEnd * width())) {
        const float usable = usableSample(x);
        if (usable != x) {  // also true of NaN
            x = usable;
            ++replaced;
        }
    }
    if (got == 0 || ended) noteEnd();
    return got > 0;
}

void AudioFile::Impl::noteEnd() {
    const std::int64_t total = position + static_cast<std::int64_t>(blockEnd - blockBegin);
    if (sf_error(file.get()) != SF_ERR_NO_ERROR)
        notes.push_back("the audio is faulty after " + std::to_string(total) + " samples (" +
                        oneLine(sf_strerror(file.get())) + "); what came before is used");
    else if (frames && total < *frames)
        notes.push_back("the file ends early: " + std::to_string(total) + " of " + std::to_string(*frames) +
                        " samples are there");
}

AudioFile::AudioFile(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
AudioFile::AudioFile(AudioFile&&) noexcept = default;
AudioFile& AudioFile::operator=(AudioFile&&) noexcept = default;
AudioFile::~AudioFile() = default;

Result<AudioFile> AudioFile::open(const std::filesystem::path& path) {
    MS_TRY(std::unique_ptr<ByteSource> source, openByteSource(path));
    return openSource(std::move(source), path.string());
}

Result<AudioFile> AudioFile::fromBytes(std::vector<std::byte> bytes, const std::string& name) {
    return openSource(memoryByteSource(std::move(bytes)), name);
}

Result<AudioFile> AudioFile::openSource(std::unique_ptr<ByteSource> source, const std::string& name) {
    const auto refuse = [&](ErrorCode code, const std::string& reason) { return Error{code, name + ": " + reason}; };
    MS_TRY(Container container, recogniseContainer(std::move(source), name));

    auto impl = std::make_unique<Impl>();
    impl->source = std::move(container.source);
    SF_VIRTUAL_IO io{sourceLength, sourceSeek, sourceRead, refuseWrite, sourceTell};
    impl->file.reset(sf_open_virtual(&io, SFM_READ, &impl->info, impl->source.get()));
    if (!impl->file) return refuse(ErrorCode::Format, "cannot be decoded: " + oneLine(sf_strerror(nullptr)));
    const SF_INFO& info = impl->info;
    if (info.channels < 1 || info.channels > kMostChannels)
        return refuse(ErrorCode::Unsupported, std::to_string(info.channels) + " channels; 1 to " +
                                                  std::to_string(kMostChannels) + " can be read");
    if (info.samplerate < kLowestRate || info.samplerate > kHighestRate)
        return refuse(ErrorCode::Unsupported, "a sample rate of " + std::to_string(info.samplerate) + " Hz; " +
                                                  std::to_string(kLowestRate) + " to " + std::to_string(kHighestRate) +
                                                  " Hz can be read");
    if (!container.note.empty()) impl->notes.push_back(std::move(container.note));
    const auto bytes = static_cast<std::int64_t>(impl->source->size());
    if (info.frames > 0 && info.frames / kMostFramesPerByte < bytes) impl->frames = info.frames;
    else if (info.frames > 0 && info.frames != SF_COUNT_MAX)
        impl->notes.push_back("the header promises " + std::to_string(info.frames) +
                              " samples, more than the file can hold; its end decides");
    impl->format = formatName(impl->file.get(), info.format);
    impl->block.resize(kBlockFrames * impl->width());
    if (!impl->fill())
        return refuse(ErrorCode::Format, sf_error(impl->file.get()) != SF_ERR_NO_ERROR
                                             ? "no sample can be decoded: " + oneLine(sf_strerror(impl->file.get()))
                                             : "the file holds no samples");
    return AudioFile(std::move(impl));
}

int AudioFile::sampleRate() const { return m_impl->info.samplerate; }
int AudioFile::channels() const { return m_impl->info.channels; }
std::optional<std::int64_t> AudioFile::frames() const { return m_impl->frames; }
std::int64_t AudioFile::position() const { return m_impl->position; }
const std::string& AudioFile::format() const { return m_impl->format; }
std::int64_t AudioFile::replacedSamples() const { return m_impl->replaced; }

std::size_t AudioFile::read(std::span<float> out) {
    const std::size_t width = m_impl->width(), wanted = out.size() / width;
    assert(out.size() % width == 0);
    std::size_t done = 0;
    while (done < wanted && m_impl->fill()) {
        const std::size_t count = std::min(wanted - done, m_impl->blockEnd - m_impl->blockBegin);
        std::copy_n(m_impl->block.data() + m_impl->blockBegin * width, count * width, out.data() + done * width);
        m_impl->blockBegin += count;
        m_impl->position += static_cast<std::int64_t>(count);
        done += count;
    }
    return done;
}

std::size_t AudioFile::readMono(std::span<float> out) {
    const std::size_t width = m_impl->width();
    std::size_t done = 0;
    while (done < out.size() && m_impl->fill()) {
        const std::size_t count = std::min(out.size() - done, m_impl->blockEnd - m_impl->blockBegin);
        for (std::size_t i = 0; i < count; ++i)
            out[done + i] = mixFrame(std::span(m_impl->block).subspan((m_impl->blockBegin + i) * width, width));
        m_impl->blockBegin += count;
        m_impl->position += static_cast<std::int64_t>(count);
        done += count;
    }
    return done;
}

Result<void> AudioFile::seek(std::int64_t frame) {
    if (frame < 0 || (m_impl->frames && frame > *m_impl->frames))
        return Error{ErrorCode::InvalidArgument, "seek to sample " + std::to_string(frame) + ", outside the file"};
    if (sf_seek(m_impl->file.get(), frame, SEEK_SET) != frame)
        return Error{ErrorCode::Format, "seek to sample " + std::to_string(frame) +
                                            " failed: " + oneLine(sf_strerror(m_impl->file.get()))};
    m_impl->blockBegin = m_impl->blockEnd = 0;
    m_impl->position = frame;
    m_impl->ended = false;
    return {};
}

std::vector<std::string> AudioFile::notes() const {
    std::vector<std::string> all = m_impl->notes;
    if (m_impl->replaced > 0)
        all.push_back(std::to_string(m_impl->replaced) +
                      " samples are not numbers or absurdly loud; they count as silence");
    return all;
}

}  // namespace ms
