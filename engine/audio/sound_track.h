// What a session has heard: mono samples that grow at the end and can be read from anywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/base/result.h"

namespace ms {

/// Smallest and largest sample of a stretch, full scale at ±1; low > high: nothing is there.
struct SoundPeaks {
    float low = 1.0f, high = -1.0f;
};

/// Keeps 16 bits of a sample, which is all that most sound files have: those come out as they went in. Samples lie in a temporary file without a name, 2 bytes each (115 MB an hour at 16 kHz); main memory
/// holds the peaks of every 10 ms. One thread appends, any thread reads.
class SoundTrack {
public:
    /// Unnamed: the file is gone with the program, whatever happens. Named: it has a name while the track lives, so that it
    /// outlives a crash: mono samples of 16 bits, little-endian, without a header.
    enum class Naming { Unnamed, Named };

    /// `folder`: where the file goes. Errors: Io naming the folder.
    static Result<std::shared_ptr<SoundTrack>> create(int sampleRate,
                                                      const std::filesystem::path& folder = std::filesystem::temp_directory_path(),
                                                      Naming naming = Naming::Unnamed);
    ~SoundTrack();
    SoundTrack(const SoundTrack&) = delete;
    SoundTrack& operator=(const SoundTrack&) = delete;

    /// `samples` [n] in [-1, 1]; beyond is clipped, NaN becomes 0. Errors: Io when the disk is full; what was there stays.
    Result<void> append(std::span<const float> samples);
    /// Forgets everything.
    void clear();

    /// Of a named track; empty for others.
    [[nodiscard]] const std::filesystem::path& file() const { return m_name; }
    [[nodiscard]] int sampleRate() const { return m_rate; }  ///< Hz
    [[nodiscard]] std::int64_t samples() const;
    [[nodiscard]] double seconds() const { return static_cast<double>(samples()) / m_rate; }
    /// Fills `out` with samples [first, first + n); zeros outside the track. Returns how many lie inside it.
    std::int64_t read(std::int64_t first, std::span<float> out) const;
    /// out[i] = peaks of samples [first + i·step, first + (i + 1)·step). Steps of 10 ms and more cost no disk access.
    void peaks(std::int64_t first, double step, std::span<SoundPeaks> out) const;

private:
    SoundTrack(int sampleRate, int file, std::filesystem::path name);
    [[nodiscard]] std::int64_t readSamples(std::int64_t first, std::span<std::int16_t> out, std::int64_t end) const;

    struct Pair {
        std::int16_t low, high;
    };

    const int m_rate, m_block;      // samples of one pair of peaks
    const int m_file;
    const std::filesystem::path m_name;
    mutable std::mutex m_mutex;     // guards what follows
    std::int64_t m_samples = 0;
    std::vector<Pair> m_peaks;      // of whole blocks, and of the last one as far as it goes
};

}  // namespace ms
