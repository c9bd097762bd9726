#include "engine/audio/resampler.h"

#include <samplerate.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

#include "engine/audio/audio_file.h"
#include "engine/audio/sample.h"

namespace ms {

namespace {

constexpr std::size_t kBlockFrames = 1024;
/// Half the medium filter's length in samples of the lower rate: 22,438 coefficients, 491 to a sample
/// (libsamplerate, src/mid_qual_coeffs.h).
constexpr double kHalfFilter = 22438.0 / 491.0;

struct Delete {
    void operator()(SRC_STATE* state) const { src_delete(state); }
};

}  // namespace

struct Resampler::Impl {
    int inRate = 0, outRate = 0;
    std::size_t channels = 1;
    std::unique_ptr<SRC_STATE, Delete> state;  // none: the rates are equal
    std::vector<float> mono = std::vector<float>(kBlockFrames), converted = std::vector<float>(kBlockFrames);
    std::int64_t framesIn = 0, framesOut = 0;

    void convert(std::span<const float> input, bool last, std::vector<float>& out);
};

/// Converts all of `input` [frames] and, if `last`, what the filter still holds.
void Resampler::Impl::convert(std::span<const float> input, bool last, std::vector<float>& out) {
    SRC_DATA data{};
    data.data_in = input.data();
    data.input_frames = static_cast<long>(input.size());
    data.end_of_input = last ? 1 : 0;
    data.src_ratio = static_cast<double>(outRate) / inRate;
    do {
        data.data_out = converted.data();
        data.output_frames = static_cast<long>(converted.size());
        [[maybe_unused]] const int error = src_process(state.get(), &data);
        assert(error == 0);  // its errors are those of calling it wrongly
        out.insert(out.end(), converted.begin(), converted.begin() + data.output_frames_gen);
        framesOut += data.output_frames_gen;
        data.data_in += data.input_frames_used;
        data.input_frames -= data.input_frames_used;
    } while (data.input_frames > 0 || data.output_frames_gen > 0);
}

Resampler::Resampler(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

Result<Resampler> Resampler::create(int inRate, int channels, int outRate) {
    const auto bad = [](int rate) { return rate < AudioFile::kLowestRate || rate > AudioFile::kHighestRate; };
    if (bad(inRate) || bad(outRate) || channels < 1 || channels > AudioFile::kMostChannels)
        return Error{ErrorCode::InvalidArgument, "cannot resample " + std::to_string(channels) + " channels from " +
                                                     std::to_string(inRate) + " Hz to " + std::to_string(outRate) +
                                                     " Hz"};
    auto impl = std::make_unique<Impl>();
    impl->inRate = inRate;
    impl->outRate = outRate;
    impl->channels = static_cast<std::size_t>(channels);
    if (inRate != outRate) {
        int error = 0;
        impl->state.reset(src_new(SRC_SINC_MEDIUM_QUALITY, 1, &error));
        if (!impl->state) return Error{ErrorCode::OutOfMemory, std::string("resampler: ") + src_strerror(error)};
    }
    return Resampler(std::move(impl));
}

void Resampler::push(std::span<const float> samples, std::vector<float>& out) {
    Impl& impl = *m_impl;
    const std::size_t width = impl.channels, frames = samples.size() / width;
    assert(samples.size() % width == 0);
    impl.framesIn += static_cast<std::int64_t>(frames);
    for (std::size_t at = 0; at < frames; at += kBlockFrames) {
        const std::size_t count = std::min(kBlockFrames, frames - at);
        for (std::size_t i = 0; i < count; ++i) impl.mono[i] = mixFrame(samples.subspan((at + i) * width, width));
        const auto block = std::span<const float>(impl.mono).first(count);
        if (impl.state) impl.convert(block, false, out);
        else out.insert(out.end(), block.begin(), block.end());
    }
}

void Resampler::flush(std::vector<float>& out) {
    Impl& impl = *m_impl;
    if (!impl.state) return;
    const std::size_t before = out.size();
    impl.convert({}, true, out);
    // The converter's end wavers by a sample; the length is ours to promise.
    const std::int64_t due = std::llround(static_cast<double>(impl.framesIn) * impl.outRate / impl.inRate);
    const std::int64_t size = static_cast<std::int64_t>(out.size()) + due - impl.framesOut;
    out.resize(static_cast<std::size_t>(std::max<std::int64_t>(size, static_cast<std::int64_t>(before))), 0.0f);
    impl.framesOut = due;
}

void Resampler::reset() {
    if (m_impl->state) src_reset(m_impl->state.get());
    m_impl->framesIn = m_impl->framesOut = 0;
}

double Resampler::latency() const {
    if (!m_impl->state) return 0.0;
    // Two samples for the converter's own rounding.
    return (kHalfFilter + 2.0) / std::min(m_impl->inRate, m_impl->outRate);
}

}  // namespace ms
