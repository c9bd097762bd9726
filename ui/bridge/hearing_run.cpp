#include "ui/bridge/hearing_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace ms {

namespace {

/// States kept along a recording: reading from one to the next takes less than a blink, and an hour of sound adds little.
constexpr std::uint64_t kTrailBytes = 24ull << 20;

}  // namespace

Result<std::unique_ptr<HearingRun>> HearingRun::create(std::shared_ptr<const Model> model, const TranscriberOptions& options, CaptureSink sink,
                                                       PosteriorWatcher watcher) {
    std::unique_ptr<HearingRun> run(new HearingRun(std::move(model), options, std::move(sink)));
    MS_TRY(run->m_transcriber, Transcriber::create(run->m_model, options, std::move(watcher)));
    run->m_trail = SnapshotTrail(kTrailBytes);
    return run;
}

Result<void> HearingRun::restart(std::shared_ptr<const SoundTrack> sound) {
    m_backfill.reset();
    m_trail.clear();
    m_sound = std::move(sound);
    m_finished = false;
    m_changedAt = TokenPos(0);
    m_inspector.reset();
    if (m_nextDecoding) {
        MS_CHECK(m_transcriber->reset(*m_nextDecoding));
        m_options.decoding = *std::exchange(m_nextDecoding, std::nullopt);
    } else {
        MS_CHECK(m_transcriber->reset());
    }
    MS_TRY(SpeechPast past, SpeechPast::create(m_transcriber->stream(), [track = m_sound](std::int64_t first, std::span<float> out) {
        track->read(first, out);
    }));
    m_past.emplace(std::move(past));
    return setCapture(m_requests);
}

Result<void> HearingRun::push(std::span<const float> samples) {
    MS_CHECK(m_transcriber->push(samples));
    return m_trail.offer(m_transcriber->session());
}

Result<void> HearingRun::finish() {
    m_finished = true;
    return m_transcriber->finish();
}

Result<void> HearingRun::setCapture(const std::vector<CaptureRequest>& requests) {
    MS_TRY(CapturePlan plan, CapturePlan::create(requests, m_model->dims()));
    MS_CHECK(m_transcriber->session().setCapture(std::move(plan), m_sink));
    std::vector<CaptureRequest> lacking;
    for (const CaptureRequest& request : requests)
        if (std::find(m_requests.begin(), m_requests.end(), request) == m_requests.end()) lacking.push_back(request);
    m_requests = requests;
    return lacking.empty() || frames() == 0 || m_changedAt.value > 0 ? Result<void>() : startBackfill(std::move(lacking));
}

Result<void> HearingRun::startBackfill(std::vector<CaptureRequest> lacking) {
    if (m_backfill) lacking = m_requests;  // what the one before was after is not all there
    auto backfill = std::make_unique<Backfill>();
    TranscriberOptions options = m_options;
    options.decoding = {};  // its words are nobody's
    options.decoding.greedy = true;
    MS_TRY(backfill->transcriber, Transcriber::create(m_model, options));
    MS_CHECK(backfill->transcriber->session().setInterventions(m_interventions));
    MS_TRY(CapturePlan plan, CapturePlan::create(lacking, m_model->dims()));
    // Selectivity looks back over a window that begins where watching began: it is right only a window later.
    const bool looksBack = std::any_of(lacking.begin(), lacking.end(), [](const CaptureRequest& r) { return r.point == ProbePoint::Selectivity; });
    backfill->endFrame = frames() + (looksBack ? kSelectivityWindow : 0);
    MS_CHECK(backfill->transcriber->session().setCapture(std::move(plan), [sink = m_sink, end = backfill->endFrame](const CaptureFrame& frame) {
        if (frame.first.value < end) sink(frame);
    }));
    m_backfill = std::move(backfill);
    return {};
}

bool HearingRun::backfilling() const {
    return m_backfill && (m_finished || m_transcriber->stream().samples() > m_backfill->nextSample);
}

Result<void> HearingRun::sliceBackfill(double milliseconds) {
    if (!m_backfill) return {};
    Backfill& b = *m_backfill;
    const auto begin = std::chrono::steady_clock::now();
    std::vector<float> samples(static_cast<std::size_t>(m_sound->sampleRate()) / 5);
    do {
        // Not the sound's end: when reading was stopped, what follows was silence to the run.
        const std::int64_t got = std::min(m_sound->read(b.nextSample, samples), m_transcriber->stream().samples() - b.nextSample);
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

std::pair<std::int64_t, std::int64_t> HearingRun::backfillProgress() const {
    return m_backfill ? std::pair(m_backfill->transcriber->stream().frames(), m_backfill->endFrame) : std::pair<std::int64_t, std::int64_t>();
}

Result<void> HearingRun::setInterventions(std::span<const Intervention> interventions) {
    MS_CHECK(m_transcriber->session().setInterventions(interventions));
    m_interventions.assign(interventions.begin(), interventions.end());
    m_backfill.reset();  // it would read the past as it was not
    m_trail.clear();
    m_inspector.reset();
    m_changedAt = TokenPos(frames());
    return {};
}

Result<void> HearingRun::lookAt(TokenPos frame, const StateSnapshot*& from) {
    if (!m_past) return Error{ErrorCode::InvalidArgument, "nothing was heard yet; record or open a sound file"};
    if (m_changedAt.value > 0) {
        char seconds[32];
        std::snprintf(seconds, sizeof seconds, "%.2f s", static_cast<double>(m_changedAt.value) * m_transcriber->stream().frameSeconds());
        return Error{ErrorCode::InvalidArgument, std::string("the interventions changed at ") + seconds +
                                                     "; end the recording: all of it is then read again with them, and can be looked at"};
    }
    if (!m_inspector) {
        MS_TRY(m_inspector, TokenInspector::create(m_model));
        MS_CHECK(m_inspector->session().setInterventions(m_interventions));
    }
    m_utterance = m_past->utteranceStart(frame);
    from = m_trail.atOrBefore(frame);
    if (m_utterance && (from == nullptr || from->position < m_utterance->position)) from = &*m_utterance;
    return {};
}

Result<TokenInspection> HearingRun::inspect(TokenPos frame, std::span<const CaptureRequest> requests, const std::stop_token& stop) {
    const StateSnapshot* from = nullptr;
    MS_CHECK(lookAt(frame, from));
    return m_inspector->inspect(from, *m_past, frame, requests, stop, &m_transcriber->session().chunks());
}

Result<StateSnapshot> HearingRun::stateBehind(TokenPos frame, const std::stop_token& stop) {
    const StateSnapshot* from = nullptr;
    MS_CHECK(lookAt(frame, from));
    return m_inspector->stateBehind(from, *m_past, frame, stop, &m_transcriber->session().chunks());
}

}  // namespace ms
