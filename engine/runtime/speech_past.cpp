#include "engine/runtime/speech_past.h"

#include <algorithm>

namespace ms {

Result<SpeechPast> SpeechPast::create(SpeechStream& stream, SampleReader samples) {
    MS_TRY(LogMel features, LogMel::create(stream.info().features));
    return SpeechPast(stream, std::move(samples), std::move(features));
}

SpeechPast::SpeechPast(SpeechStream& stream, SampleReader samples, LogMel features)
    : m_stream(&stream), m_read(std::move(samples)), m_features(std::move(features)) {}

std::span<const float> SpeechPast::windowOf(TokenPos first, std::int64_t frames) {
    const InputDims& in = m_stream->session().model().dims().input;
    const FeatureConfig& features = m_features.config();
    const std::int64_t begin = in.step * first.value - in.before, count = in.rows(frames);
    // Zeros where there is no signal: before its first row and behind its last one.
    m_window.assign(static_cast<std::size_t>(count * in.width), 0.0f);
    const std::int64_t from = std::max<std::int64_t>(begin, 0), to = std::min(begin + count, m_stream->featureRows());
    if (from >= to) return m_window;
    m_samples.assign(static_cast<std::size_t>((to - from - 1) * features.hop + features.window), 0.0f);
    const std::int64_t firstSample = from * features.hop;
    // What the stream read behind the sound's end was silence, also where the sound goes on.
    const std::int64_t there = std::clamp<std::int64_t>(m_stream->samples() - firstSample, 0, static_cast<std::int64_t>(m_samples.size()));
    m_read(firstSample, std::span(m_samples).first(static_cast<std::size_t>(there)));
    m_rows.clear();
    m_features.reset();
    m_features.push(m_samples, m_rows);
    normaliseFeatures(*m_stream->session().model().featureStatistics(), m_rows);
    std::copy(m_rows.begin(), m_rows.end(), m_window.begin() + static_cast<std::ptrdiff_t>((from - begin) * in.width));
    return m_window;
}

Result<std::span<const float>> SpeechPast::read(Session& session, TokenPos first, std::int64_t rows, const PrefillOptions& options) {
    const std::vector<TokenPos>& starts = m_stream->utteranceStarts();
    if (std::binary_search(starts.begin(), starts.end(), first)) MS_CHECK(m_stream->forgetStateOf(session));
    return session.prefillFrames(windowOf(first, rows), options);
}

std::optional<StateSnapshot> SpeechPast::utteranceStart(TokenPos frame) const {
    const std::vector<TokenPos>& starts = m_stream->utteranceStarts();
    const auto behind = std::upper_bound(starts.begin(), starts.end(), frame);
    if (behind == starts.begin()) return std::nullopt;
    StateSnapshot state = m_stream->emptyState();
    state.position = *std::prev(behind);
    return state;
}

}  // namespace ms
