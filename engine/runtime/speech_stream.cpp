#include "engine/runtime/speech_stream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ms {

void logSoftmaxRows(std::span<float> values, std::int64_t width) {
    for (std::size_t at = 0; at < values.size(); at += static_cast<std::size_t>(width)) {
        const auto row = values.subspan(at, static_cast<std::size_t>(width));
        const float largest = *std::max_element(row.begin(), row.end());
        double sum = 0;
        for (const float x : row) sum += std::exp(static_cast<double>(x - largest));
        const auto norm = static_cast<float>(std::log(sum)) + largest;
        for (float& x : row) x -= norm;
    }
}

Result<std::unique_ptr<SpeechStream>> SpeechStream::create(std::shared_ptr<const Model> model, PosteriorSink sink,
                                                           const SpeechStreamOptions& options) {
    MS_CHECK(model->expectSpeech());
    if (options.framesPerStep < 1 || options.framesPerStep > 4096)
        return Error{ErrorCode::InvalidArgument, "speech stream: frames per step outside [1, 4096]"};
    if (!(options.tailSeconds >= 0.0 && options.tailSeconds <= 60.0))
        return Error{ErrorCode::InvalidArgument, "speech stream: tail outside [0, 60] s"};
    MS_TRY(LogMel features, LogMel::create(model->info().speech->features));
    MS_TRY(auto session, Session::create(model));
    FeatureWindow window(*model->featureStatistics(), model->dims().input);
    std::unique_ptr<SpeechStream> stream(new SpeechStream(std::move(model), std::move(session), std::move(features),
                                                          std::move(window), std::move(sink), options));
    MS_TRY(stream->m_empty, stream->m_session->snapshot());
    return stream;
}

SpeechStream::SpeechStream(std::shared_ptr<const Model> model, std::unique_ptr<Session> session, LogMel features,
                           FeatureWindow window, PosteriorSink sink, const SpeechStreamOptions& options)
    : m_model(std::move(model)), m_session(std::move(session)), m_features(std::move(features)), m_window(std::move(window)),
      m_sink(std::move(sink)), m_options(options) {}

Result<void> SpeechStream::push(std::span<const float> samples) {
    m_samples += static_cast<std::int64_t>(samples.size());
    return readFeatures(samples);
}

Result<void> SpeechStream::readFeatures(std::span<const float> samples) {
    // A second at a time: what is buffered between features and frames stays small however much is pushed.
    while (!samples.empty()) {
        const auto piece = samples.first(std::min(samples.size(), static_cast<std::size_t>(sampleRate())));
        samples = samples.subspan(piece.size());
        m_rows.clear();
        m_features.push(piece, m_rows);
        m_window.push(m_rows);
        while (m_window.ready() >= m_options.framesPerStep) MS_CHECK(readFrames(m_options.framesPerStep));
    }
    return {};
}

Result<void> SpeechStream::readFrames(std::int64_t frames) {
    const TokenPos first = m_session->position();
    m_posteriors.clear();
    PrefillOptions options;
    // Captures may cut a step into several submissions: an utterance still ends where the step does.
    options.onLogits = [&](TokenPos, std::span<const float> logits) { m_posteriors.insert(m_posteriors.end(), logits.begin(), logits.end()); };
    MS_TRY([[maybe_unused]] const auto logits, m_session->prefillFrames(m_window.take(frames), options));
    logSoftmaxRows(m_posteriors, m_model->dims().vocab);
    if (!m_sink || m_sink(first, frames, m_posteriors) == AfterStep::GoOn) return {};
    m_starts.push_back(m_session->position());
    return forgetStateOf(*m_session);
}

Result<void> SpeechStream::finish() {
    const std::vector<float> tail(static_cast<std::size_t>(std::llround(m_options.tailSeconds * sampleRate())), 0.0f);
    MS_CHECK(readFeatures(tail));
    m_window.finish();
    while (m_window.ready() > 0) MS_CHECK(readFrames(std::min(m_window.ready(), m_options.framesPerStep)));
    return {};
}

Result<void> SpeechStream::reset() {
    m_features.reset();
    m_window.reset();
    m_samples = 0;
    m_starts.clear();
    return m_session->reset();
}

Result<void> SpeechStream::forgetStateOf(Session& session) const {
    std::vector<LayerIndex> layers;
    for (std::int64_t i = 0; i < m_model->dims().n_layer; ++i) layers.emplace_back(i);
    return session.restoreLayers(m_empty, layers);
}

}  // namespace ms
