#include "engine/audio/level_meter.h"

#include <algorithm>
#include <cmath>

#include "engine/audio/sample.h"

namespace ms {

void LevelMeter::push(std::span<const float> samples) {
    std::int64_t clipped = 0;
    for (const float sample : samples) {
        const float magnitude = std::abs(usableSample(sample));
        m_peak = std::max(m_peak, magnitude);
        m_squares += static_cast<double>(magnitude) * static_cast<double>(magnitude);
        clipped += magnitude >= kClip ? 1 : 0;
    }
    m_samples += static_cast<std::int64_t>(samples.size());
    m_clipped += clipped;
    m_totalClipped += clipped;
}

Level LevelMeter::take() {
    const auto decibels = [](double amplitude) {
        return amplitude > 0.0 ? std::max(static_cast<float>(20.0 * std::log10(amplitude)), Level::kSilence)
                               : Level::kSilence;
    };
    Level level;
    level.samples = m_samples;
    level.clipped = m_clipped;
    level.peak_db = decibels(static_cast<double>(m_peak));
    if (m_samples > 0) level.rms_db = decibels(std::sqrt(m_squares / static_cast<double>(m_samples)));
    m_peak = 0.0f;
    m_squares = 0.0;
    m_samples = m_clipped = 0;
    return level;
}

}  // namespace ms
