// The frames that a speech stream has read, to be read again from the sound.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/audio/log_mel.h"
#include "engine/runtime/past.h"
#include "engine/runtime/speech_stream.h"

namespace ms {

/// Fills `out` with samples [first, first + n) of the sound; first is at least 0.
using SampleReader = std::function<void(std::int64_t first, std::span<float> out)>;

/// Makes the features of any frames anew and forgets the state where the stream did: with the stream's Session::chunks() the
/// bits are those of the stream. Any stretch costs what it is long, wherever it lies. Driven by the thread that drives the
/// stream; stream and sound outlive it.
class SpeechPast final : public Past {
public:
    /// `samples` gives what was pushed to `stream`, to the bit. Errors: what LogMel::create gives.
    static Result<SpeechPast> create(SpeechStream& stream, SampleReader samples);

    [[nodiscard]] std::int64_t size() const override { return m_stream->frames(); }
    [[nodiscard]] std::string unit() const override { return "frame"; }
    [[nodiscard]] std::int64_t smallChunk() const override { return 0; }  // the front end sees several rows a frame
    Result<std::span<const float>> read(Session& session, TokenPos first, std::int64_t rows, const PrefillOptions& options) override;

    /// The empty state where the newest utterance at or before `frame` begins; nothing in the first one.
    [[nodiscard]] std::optional<StateSnapshot> utteranceStart(TokenPos frame) const;

private:
    SpeechPast(SpeechStream& stream, SampleReader samples, LogMel features);
    /// The normalised window [InputDims::rows(frames), mels] of frames from `first` on.
    [[nodiscard]] std::span<const float> windowOf(TokenPos first, std::int64_t frames);

    SpeechStream* m_stream;
    SampleReader m_read;
    LogMel m_features;
    std::vector<float> m_samples, m_rows, m_window;
};

}  // namespace ms
