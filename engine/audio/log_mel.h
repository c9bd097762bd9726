// Log-mel features of a stream of audio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/audio/feature_config.h"
#include "engine/audio/real_fft.h"
#include "engine/base/result.h"

namespace ms {

/// Slaney's mel scale (M. Slaney, Auditory Toolbox, 1998): linear below 1000 Hz, 27 steps to a factor of 6.4 above.
[[nodiscard]] double slaneyMel(double hz);
[[nodiscard]] double slaneyHz(double mel);

/// Row m describes samples [hop·m, hop·m + window):
///
///     ln(floor + Σ_k filter[b, k] · |DFT_k(hann · samples)|²),   hann[n] = 0.5 − 0.5 cos(2πn / window)
///
/// with the frame padded with zeros to `fft`, triangular filters of peak 1 whose corners are mels + 2 points equally
/// spaced on Slaney's scale from low_hz to high_hz, evaluated at the bins' centres. A filter so narrow that no bin
/// falls into it gives ln(floor). Only frames wholly inside the audio count: nothing is padded at either end.
class LogMel {
public:
    /// Errors: InvalidArgument, see FeatureConfig::validate.
    static Result<LogMel> create(const FeatureConfig& config);

    /// Takes samples [n] in [-1, 1] at config().sample_rate (NaN becomes 0), appends the rows that are complete now to
    /// `rows` [·, mels] and returns how many. The bits do not depend on how the audio is cut.
    std::int64_t push(std::span<const float> samples, std::vector<float>& rows);
    /// As new.
    void reset();

    [[nodiscard]] const FeatureConfig& config() const { return m_config; }
    [[nodiscard]] std::int64_t rows() const { return m_rows; }  ///< made so far

private:
    struct Filter {
        std::size_t first = 0;        ///< bin of the first weight
        std::vector<double> weights;  ///< none if no bin falls into the triangle
    };

    explicit LogMel(const FeatureConfig& config);
    void appendRow(const float* frame, std::vector<float>& rows);

    FeatureConfig m_config;
    RealFft m_fft;
    std::vector<double> m_window;   // [window]
    std::vector<double> m_power;    // [fft / 2 + 1]
    std::vector<Filter> m_filters;  // [mels]
    std::vector<float> m_pending;   // samples that later frames still need
    std::int64_t m_rows = 0;
};

}  // namespace ms
