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

/// The frame's most probable symbol, how surprising the choice is (its own -log2 posterior), and what else was possible.
TokenRow frameRow(std::span<const float> logPosteriors) {
    constexpr std::size_t kMost = TokenRow::kAlternatives;
    std::vector<int> order(logPosteriors.size());
    std::iota(order.begin(), order.end(), 0);
    const std::size_t count = std::min(kMost, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), [&](int a, int b) {
        return logPosteriors[static_cast<std::size_t>(a)] > logPosteriors[static_cast<std::size_t>(b)];
    });
    TokenRow row;
    row.id = order.front();
    row.surprisalBits = -logPosteriors[static_cast<std::size_t>(row.id)] / std::numbers::ln2_v<float>;
    row.fromPrompt = true;
    row.alternativeCount = static_cast<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i)
        row.alternatives[i] = {order[i], std::exp(logPosteriors[static_cast<std::size_t>(order[i])])};
    return row;
}

}  // namespace

Result<std::unique_ptr<SpeechRun>> SpeechRun::create(std::shared_ptr<const Model> model, CaptureFeed& feed) {
    MS_CHECK(model->expectSpeech());
    std::unique_ptr<SpeechRun> run(new SpeechRun(model, feed));
    MS_TRY(run->m_options.decoding, readDecoding(model->info().path));
    MS_TRY(run->m_transcriber,
           Transcriber::create(model, run->m_options, [r = run.get()](TokenPos first, std::int64_t frames, std::span<const float> rows) {
               r->watch(first, frames, rows);
           }));
    MS_TRY(run->m_sound, SoundTrack::create(run->m_transcriber->sampleRate()));
    return run;
}

Result<void> SpeechRun::setCapture(const std::vector<CaptureRequest>& requests) {
    MS_TRY(CapturePlan plan, CapturePlan::create(requests, m_model->dims()));
    MS_CHECK(m_transcriber->session().setCapture(std::move(plan), [feed = &m_feed](const CaptureFrame& frame) { feed->pushFrame(frame); }));
    std::vector<CaptureRequest> lacking;
    for (const CaptureRequest& request : requests)
        if (std::find(m_requests.begin(), m_requests.end(), request) == m_requests.end()) lacking.push_back(request);
    m_requests = requests;
    return lacking.empty() || frames() == 0 ? Result<void>() : startBackfill(std::move(lacking));
}

Result<void> SpeechRun::startBackfill(std::vector<CaptureRequest> lacking) {
    if (m_backfill) lacking = m_requests;  // what the one before was after is not all there
    auto backfill = std::make_unique<Backfill>();
    TranscriberOptions options = m_options;
    MS_TRY(backfill->transcriber, Transcriber::create(m_model, options));
    MS_CHECK(backfill->transcriber->session().setInterventions(m_interventions));
    MS_TRY(CapturePlan plan, CapturePlan::create(lacking, m_model->dims()));
    // Selectivity looks back over a window that begins where watching began: it is right only a window later.
    const bool looksBack = std::any_of(lacking.begin(), lacking.end(), [](const CaptureRequest& r) { return r.point == ProbePoint::Selectivity; });
    backfill->endFrame = frames() + (looksBack ? kSelectivityWindow : 0);
    MS_CHECK(backfill->transcriber->session().setCapture(
        std::move(plan), [feed = &m_feed, end = backfill->endFrame](const CaptureFrame& frame) {
            if (frame.first.value < end) feed->pushFrame(frame);
        }));
    m_backfill = std::move(backfill);
    return {};
}

Result<void> SpeechRun::sliceBackfill(double milliseconds) {
    if (!m_backfill) return {};
    Backfill& b = *m_backfill;
    const auto begin = std::chrono::steady_clock::now();
    std::vector<float> samples(static_cast<std::size_t>(m_sound->sampleRate()) / 5);
    do {
        const std::int64_t got = m_sound->read(b.nextSample, samples);
        if (got == 0 && !m_finished) return {};  // what comes is still to be heard
        b.nextSample += got;
        // The last frames of a recording read the tail behind its end.
        const auto read = got > 0 ? b.transcriber->push(std::span(samples).first(static_cast<std::size_t>(got))) : b.transcriber->finish();
        if (!read || got == 0 || b.transcriber->stream().frames() >= b.endFrame) {
            m_backfill.reset();
            return read;
        }
        [[maybe_unused]] const auto words = b.transcriber->takeFinal();
    } while (std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() < milliseconds);
    return {};
}

std::pair<std::int64_t, std::int64_t> SpeechRun::backfillProgress() const {
    return m_backfill ? std::pair(m_backfill->transcriber->stream().frames(), m_backfill->endFrame) : std::pair<std::int64_t, std::int64_t>();
}

Result<void> SpeechRun::setInterventions(std::span<const Intervention> interventions) {
    MS_CHECK(m_transcriber->session().setInterventions(interventions));
    m_interventions.assign(interventions.begin(), interventions.end());
    return {};
}

Result<void> SpeechRun::restart() {
    m_backfill.reset();
    MS_CHECK(m_transcriber->reset());
    // A track of its own for each recording: views and the player may still hold the one before.
    MS_TRY(m_sound, SoundTrack::create(m_transcriber->sampleRate()));
    m_resampler.reset();
    m_rate = m_channels = 0;
    m_tentative.clear();
    m_toldFrames = 0;
    m_live = m_finished = false;
    m_feed.restart();
    announceSymbols();
    return {};
}

void SpeechRun::announceSymbols() {
    const SpeechInfo& info = *m_model->info().speech;
    for (std::size_t i = 0; i < info.vocab.size(); ++i)
        m_feed.pushPiece(static_cast<TokenId>(i), static_cast<std::int32_t>(i) == info.blankId ? QStringLiteral("–")
                                                                                                : QString::fromStdString(info.vocab[i]));
}

void SpeechRun::watch(TokenPos, std::int64_t frames, std::span<const float> logPosteriors) {
    const auto width = logPosteriors.size() / static_cast<std::size_t>(frames);
    for (std::size_t at = 0; at < logPosteriors.size(); at += width) m_feed.pushToken(frameRow(logPosteriors.subspan(at, width)));
}

Result<void> SpeechRun::hear(const AudioBlock& block) {
    if (!m_resampler) {
        MS_TRY(Resampler resampler, Resampler::create(block.sampleRate, block.channels, m_transcriber->sampleRate()));
        m_resampler.emplace(std::move(resampler));
        m_rate = block.sampleRate;
        m_channels = block.channels;
    }
    if (block.sampleRate != m_rate || block.channels != m_channels)
        return Error{ErrorCode::InvalidArgument, "the microphone changed its rate or channels; begin a new recording"};
    m_live = true;
    m_arrived = block.arrived;
    m_resampled.clear();
    m_resampler->push(block.samples, m_resampled);
    return hear(std::span<const float>(m_resampled));
}

Result<void> SpeechRun::hear(std::span<const float> samples) {
    const std::int64_t at = m_sound->samples();
    MS_CHECK(m_sound->append(samples));  // first: what was said is kept whatever comes of it
    // Read as it is kept: a backfill, or the saved recording, then gives the same bits.
    m_kept.resize(samples.size());
    m_sound->read(at, m_kept);
    return m_transcriber->push(m_kept);
}

Result<void> SpeechRun::finish() {
    if (m_resampler) {
        m_resampled.clear();
        m_resampler->flush(m_resampled);
        MS_CHECK(hear(std::span<const float>(m_resampled)));
        m_resampler.reset();
    }
    m_finished = true;
    return m_transcriber->finish();
}

std::optional<TranscriptUpdate> SpeechRun::takeUpdate() {
    TranscriptUpdate update;
    update.final = shown(m_transcriber->takeFinal());
    update.tentative = shown(m_transcriber->tentative());
    if (update.final.empty() && update.tentative == m_tentative && frames() == m_toldFrames) return std::nullopt;
    const bool text = !update.final.empty() || update.tentative != m_tentative;
    m_tentative = update.tentative;
    m_toldFrames = frames();
    update.audioSeconds = static_cast<double>(m_transcriber->stream().samples()) / m_transcriber->sampleRate();
    if (m_live && text)
        update.latencySeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_arrived).count() + clock().lookAheadSeconds;
    return update;
}

SpeechClock SpeechRun::clock() const { return {m_transcriber->stream().frameSeconds(), m_transcriber->stream().lookAheadSeconds()}; }

}  // namespace ms
