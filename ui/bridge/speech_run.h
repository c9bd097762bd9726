// A recording being transcribed: audio of any kind in, frames, words and sound for the window out.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/audio/resampler.h"
#include "engine/audio/sound_track.h"
#include "ui/bridge/capture_feed.h"
#include "ui/bridge/hearing_run.h"
#include "ui/models/audio_block.h"
#include "ui/models/speech_log.h"

namespace ms {

/// Two runs over one sound: the live one and, while interventions are on, a baseline without them. Driven by the engine thread.
class SpeechRun {
public:
    /// Frames and captures go to `feed`. The decoder is what the model's folder brings.
    static Result<std::unique_ptr<SpeechRun>> create(std::shared_ptr<const Model> model, CaptureFeed& feed);

    /// From the next frame on. What lacks its past is read again from the sound, see sliceBackfill.
    Result<void> setCapture(const std::vector<CaptureRequest>& requests);
    [[nodiscard]] bool backfilling() const { return m_live->backfilling() || (m_baseline && m_baseline->backfilling()); }
    /// Goes on filling in the past for about `milliseconds`: same sound, same steps, same bits.
    Result<void> sliceBackfill(double milliseconds);
    void dropBackfill();
    /// Frames that the backfill has read, and those it will have read.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> backfillProgress() const;
    /// From the next frame on; a baseline comes with the next beginning.
    Result<void> setInterventions(std::span<const Intervention> interventions);

    /// A language model on the same backend that chooses among hypotheses from the next beginning on; null: none does. Error: as
    /// rescoredBy().
    Result<void> setLanguageModel(std::shared_ptr<const Model> languageModel);
    /// Where the sound of recordings from the next one on lies, under a name, so that it outlives a crash; empty: without one.
    void setSoundFolder(std::filesystem::path folder) { m_soundFolder = std::move(folder); }
    /// Begins anew, with an empty sound track.
    Result<void> restart();
    /// Begins anew with the sound that is there, which readOn() then reads.
    Result<void> restartOnSound();
    /// The next `frames` frames are in the feed already; reading them only leads there.
    void knowFrames(std::int64_t frames) { m_known = frames; }
    /// Reads up to so many seconds more of the sound that was there at restartOnSound(). False: all of it is read.
    Result<bool> readOn(double seconds);
    /// Sound of one device: all blocks since restart() have the same rate and channels (InvalidArgument otherwise).
    Result<void> hear(const AudioBlock& block);
    /// Mono samples at the model's rate.
    Result<void> hear(std::span<const float> samples);
    /// The recording ends.
    Result<void> finish();

    /// Values at a frame that was heard, of the live run or its baseline (InvalidArgument while there is none).
    Result<TokenInspection> inspect(TokenPos frame, std::span<const CaptureRequest> requests, const std::stop_token& stop) {
        return m_live->inspect(frame, requests, stop);
    }
    Result<TokenInspection> inspectBaseline(TokenPos frame, std::span<const CaptureRequest> requests, const std::stop_token& stop);
    Result<StateSnapshot> stateBehind(TokenPos frame, const std::stop_token& stop) { return m_live->stateBehind(frame, stop); }

    /// What changed since the last call; nothing if nothing did.
    [[nodiscard]] std::optional<TranscriptUpdate> takeUpdate();
    [[nodiscard]] const std::shared_ptr<SoundTrack>& sound() const { return m_sound; }
    [[nodiscard]] Transcriber& transcriber() { return m_live->transcriber(); }
    [[nodiscard]] SpeechClock clock() const;
    [[nodiscard]] bool hasBaseline() const { return m_baseline != nullptr; }
    [[nodiscard]] std::int64_t frames() const { return m_live->frames(); }
    /// What a symbol is shown as; the blank is a dash.
    [[nodiscard]] QString symbolText(TokenId id) const;

private:
    SpeechRun(std::shared_ptr<const Model> model, CaptureFeed& feed) : m_model(std::move(model)), m_feed(feed) {}
    Result<void> begin();
    Result<void> push(std::span<const float> samples);
    void watch(std::int64_t frames, std::span<const float> logPosteriors);
    void announceSymbols();

    std::shared_ptr<const Model> m_model;
    CaptureFeed& m_feed;
    TranscriberOptions m_options;               // with the decoding of the model's folder
    std::shared_ptr<const Model> m_languageModel;
    std::unique_ptr<HearingRun> m_live;
    std::unique_ptr<HearingRun> m_baseline;         // the same sound without interventions; only while there are some
    std::deque<std::vector<float>> m_expected;      // its posteriors of frames that the live run has not read yet
    std::vector<CaptureRequest> m_requests;
    std::filesystem::path m_soundFolder;
    std::int64_t m_known = 0;                       // frames to come that the feed has
    bool m_changes = false;                         // some intervention is on
    std::shared_ptr<SoundTrack> m_sound;
    std::optional<Resampler> m_resampler;           // of the device heard
    int m_rate = 0, m_channels = 0;                 // of it
    std::vector<float> m_resampled, m_kept;
    std::int64_t m_read = 0;                        // samples of the sound that the runs have read
    std::vector<SpeechWord> m_tentative;            // as told last
    std::int64_t m_toldFrames = 0;
    std::chrono::steady_clock::time_point m_arrived;  // of the newest sample heard from a device
    bool m_fromDevice = false;
};

}  // namespace ms
