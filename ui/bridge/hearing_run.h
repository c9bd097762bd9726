// One reading of a recording's sound, with what it takes to look back in it: the live run, or its baseline.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/audio/sound_track.h"
#include "engine/runtime/snapshot_trail.h"
#include "engine/runtime/speech_past.h"
#include "engine/runtime/token_inspection.h"
#include "engine/runtime/transcriber.h"

namespace ms {

/// What SessionRun is to tokens, this is to frames. Driven by the engine thread.
class HearingRun {
public:
    /// Captures go to `sink`, posteriors to `watcher`.
    static Result<std::unique_ptr<HearingRun>> create(std::shared_ptr<const Model> model, const TranscriberOptions& options, CaptureSink sink,
                                                      PosteriorWatcher watcher);

    [[nodiscard]] Transcriber& transcriber() { return *m_transcriber; }
    [[nodiscard]] std::int64_t frames() const { return m_transcriber->stream().frames(); }

    /// Begins anew. What is pushed from now on is what `sound` holds, to the bit.
    Result<void> restart(std::shared_ptr<const SoundTrack> sound);
    /// How words are found from the next beginning on.
    void setDecoding(SpeechDecoding decoding) { m_nextDecoding = std::move(decoding); }
    /// Samples that the sound track has.
    Result<void> push(std::span<const float> samples);
    Result<void> finish();

    /// From the next frame on. What lacks its past is read again from the sound, see sliceBackfill; not where interventions
    /// changed on the way.
    Result<void> setCapture(const std::vector<CaptureRequest>& requests);
    /// From the next frame on. What was kept for looking back belonged to another model.
    Result<void> setInterventions(std::span<const Intervention> interventions);

    /// There is a past to fill in, and sound to do it with.
    [[nodiscard]] bool backfilling() const;
    /// Goes on filling in the past for about `milliseconds`: same sound, same steps, same bits.
    Result<void> sliceBackfill(double milliseconds);
    void dropBackfill() { m_backfill.reset(); }
    /// Frames that the backfill has read, and those it will have read.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> backfillProgress() const;

    /// Values at a frame that was heard, to the bit those that were computed then. InvalidArgument for others, and for frames
    /// that were heard before the interventions changed.
    Result<TokenInspection> inspect(TokenPos frame, std::span<const CaptureRequest> requests, const std::stop_token& stop);
    /// The state right behind a frame. Errors as inspect().
    Result<StateSnapshot> stateBehind(TokenPos frame, const std::stop_token& stop);

private:
    HearingRun(std::shared_ptr<const Model> model, const TranscriberOptions& options, CaptureSink sink)
        : m_model(std::move(model)), m_options(options), m_sink(std::move(sink)) {}
    Result<void> startBackfill(std::vector<CaptureRequest> lacking);
    /// Makes ready to look at a frame; the state to begin with goes to `from`, null: the empty one.
    Result<void> lookAt(TokenPos frame, const StateSnapshot*& from);

    struct Backfill {
        std::unique_ptr<Transcriber> transcriber;
        std::int64_t nextSample = 0, endFrame = 0;
    };

    std::shared_ptr<const Model> m_model;
    TranscriberOptions m_options;
    std::optional<SpeechDecoding> m_nextDecoding;
    CaptureSink m_sink;
    std::unique_ptr<Transcriber> m_transcriber;
    std::shared_ptr<const SoundTrack> m_sound;
    std::vector<CaptureRequest> m_requests;
    std::vector<Intervention> m_interventions;
    std::unique_ptr<Backfill> m_backfill;
    SnapshotTrail m_trail;                        // near the newest frames; beginnings of utterances do for the rest
    std::optional<SpeechPast> m_past;
    std::optional<StateSnapshot> m_utterance;     // where the frame looked at last begins
    std::unique_ptr<TokenInspector> m_inspector;  // made when somebody looks back
    TokenPos m_changedAt;                         // interventions changed here: the past cannot be read again on them
    bool m_finished = false;
};

}  // namespace ms
