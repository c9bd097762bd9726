// A recording being transcribed: audio of any kind in, frames, words and sound for the window out.
#pragma once

#include <memory>
#include <optional>
#include <utility>
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

    /// From the next frame on. What lacks its past is read again from the sound, see sliceBackfill.
    Result<void> setCapture(const std::vector<CaptureRequest>& requests);
    /// There is a past to fill in, and sound to do it with.
    [[nodiscard]] bool backfilling() const {
        return m_backfill && (m_finished || m_sound->samples() > m_backfill->nextSample);
    }
    /// Goes on filling in the past for about `milliseconds`: same sound, same steps, same bits.
    Result<void> sliceBackfill(double milliseconds);
    void dropBackfill() { m_backfill.reset(); }
    /// Frames that the backfill has read, and those it will have read.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> backfillProgress() const;
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
    [[nodiscard]] Result<void> startBackfill(std::vector<CaptureRequest> lacking);

    struct Backfill {
        std::unique_ptr<Transcriber> transcriber;
        std::int64_t nextSample = 0, endFrame = 0;
    };

    std::shared_ptr<const Model> m_model;
    CaptureFeed& m_feed;
    TranscriberOptions m_options;
    std::unique_ptr<Transcriber> m_transcriber;
    std::vector<CaptureRequest> m_requests;
    std::vector<Intervention> m_interventions;
    std::unique_ptr<Backfill> m_backfill;
    std::shared_ptr<SoundTrack> m_sound;
    std::optional<Resampler> m_resampler;     // of the device heard
    int m_rate = 0, m_channels = 0;           // of it
    std::vector<float> m_resampled, m_kept;
    std::vector<SpeechWord> m_tentative;      // as told last
    std::int64_t m_toldFrames = 0;
    std::chrono::steady_clock::time_point m_arrived;  // of the newest sample heard from a device
    bool m_live = false;
    bool m_finished = false;  // the recording has ended
};

}  // namespace ms
