// Output frames of a speech model on the time axis of the audio.
#pragma once

#include <cstdint>

namespace ms {

/// Frame i stands for the time [seconds(i), seconds(i + 1)).
struct FrameClock {
    double hop_seconds = 0.04;    ///< from one frame's start to the next
    double offset_seconds = 0.0;  ///< start of frame 0

    [[nodiscard]] double seconds(std::int64_t frame) const {
        return offset_seconds + static_cast<double>(frame) * hop_seconds;
    }
};

}  // namespace ms
