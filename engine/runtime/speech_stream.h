// Audio in, symbol posteriors out: features, front end and recurrent state of a speech model as one stream.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/audio/log_mel.h"
#include "engine/models/feature_window.h"
#include "engine/runtime/session.h"

namespace ms {

/// What becomes of the recurrent state behind a submission.
enum class AfterStep {
    GoOn,
    ForgetState,  ///< it becomes that of the beginning; position and audio go on: between two utterances
};

/// Natural log posteriors [frames, vocab] of the frames of a step, from position `first` on. Valid during the call only. Steps
/// do not depend on what is captured.
using PosteriorSink = std::function<AfterStep(TokenPos first, std::int64_t frames, std::span<const float> logPosteriors)>;

struct SpeechStreamOptions {
    /// Frames per submission: the audio waits for so many. Fixed, so that the bits do not depend on how audio arrives.
    std::int64_t framesPerStep = 2;
    /// Zeros read behind the audio's end, in seconds: CTC models write symbols a little after they were spoken.
    double tailSeconds = 0.64;
};

/// Driven by the thread that drives the model's backend. Memory does not depend on the length of the audio.
class SpeechStream {
public:
    /// Errors: Unsupported when the model is no speech model, InvalidArgument (framesPerStep below 1, a tail below 0),
    /// and what Session::create gives.
    static Result<std::unique_ptr<SpeechStream>> create(std::shared_ptr<const Model> model, PosteriorSink sink,
                                                        const SpeechStreamOptions& options = {});

    /// Mono samples [n] in [-1, 1] at sampleRate(). Frames that are complete now go to the sink.
    Result<void> push(std::span<const float> samples);
    /// The audio ends: reads the tail and what was waiting. Not to be pushed to afterwards but after reset().
    Result<void> finish();
    /// As new: position 0, empty state.
    Result<void> reset();

    [[nodiscard]] Session& session() { return *m_session; }
    [[nodiscard]] const SpeechInfo& info() const { return *m_model->info().speech; }
    [[nodiscard]] int sampleRate() const { return info().features.sample_rate; }  ///< Hz
    [[nodiscard]] double frameSeconds() const { return info().frameSeconds(m_model->dims().input); }
    [[nodiscard]] double lookAheadSeconds() const { return info().lookAheadSeconds(m_model->dims().input); }
    /// Samples pushed so far, the tail not counted.
    [[nodiscard]] std::int64_t samples() const { return m_samples; }
    [[nodiscard]] std::int64_t frames() const { return m_session->position().value; }
    /// Feature rows made so far, those of the tail counted.
    [[nodiscard]] std::int64_t featureRows() const { return m_window.rowsPushed(); }
    /// Frames before which the state was forgotten, ascending: 8 bytes an utterance.
    [[nodiscard]] const std::vector<TokenPos>& utteranceStarts() const { return m_starts; }
    [[nodiscard]] const StateSnapshot& emptyState() const { return m_empty; }
    /// The state of a session with the same model becomes that of the beginning; its position stays.
    Result<void> forgetStateOf(Session& session) const;

private:
    SpeechStream(std::shared_ptr<const Model> model, std::unique_ptr<Session> session, LogMel features, FeatureWindow window,
                 PosteriorSink sink, const SpeechStreamOptions& options);
    Result<void> readFeatures(std::span<const float> samples);
    Result<void> readFrames(std::int64_t frames);

    std::shared_ptr<const Model> m_model;
    std::unique_ptr<Session> m_session;
    LogMel m_features;
    FeatureWindow m_window;
    PosteriorSink m_sink;
    SpeechStreamOptions m_options;
    StateSnapshot m_empty;          // of the beginning
    std::vector<TokenPos> m_starts;
    std::vector<float> m_rows, m_posteriors;
    std::int64_t m_samples = 0;
};

/// Turns logits [rows, width] into log posteriors in place: x - ln Σ exp x, a row at a time.
void logSoftmaxRows(std::span<float> values, std::int64_t width);

}  // namespace ms
