#include "ui/bridge/speech_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ms {

namespace {

std::vector<SpeechWord> shown(const std::vector<HeardWord>& heard) {
    std::vector<SpeechWord> words;
    for (const HeardWord& h : heard)
        words.push_back({QString::fromStdString(h.word.text), h.begin, h.end, h.word.start, h.word.end,
                         static_cast<float>(h.word.confidence), static_cast<int>(h.segment), false});
    return words;
}

/// The most probable symbols of a frame, best first.
std::uint8_t mostProbable(std::span<const float> logPosteriors, std::array<TokenAlternative, TokenRow::kAlternatives>& into) {
    std::vector<int> order(logPosteriors.size());
    std::iota(order.begin(), order.end(), 0);
    const std::size_t count = std::min(TokenRow::kAlternatives, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), [&](int a, int b) {
        return logPosteriors[static_cast<std::size_t>(a)] > logPosteriors[static_cast<std::size_t>(b)];
    });
    for (std::size_t i = 0; i < count; ++i) into[i] = {order[i], std::exp(logPosteriors[static_cast<std::size_t>(order[i])])};
    return static_cast<std::uint8_t>(count);
}

/// The frame's most probable symbol, how surprising the choice is (its -log2 posterior, and the one that the baseline gave it),
/// and what else was possible. `expected`: the baseline's posteriors, empty without one.
TokenRow frameRow(std::span<const float> logPosteriors, std::span<const float> expected) {
    TokenRow row;
    row.alternativeCount = mostProbable(logPosteriors, row.alternatives);
    row.id = row.alternatives.front().id;
    const auto bits = [&](std::span<const float> of) { return -of[static_cast<std::size_t>(row.id)] / std::numbers::ln2_v<float>; };
    row.surprisalBits = bits(logPosteriors);
    row.fromPrompt = true;
    if (expected.empty()) return row;
    row.baselineSurprisalBits = bits(expected);
    row.baselineAlternativeCount = mostProbable(expected, row.baselineAlternatives);
    return row;
}

}  // namespace

Result<std::unique_ptr<SpeechRun>> SpeechRun::create(std::shared_ptr<const Model> model, CaptureFeed& feed) {
    MS_CHECK(model->expectSpeech());
    std::unique_ptr<SpeechRun> run(new SpeechRun(model, feed));
    MS_TRY(run->m_options.decoding, readDecoding(model->info().path));
    const CaptureSink sink = [f = &feed](const CaptureFrame& frame) { f->pushFrame(frame); };
    MS_TRY(run->m_live, HearingRun::create(model, run->m_options, sink, [r = run.get()](TokenPos, std::int64_t frames, std::span<const float> rows) {
        r->watch(frames, rows);
    }));
    MS_TRY(run->m_sound, SoundTrack::create(run->m_live->transcriber().sampleRate()));
    return run;
}

Result<void> SpeechRun::setCapture(const std::vector<CaptureRequest>& requests) {
    m_requests = requests;
    if (m_baseline) MS_CHECK(m_baseline->setCapture(requests));
    return m_live->setCapture(requests);
}

Result<void> SpeechRun::sliceBackfill(double milliseconds) {
    return m_live->backfilling() || !m_baseline ? m_live->sliceBackfill(milliseconds) : m_baseline->sliceBackfill(milliseconds);
}

void SpeechRun::dropBackfill() {
    m_live->dropBackfill();
    if (m_baseline) m_baseline->dropBackfill();
}

std::pair<std::int64_t, std::int64_t> SpeechRun::backfillProgress() const {
    return m_live->backfilling() || !m_baseline ? m_live->backfillProgress() : m_baseline->backfillProgress();
}

Result<void> SpeechRun::setInterventions(std::span<const Intervention> interventions) {
    MS_CHECK(m_live->setInterventions(interventions));
    m_changes = std::any_of(interventions.begin(), interventions.end(), [](const Intervention& i) { return i.enabled; });
    return {};
}

Result<void> SpeechRun::setLanguageModel(std::shared_ptr<const Model> languageModel) {
    if (languageModel == m_languageModel) return {};
    SpeechDecoding decoding = m_options.decoding;
    if (languageModel) {
        MS_TRY(decoding, rescoredBy(std::move(decoding), languageModel));
    }
    m_live->setDecoding(std::move(decoding));
    m_languageModel = std::move(languageModel);
    return {};
}

Result<void> SpeechRun::restart() {
    // A track of its own for each recording: views and the player may still hold the one before.
    const bool named = !m_soundFolder.empty();
    MS_TRY(m_sound, SoundTrack::create(transcriber().sampleRate(), named ? m_soundFolder : std::filesystem::temp_directory_path(),
                                       named ? SoundTrack::Naming::Named : SoundTrack::Naming::Unnamed));
    return begin();
}

Result<void> SpeechRun::restartOnSound() { return begin(); }

Result<void> SpeechRun::begin() {
    m_expected.clear();
    if (!m_changes) m_baseline.reset();
    if (m_changes && !m_baseline) {
        TranscriberOptions options = m_options;
        options.decoding = {};  // its words are not shown
        options.decoding.greedy = true;
        const CaptureSink sink = [feed = &m_feed](const CaptureFrame& frame) { feed->pushBaselineFrame(frame); };
        MS_TRY(m_baseline, HearingRun::create(m_model, options, sink, [this](TokenPos, std::int64_t frames, std::span<const float> rows) {
            const std::size_t width = rows.size() / static_cast<std::size_t>(frames);
            for (std::size_t at = 0; at < rows.size(); at += width) {
                const auto row = rows.subspan(at, width);
                m_expected.emplace_back(row.begin(), row.end());
            }
        }));
        MS_CHECK(m_baseline->setCapture(m_requests));
    }
    m_feed.restart();
    if (m_baseline) MS_CHECK(m_baseline->restart(m_sound));
    MS_CHECK(m_live->restart(m_sound));
    m_resampler.reset();
    m_rate = m_channels = 0;
    m_read = m_known = 0;
    m_tentative.clear();
    m_toldFrames = 0;
    m_fromDevice = false;
    announceSymbols();
    return {};
}

QString SpeechRun::symbolText(TokenId id) const {
    const SpeechInfo& info = *m_model->info().speech;
    return id == info.blankId ? QStringLiteral("–") : QString::fromStdString(info.vocab[static_cast<std::size_t>(id)]);
}

void SpeechRun::announceSymbols() {
    for (std::size_t i = 0; i < m_model->info().speech->vocab.size(); ++i)
        m_feed.pushPiece(static_cast<TokenId>(i), symbolText(static_cast<TokenId>(i)));
}

void SpeechRun::watch(std::int64_t frames, std::span<const float> logPosteriors) {
    const auto width = logPosteriors.size() / static_cast<std::size_t>(frames);
    for (std::size_t at = 0; at < logPosteriors.size(); at += width) {
        const std::span<const float> expected = m_expected.empty() ? std::span<const float>{} : std::span<const float>(m_expected.front());
        if (m_known == 0) m_feed.pushToken(frameRow(logPosteriors.subspan(at, width), expected));
        else --m_known;
        if (!m_expected.empty()) m_expected.pop_front();
    }
}

Result<void> SpeechRun::hear(const AudioBlock& block) {
    if (!m_resampler) {
        MS_TRY(Resampler resampler, Resampler::create(block.sampleRate, block.channels, transcriber().sampleRate()));
        m_resampler.emplace(std::move(resampler));
        m_rate = block.sampleRate;
        m_channels = block.channels;
    }
    if (block.sampleRate != m_rate || block.channels != m_channels)
        return Error{ErrorCode::InvalidArgument, "the microphone changed its rate or channels; begin a new recording"};
    m_fromDevice = true;
    m_arrived = block.arrived;
    m_resampled.clear();
    m_resampler->push(block.samples, m_resampled);
    return hear(std::span<const float>(m_resampled));
}

Result<void> SpeechRun::hear(std::span<const float> samples) {
    MS_CHECK(m_sound->append(samples));  // first: what was said is kept whatever comes of it
    // Read as it is kept: a backfill, or the saved recording, then gives the same bits.
    m_kept.resize(samples.size());
    m_sound->read(m_read, m_kept);
    return push(m_kept);
}

Result<void> SpeechRun::push(std::span<const float> samples) {
    m_read += static_cast<std::int64_t>(samples.size());
    if (m_baseline) MS_CHECK(m_baseline->push(samples));  // first: what it expected goes into the rows
    return m_live->push(samples);
}

Result<bool> SpeechRun::readOn(double seconds) {
    const std::int64_t left = m_sound->samples() - m_read;
    m_kept.resize(static_cast<std::size_t>(std::min<std::int64_t>(left, std::llround(seconds * m_sound->sampleRate()))));
    m_sound->read(m_read, m_kept);
    MS_CHECK(push(m_kept));
    return m_read < m_sound->samples();
}

Result<void> SpeechRun::finish() {
    if (m_resampler) {
        m_resampled.clear();
        m_resampler->flush(m_resampled);
        MS_CHECK(hear(std::span<const float>(m_resampled)));
        m_resampler.reset();
    }
    if (m_baseline) MS_CHECK(m_baseline->finish());
    return m_live->finish();
}

Result<TokenInspection> SpeechRun::inspectBaseline(TokenPos frame, std::span<const CaptureRequest> requests, const std::stop_token& stop) {
    if (!m_baseline) return Error{ErrorCode::InvalidArgument, "there is no baseline: no intervention was on from the beginning of the recording"};
    return m_baseline->inspect(frame, requests, stop);
}

std::optional<TranscriptUpdate> SpeechRun::takeUpdate() {
    TranscriptUpdate update;
    update.final = shown(transcriber().takeFinal());
    update.tentative = shown(transcriber().tentative());
    if (update.final.empty() && update.tentative == m_tentative && frames() == m_toldFrames) return std::nullopt;
    const bool text = !update.final.empty() || update.tentative != m_tentative;
    m_tentative = update.tentative;
    m_toldFrames = frames();
    update.audioSeconds = static_cast<double>(transcriber().stream().samples()) / transcriber().sampleRate();
    if (m_fromDevice && text)
        update.latencySeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_arrived).count() + clock().lookAheadSeconds;
    return update;
}

SpeechClock SpeechRun::clock() const { return {m_live->transcriber().stream().frameSeconds(), m_live->transcriber().stream().lookAheadSeconds()}; }

}  // namespace ms
