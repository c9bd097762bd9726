// Sound as a device hands it over.
#pragma once

#include <QMetaType>
#include <chrono>
#include <vector>

namespace ms {

struct AudioBlock {
    std::vector<float> samples;  ///< interleaved, [frames, channels], full scale at ±1
    int sampleRate = 0;          ///< Hz
    int channels = 0;
    std::chrono::steady_clock::time_point arrived;  ///< when the last sample was handed over by the system
};

}  // namespace ms

Q_DECLARE_METATYPE(ms::AudioBlock)
