// Is somebody speaking, and have they finished?
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.h"

namespace ms {

struct VoiceActivityConfig {
    int sample_rate = 16000;     ///< Hz, a multiple of 100
    float threshold_db = 9.0f;   ///< speech is this much louder than the noise floor
    float lowest_db = -55.0f;    ///< dBFS; nothing quieter is speech
    int onset_ms = 30;           ///< loud for so long before it counts: clicks do not
    int hangover_ms = 200;       ///< still speech so long after the last loud frame: stops and weak endings
    int end_silence_ms = 700;    ///< non-speech that ends an utterance
    int noise_window_ms = 3000;  ///< the floor is the minimum over this past

    /// InvalidArgument naming the field.
    [[nodiscard]] Result<void> validate() const;
};

/// One frame of 10 ms.
struct VoiceFrame {
    bool speech = false;
    bool utterance_end = false;  ///< speech came before, and this frame completes end_silence_ms without
    float level_db = 0.0f;       ///< dBFS of the frame after the high-pass
    float noise_db = 0.0f;       ///< dBFS of the noise floor at this time
};

/// Energy against an adaptive floor. A frame's energy is taken after a one-pole high-pass at 80 Hz against hum and
/// offset. The floor is the minimum of the energy, smoothed over about 20 ms, in the last noise_window_ms (minimum
/// statistics without the bias correction, R. Martin 2001): words have gaps, so speech never becomes the floor, and
/// louder noise does after the window. Until something quieter is heard the floor is taken to be −50 dBFS, so that
/// speech from the first sample counts.
///
/// What it cannot do: tell speech from other sounds that come and go, or hear speech less than threshold_db over the
/// noise. The result does not depend on how the audio is cut. One thread at a time.
class VoiceActivity {
public:
    static constexpr int kFrameMs = 10;

    static Result<VoiceActivity> create(const VoiceActivityConfig& config = {});

    /// Samples [n], mono; NaN becomes 0. Appends the frames that are complete now and returns how many.
    std::size_t push(std::span<const float> samples, std::vector<VoiceFrame>& frames);
    /// As new.
    void reset();

    [[nodiscard]] bool inUtterance() const {
        return m_inUtterance;
    }  ///< between the first speech and its utterance_end

private:
    explicit VoiceActivity(const VoiceActivityConfig& config);
    VoiceFrame nextFrame(float energy);
    float updateFloor(float level);

    static constexpr int kParts = 10;  ///< the window's minimum moves on in so many steps

    VoiceActivityConfig m_config;
    int m_frameSamples = 0, m_partFrames = 0;
    float m_highPass = 0.0f;  // feedback coefficient

    float m_lastIn = 0.0f, m_lastOut = 0.0f;  // of the high-pass
    double m_squares = 0.0;
    int m_filled = 0;  // samples of the running frame
    float m_energy = 0.0f;
    std::vector<float> m_minima;  // dBFS, one a finished part, oldest first
    float m_partMinimum = 0.0f;
    int m_partFilled = 0;
    int m_loud = 0, m_hangover = 0, m_silence = 0;  // frames
    bool m_inUtterance = false, m_first = true;
};

}  // namespace ms
