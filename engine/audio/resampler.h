// Any sample rate and channel count to one rate, mono, as a stream.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"

namespace ms {

/// libsamplerate's medium sinc converter. From 44.1 kHz it loses 0.3 dB at 7 kHz, where the fastest one loses 14 (there
/// sibilants are), and costs 0.6 % of a core instead of 0.3; the best one costs 2.5 to keep what lies above 7.2 kHz.
///
/// Output sample n lies at time n / outRate of the input: the filter's delay is compensated, so latency is look-ahead
/// only. At equal rates mono input passes unchanged. One thread at a time.
class Resampler {
public:
    /// Errors: InvalidArgument for rates outside [1000, 768000] Hz or channels outside [1, 64]; OutOfMemory.
    static Result<Resampler> create(int inRate, int channels, int outRate = 16000);

    Resampler(Resampler&&) noexcept;
    Resampler& operator=(Resampler&&) noexcept;
    ~Resampler();

    /// `samples` [frames, channels] interleaved; appends to `out` [outFrames] what is ready. The concatenated output
    /// does not depend on how the input is cut, to the bit. NaN becomes 0.
    void push(std::span<const float> samples, std::vector<float>& out);
    /// The rest, after the last push: altogether round(frames · outRate / inRate) samples. Then call reset.
    void flush(std::vector<float>& out);
    /// As new.
    void reset();

    /// Seconds of input that must follow a moment before its output appears, at most.
    [[nodiscard]] double latency() const;

private:
    struct Impl;
    explicit Resampler(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace ms
