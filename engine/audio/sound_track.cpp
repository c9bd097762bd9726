#include "engine/audio/sound_track.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/audio/sample.h"

namespace ms {

namespace {

constexpr float kFullScale = 32768.0f;  // as sound files have it: what came in 16 bit comes out the same

std::int16_t toSixteen(float x) {
    return static_cast<std::int16_t>(std::clamp<long>(std::lround(usableSample(x) * kFullScale), -32768, 32767));
}

}  // namespace

Result<std::shared_ptr<SoundTrack>> SoundTrack::create(int sampleRate, const std::filesystem::path& folder, Naming naming) {
    if (sampleRate < 1000 || sampleRate > 768000)
        return Error{ErrorCode::InvalidArgument, "sound track: sample rate " + std::to_string(sampleRate) + " is outside [1000, 768000]"};
    std::string name = (folder / "mambascope-sound-XXXXXX").string();
    const int file = ::mkstemp(name.data());
    if (file < 0) return Error{ErrorCode::Io, folder.string() + ": cannot keep sound here; make the folder writable or set TMPDIR"};
    if (naming == Naming::Unnamed) {
        ::unlink(name.c_str());
        name.clear();
    }
    return std::shared_ptr<SoundTrack>(new SoundTrack(sampleRate, file, name));
}

SoundTrack::SoundTrack(int sampleRate, int file, std::filesystem::path name)
    : m_rate(sampleRate), m_block(std::max(1, sampleRate / 100)), m_file(file), m_name(std::move(name)) {}

SoundTrack::~SoundTrack() {
    ::close(m_file);
    if (!m_name.empty()) ::unlink(m_name.c_str());
}

std::int64_t SoundTrack::samples() const {
    const std::lock_guard lock(m_mutex);
    return m_samples;
}

Result<void> SoundTrack::append(std::span<const float> samples) {
    std::vector<std::int16_t> values(samples.size());
    std::transform(samples.begin(), samples.end(), values.begin(), toSixteen);
    const std::int64_t at = this->samples();  // only this thread changes it
    const auto bytes = static_cast<ssize_t>(values.size() * sizeof(std::int16_t));
    if (::pwrite(m_file, values.data(), static_cast<std::size_t>(bytes), at * 2) != bytes)
        return Error{ErrorCode::Io, "the temporary folder is full: the sound after " + std::to_string(at / m_rate) +
                                        " s cannot be kept; free space or set TMPDIR"};
    const std::lock_guard lock(m_mutex);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto block = static_cast<std::size_t>((at + static_cast<std::int64_t>(i)) / m_block);
        const std::int16_t value = values[i];
        if (block == m_peaks.size()) m_peaks.push_back({value, value});
        Pair& pair = m_peaks[block];
        pair.low = std::min(pair.low, value);
        pair.high = std::max(pair.high, value);
    }
    m_samples = at + static_cast<std::int64_t>(values.size());
    return {};
}

void SoundTrack::clear() {
    const std::lock_guard lock(m_mutex);
    m_samples = 0;
    m_peaks.clear();
    // What is left of the file is overwritten; if it cannot be cut, it is only larger than it need be.
    [[maybe_unused]] const int cut = ::ftruncate(m_file, 0);
}

std::int64_t SoundTrack::readSamples(std::int64_t first, std::span<std::int16_t> out, std::int64_t end) const {
    std::fill(out.begin(), out.end(), std::int16_t{0});
    const std::int64_t from = std::max<std::int64_t>(first, 0);
    const std::int64_t count = std::min(end, first + static_cast<std::int64_t>(out.size())) - from;
    if (count <= 0) return 0;
    const ssize_t got = ::pread(m_file, out.data() + (from - first), static_cast<std::size_t>(count) * 2, from * 2);
    return got < 0 ? 0 : got / 2;
}

std::int64_t SoundTrack::read(std::int64_t first, std::span<float> out) const {
    std::vector<std::int16_t> values(out.size());
    const std::int64_t got = readSamples(first, values, samples());
    std::transform(values.begin(), values.end(), out.begin(), [](std::int16_t x) { return static_cast<float>(x) / kFullScale; });
    return got;
}

void SoundTrack::peaks(std::int64_t first, double step, std::span<SoundPeaks> out) const {
    const std::int64_t end = samples();
    const auto edge = [&](std::size_t i) { return first + std::llround(static_cast<double>(i) * step); };
    if (step >= m_block) {
        const std::lock_guard lock(m_mutex);
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = {};
            const std::int64_t from = std::max<std::int64_t>(edge(i), 0) / m_block;
            const std::int64_t to = std::min<std::int64_t>((edge(i + 1) + m_block - 1) / m_block, static_cast<std::int64_t>(m_peaks.size()));
            for (std::int64_t b = from; b < to; ++b) {
                const Pair pair = m_peaks[static_cast<std::size_t>(b)];
                out[i].low = std::min(out[i].low, static_cast<float>(pair.low) / kFullScale);
                out[i].high = std::max(out[i].high, static_cast<float>(pair.high) / kFullScale);
            }
        }
        return;
    }
    std::vector<float> values(static_cast<std::size_t>(std::max<std::int64_t>(0, edge(out.size()) - first)) + 1);
    read(first, values);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = {};
        // A stretch shorter than a sample shows the sample that it lies on.
        for (std::int64_t s = edge(i); s < std::max(edge(i + 1), edge(i) + 1); ++s) {
            if (s < 0 || s >= end) continue;
            const float x = values[static_cast<std::size_t>(s - first)];
            out[i].low = std::min(out[i].low, x);
            out[i].high = std::max(out[i].high, x);
        }
    }
}

}  // namespace ms
