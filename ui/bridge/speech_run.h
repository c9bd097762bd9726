// A recording being transcribed: audio of any kind in, frames, words and sound for the window out.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/audio/resampler.h"
#include "engine/audio/sound_track.h"
#include "engine/runtime/transcriber.h"
#include "ui/bridge/capture_feed.h"
#include "ui/models/audio_block.h"
#include "ui/models/speech_log.h"

namespace ms {

/// Driven by the engine thread.
class SpeechRun {
public:
    /// Frames and captures go to `feed`. The decoder is what the model's folder brings.
    static Result<std::unique_ptr<SpeechRun>> create(std::shared_ptr<const Model> model, CaptureFeed& feed);

    /// From the next frame on.
    Result<void> setCapture(const std::vector<CaptureRequest>& requests);
    Result<void> setInterventions(std::span<const Intervention> interventions);

    /// Begins anew, with an empty sound track.
    Result<void> restart();
    /// Sound of one device: all blocks since restart() have the same rate and channels (InvalidArgument otherwise).
    Result<void> hear(const AudioBlock& block);
    /// Mono samples at the model's rate.
    Result<void> hear(std::span<const float> samples);
    /// The recording ends.
    Result<void> finish();

    /// What changed since the last call; nothing if nothing did.
    [[nodiscard]] std::optional<TranscriptUpdate> takeUpdate();
    [[nodiscard]] const std::shared_ptr<SoundTrack>& sound() const { return m_sound; }
    [[nodiscard]] Transcriber& transcriber() { return *m_transcriber; }
    [[nodiscard]] SpeechClock clock() const;
    [[nodiscard]] std::int64_t frames() const { return m_transcriber->stream().frames(); }

private:
    SpeechRun(std::shared_ptr<const Model> model, CaptureFeed& feed) : m_model(std::move(model)), m_feed(feed) {}
    void watch(TokenPos first, std::int64_t frames, std::span<const float> logPosteriors);
    void announceSymbols();

    std::shared_ptr<const Model> m_model;
    CaptureFeed& m_feed;
    std::unique_ptr<Transcriber> m_transcriber;
    std::shared_ptr<SoundTrack> m_sound;
    std::optional<Resampler> m_resampler;     // of the device heard
    int m_rate = 0, m_channels = 0;           // of it
    std::vector<float> m_resampled;
    std::vector<SpeechWord> m_tentative;      // as told last
    std::int64_t m_toldFrames = 0;
    std::chrono::steady_clock::time_point m_arrived;  // of the newest sample heard from a device
    bool m_live = false;
};

}  // namespace ms
