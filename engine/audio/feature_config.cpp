#include "engine/audio/feature_config.h"

#include <cmath>
#include <sstream>
#include <string>

namespace ms {

namespace {

constexpr int kLargestFft = 65536, kMostMels = 1024;

template <class Value>
Error outside(const char* field, Value value, const std::string& demand) {
    std::ostringstream text;
    text << "features." << field << " is " << value << "; it must be " << demand;
    return {ErrorCode::InvalidArgument, text.str()};
}

}  // namespace

Result<void> FeatureConfig::validate() const {
    if (sample_rate < 1000 || sample_rate > 768000) return outside("sample_rate", sample_rate, "1000 to 768000 Hz");
    if (fft < 2 || fft > kLargestFft || fft % 2 != 0)
        return outside("fft", fft, "even, from 2 to " + std::to_string(kLargestFft));
    if (window < 1 || window > fft) return outside("window", window, "from 1 to fft (" + std::to_string(fft) + ")");
    if (hop < 1 || hop > window) return outside("hop", hop, "from 1 to window (" + std::to_string(window) + ")");
    if (mels < 1 || mels > kMostMels) return outside("mels", mels, "from 1 to " + std::to_string(kMostMels));
    if (!(low_hz >= 0.0 && low_hz < high_hz)) return outside("low_hz", low_hz, "at least 0 and below high_hz");
    if (!(high_hz <= sample_rate / 2.0)) return outside("high_hz", high_hz, "at most half the sample rate");
    if (!(floor >= 1e-30 && std::isfinite(floor))) return outside("floor", floor, "a number of at least 1e-30");
    return {};
}

}  // namespace ms
