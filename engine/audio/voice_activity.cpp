#include "engine/audio/voice_activity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "engine/audio/sample.h"

namespace ms {

namespace {

constexpr float kAssumedFloor = -50.0f;  // dBFS, before anything is known
constexpr float kSilence = -120.0f;
constexpr float kSmoothing = 0.5f;  // of a new frame in the energy
constexpr double kHighPassHz = 80.0;

float decibels(float energy) { return energy > 0.0f ? std::max(10.0f * std::log10(energy), kSilence) : kSilence; }

}  // namespace

Result<void> VoiceActivityConfig::validate() const {
    const auto wrong = [](const char* field, const std::string& demand) {
        return Error{ErrorCode::InvalidArgument, std::string("voice activity: ") + field + " must be " + demand};
    };
    if (sample_rate < 1000 || sample_rate > 768000 || sample_rate % 100 != 0)
        return wrong("sample_rate", "a multiple of 100 from 1000 to 768000 Hz");
    if (!(threshold_db > 0.0f && threshold_db <= 100.0f)) return wrong("threshold_db", "above 0 and at most 100");
    if (!(lowest_db >= kSilence && lowest_db <= 0.0f)) return wrong("lowest_db", "from -120 to 0");
    if (onset_ms < 0 || onset_ms > 60000) return wrong("onset_ms", "from 0 to 60000");
    if (hangover_ms < 0 || hangover_ms > 60000) return wrong("hangover_ms", "from 0 to 60000");
    if (end_silence_ms < VoiceActivity::kFrameMs || end_silence_ms > 3600000)
        return wrong("end_silence_ms", "from 10 to 3600000");
    if (noise_window_ms < 100 || noise_window_ms > 600000) return wrong("noise_window_ms", "from 100 to 600000");
    return {};
}

Result<VoiceActivity> VoiceActivity::create(const VoiceActivityConfig& config) {
    MS_CHECK(config.validate());
    return VoiceActivity(config);
}

VoiceActivity::VoiceActivity(const VoiceActivityConfig& config)
    : m_config(config),
      m_frameSamples(config.sample_rate * kFrameMs / 1000),
      m_partFrames(std::max(config.noise_window_ms / (kParts * kFrameMs), 1)),
      m_highPass(static_cast<float>(std::exp(-2.0 * std::numbers::pi * kHighPassHz / config.sample_rate))) {
    reset();
}

void VoiceActivity::reset() {
    m_lastIn = m_lastOut = m_energy = 0.0f;
    m_squares = 0.0;
    m_filled = m_partFilled = m_loud = m_hangover = m_silence = 0;
    m_minima.assign(1, kAssumedFloor);
    m_partMinimum = std::numeric_limits<float>::infinity();
    m_inUtterance = false;
    m_first = true;
}

std::size_t VoiceActivity::push(std::span<const float> samples, std::vector<VoiceFrame>& frames) {
    const std::size_t before = frames.size();
    for (const float raw : samples) {
        const float x = usableSample(raw);
        m_lastOut = m_highPass * (m_lastOut + x - m_lastIn);
        m_lastIn = x;
        m_squares += static_cast<double>(m_lastOut) * static_cast<double>(m_lastOut);
        if (++m_filled < m_frameSamples) continue;
        frames.push_back(nextFrame(static_cast<float>(m_squares / m_frameSamples)));
        m_squares = 0.0;
        m_filled = 0;
    }
    return frames.size() - before;
}

/// The minimum of the smoothed level over the last kParts parts and the running one.
float VoiceActivity::updateFloor(float level) {
    m_partMinimum = std::min(m_partMinimum, level);
    if (++m_partFilled == m_partFrames) {
        m_minima.push_back(m_partMinimum);
        if (m_minima.size() > kParts) m_minima.erase(m_minima.begin());
        m_partMinimum = std::numeric_limits<float>::infinity();
        m_partFilled = 0;
    }
    return std::min(m_partMinimum, *std::min_element(m_minima.begin(), m_minima.end()));
}

VoiceFrame VoiceActivity::nextFrame(float energy) {
    // The floor is taken from smoothed energies; loudness is not, or a click would fade out over many frames.
    m_energy = m_first ? energy : m_energy + kSmoothing * (energy - m_energy);
    m_first = false;
    VoiceFrame frame;
    frame.level_db = decibels(energy);
    frame.noise_db = updateFloor(decibels(m_energy));

    const bool loud = frame.level_db > frame.noise_db + m_config.threshold_db && frame.level_db > m_config.lowest_db;
    m_loud = loud ? m_loud + 1 : 0;
    if (loud && (m_hangover > 0 || m_loud * kFrameMs >= m_config.onset_ms)) {
        frame.speech = true;
        m_hangover = m_config.hangover_ms / kFrameMs;
    } else if (m_hangover > 0) {
        frame.speech = true;
        --m_hangover;
    }

    if (frame.speech) {
        m_inUtterance = true;
        m_silence = 0;
    } else if (m_inUtterance && ++m_silence * kFrameMs >= m_config.end_silence_ms) {
        frame.utterance_end = true;
        m_inUtterance = false;
        m_silence = 0;
    }
    return frame;
}

}  // namespace ms
