// How loud audio is: what a level meter shows.
#pragma once

#include <cstdint>
#include <span>

namespace ms {

struct Level {
    /// Below this everything reads as silence.
    static constexpr float kSilence = -120.0f;

    float peak_db = kSilence;  ///< dBFS: 20 log10 of the largest magnitude
    float rms_db = kSilence;   ///< dBFS: 20 log10 of the root mean square; a full-scale sine reads −3.01
    std::int64_t samples = 0;  ///< behind this reading
    std::int64_t clipped = 0;  ///< of them at full scale, see LevelMeter::kClip
};

/// Collects levels over any number of blocks until somebody looks. One thread at a time.
class LevelMeter {
public:
    /// The largest positive value of 16 bits: what a converter that overflows delivers.
    static constexpr float kClip = 32767.0f / 32768.0f;

    /// Samples of any channels; NaN counts as 0.
    void push(std::span<const float> samples);
    /// The levels since the last call.
    Level take();
    /// Samples at full scale since the beginning or `reset`.
    [[nodiscard]] std::int64_t totalClipped() const { return m_totalClipped; }
    void reset() { *this = LevelMeter(); }

private:
    float m_peak = 0.0f;
    double m_squares = 0.0;
    std::int64_t m_samples = 0, m_clipped = 0, m_totalClipped = 0;
};

}  // namespace ms
