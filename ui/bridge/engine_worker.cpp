#include "ui/bridge/engine_worker.h"

#include "ui/bridge/summaries.h"
#include "ui/bridge/text_codec.h"

namespace ms {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr Milliseconds kProgressInterval(50);
constexpr Milliseconds kStatisticsInterval(200);
/// While tokens stream, refilling the past gets this much time out of every interval.
constexpr Milliseconds kSliceInterval(40);
constexpr double kLiveSlice = 12;
constexpr double kIdleSlice = 50;

}  // namespace

EngineWorker::EngineWorker(EngineHost& host, std::string device)
    : m_host(host), m_feed(host.feed()), m_selector(std::move(device)),
      m_thread([this](const std::stop_token& stop) { loop(stop); }) {
    m_feed.setBeforeCut([this] { m_saver.finish(); });
}

EngineWorker::~EngineWorker() {
    m_thread.request_stop();
    m_thread.join();
    m_feed.setBeforeCut({});
}

void EngineWorker::enqueue(Command command) {
    {
        const std::lock_guard lock(m_mutex);
        m_queue.push_back(std::move(command));
    }
    m_wake.notify_one();
}

void EngineWorker::loop(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        Command command;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, stop, [&] { return !m_queue.empty() || m_generating || m_file || m_rereading || backfilling(); });
            if (!m_queue.empty()) {
                command = std::move(m_queue.front());
                m_queue.pop_front();
            }
        }
        if (stop.stop_requested()) break;
        if (command) {
            command(*this);
            endBackfill();
            continue;
        }
        const bool hears = m_file || m_rereading;
        if (hears) hearPiece();
        if (m_generating) generateOne();
        if (backfilling() && ((!m_generating && !hears) || Clock::now() - m_lastSlice > kSliceInterval)) sliceBackfills();
        endBackfill();
    }
}

void EngineWorker::tell(std::function<void(EngineHost&)> message) {
    QMetaObject::invokeMethod(
        &m_host, [host = &m_host, message = std::move(message)] { message(*host); }, Qt::QueuedConnection);
}

void EngineWorker::fail(const Error& error) {
    if (error.code == ErrorCode::Cancelled)
        tell([text = messageOf(error)](EngineHost& h) { Q_EMIT h.cancelled(text); });
    else tell([text = messageOf(error)](EngineHost& h) { Q_EMIT h.failed(text); });
}

void EngineWorker::tellState(EngineState state) {
    tell([state](EngineHost& h) { h.setState(state); });
}

void EngineWorker::tellProgress(const JobProgress& progress, bool throttled) {
    const Clock::time_point now = Clock::now();
    if (throttled && now - m_lastProgress < kProgressInterval) return;
    m_lastProgress = now;
    tell([progress](EngineHost& h) { h.setProgress(progress); });
}

void EngineWorker::tellStatistics(bool now) {
    const Milliseconds elapsed = Clock::now() - m_lastStatistics;
    if (!now && elapsed < kStatisticsInterval) return;
    if (elapsed >= kStatisticsInterval / 2 && m_tokensSinceStatistics > 0)  // at rest, the last speed stays
        m_tokensPerSecond = 1000.0 * static_cast<double>(m_tokensSinceStatistics) / elapsed.count();
    m_lastStatistics = Clock::now();
    m_tokensSinceStatistics = 0;
    RunStatistics s;
    s.tokensPerSecond = m_tokensPerSecond;
    s.position = static_cast<std::int64_t>(m_ids.size());
    if (m_run) s.captureBytesPerToken = m_run->session().capturePlan().bytesPerToken();
    if (m_speech) {
        s.captureBytesPerToken = m_speech->transcriber().session().capturePlan().bytesPerToken();
        s.position = m_speech->frames();
    }
    if (m_backend) s.deviceBytes = m_backend->allocatedBytes();
    const CaptureStoreUse use = m_feed.store()->use();
    const CaptureStoreUse baselineUse = m_feed.baseline()->use();
    s.captureMemoryBytes = use.memoryBytes + baselineUse.memoryBytes;
    s.captureSpilledBytes = use.spilledBytes + baselineUse.spilledBytes;
    s.lostRows = use.lostRows + baselineUse.lostRows;
    tell([s](EngineHost& h) { h.setStatistics(s); });
}

void EngineWorker::announce(TokenId id) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= m_knownPieces.size() || m_knownPieces[index]) return;
    m_knownPieces[index] = true;
    m_feed.pushPiece(id, pieceText(*m_model, id));  // without a tokenizer too: the model before may have had one
}

void EngineWorker::record(const TokenEvent& event, const TokenEvent* baseline, bool fromPrompt) {
    announce(event.id);
    for (const Alternative& alternative : event.alternatives) announce(alternative.id);
    if (baseline != nullptr)
        for (const Alternative& alternative : baseline->alternatives) announce(alternative.id);
    TokenRow row = tokenRow(event, baseline);
    row.fromPrompt = fromPrompt;
    m_ids.push_back(event.id);
    ++m_tokensSinceStatistics;
    m_feed.pushToken(row);
}

void EngineWorker::settle() {
    tellStatistics(true);
    if (!m_model) tellState(EngineState::NoModel);
    else if (m_listening) tellState(m_rereading ? EngineState::Reading : EngineState::Listening);
    else if (m_generating) tellState(EngineState::Generating);
    else tellState(m_paused ? EngineState::Paused : EngineState::Idle);
}

void EngineWorker::setRequests(std::vector<CaptureRequest> requests, quint64 number) {
    m_requests = std::move(requests);
    m_asked = number;
    if (m_speech) {
        if (const auto applied = m_speech->setCapture(answerable()); !applied) fail(applied.error());
        return tellStatistics(true);
    }
    if (!m_run) return;
    if (const auto applied = applyRequests(); !applied) fail(applied.error());
    tellStatistics(true);
}

Result<void> EngineWorker::applyRequests() {
    const std::vector<CaptureRequest> requests = answerable();
    if (m_baseline) MS_CHECK(m_baseline->setCapture(requests));
    return m_run->setCapture(requests);
}

std::vector<CaptureRequest> EngineWorker::answerable() const {
    std::vector<CaptureRequest> requests = m_requests;
    std::erase_if(requests, [this](const CaptureRequest& r) { return !CapturePlan::create(std::span(&r, 1), m_model->dims()); });
    return requests;
}

bool EngineWorker::backfilling() const {
    return (m_speech && m_speech->backfilling()) || (m_run && m_run->backfill()) || (m_baseline && m_baseline->backfill());
}

void EngineWorker::sliceBackfills() {
    if (m_speech) return sliceSpeechBackfill();
    SessionRun& run = m_run->backfill() ? *m_run : *m_baseline;
    const auto advanced = run.sliceBackfill(m_ids, m_generating ? kLiveSlice : kIdleSlice);
    m_lastSlice = Clock::now();
    if (!advanced) {
        fail(advanced.error());
        return dropBackfills();
    }
    const auto& backfill = run.backfill();
    if (!backfill) return;
    m_showsBackfill = true;
    tellProgress({EngineHost::tr("Reading the past again"), EngineHost::tr("token %1").arg(backfill->position()),
                  backfill->position(), backfill->end().value, true}, true);
}

void EngineWorker::dropBackfills() {
    if (!backfilling()) return;
    if (m_speech) return m_speech->dropBackfill();
    m_run->dropBackfill();
    if (m_baseline) m_baseline->dropBackfill();
}

/// However it ended: done, failed, cancelled, or nobody watches any more.
void EngineWorker::endBackfill() {
    if (backfilling()) return;
    if (m_showsBackfill) {
        m_showsBackfill = false;
        tellProgress({});
    }
    if (m_served != m_asked) tell([number = m_served = m_asked](EngineHost& h) { h.m_served = number; });
}

Result<void> EngineWorker::readPrompt(const RunRequest& request, const std::stop_token& stop) {
    std::vector<TokenId> ids = request.ids;
    if (ids.empty()) {
        MS_TRY(ids, encodePrompt(*m_model, request.text, stop));
    }
    return readFromStart(ids, {}, {}, EngineHost::tr("Reading the prompt"), stop);
}

Result<void> EngineWorker::readFromStart(std::span<const TokenId> ids, const TokenRows& known, const Anchors& swaps, const QString& title,
                                         const std::stop_token& stop) {
    m_generating = m_paused = false;
    m_ids.clear();
    m_unread.clear();
    m_unreadSwaps.clear();
    m_feed.restart();
    if (m_inspector) m_inspector->forget();
    m_baselineInspector.reset();  // it may have nothing left to inspect
    MS_CHECK(m_run->restart());
    if (m_baseline) MS_CHECK(m_baseline->restart());
    MS_CHECK(applyRequests());
    tellState(EngineState::Reading);
    PrefillOptions options;
    options.stop = stop;
    options.progress = [&](const Progress& p) {
        tellProgress({title, EngineHost::tr("%1 of %2 tokens").arg(p.current).arg(p.total), p.current, p.total, true}, true);
        tellStatistics(false);
        serveRecord();  // a long prompt must not keep it waiting
    };
    std::vector<TokenEvent> expected;  // of the baseline, for each token
    Result<void> read;
    if (m_baseline) read = m_baseline->read(ids, [&](const TokenEvent& event) { expected.push_back(event); }, options);
    std::size_t at = 0;
    if (read)
        read = m_run->read(ids, swaps, [&](const TokenEvent& event) {
            record(event, m_baseline ? &expected[at] : nullptr, at >= known.size() || known[at].fromPrompt);
            ++at;
        }, options);
    tellProgress({});
    if (!read && m_baseline) MS_CHECK(bringBaseline(ids));
    return read;
}

Result<void> EngineWorker::bringBaseline(std::span<const TokenId> ids) {
    const std::int64_t end = m_run->session().position().value;
    m_feed.truncate(end);
    if (end == 0) return m_baseline->restart();
    return m_baseline->goTo(m_baseline->pointAt(end), ids.first(static_cast<std::size_t>(end)), TokenPos(end - 1));
}

void EngineWorker::run(const RunRequest& request, const std::stop_token& stop) {
    if (m_speech) return fail(notText(m_model->info()));
    if (!m_run) return;
    setSampling(request.sampling);
    if (const auto read = readPrompt(request, stop); !read) {
        fail(read.error());
        return settle();
    }
    if (request.onlyRead) return settle();
    resume(request);
}

void EngineWorker::step(const RunRequest& request, const std::stop_token& stop) {
    if (!m_run) return;
    setSampling(request.sampling);
    if (m_ids.empty()) {
        const auto read = readPrompt(request, stop);
        if (!read) fail(read.error());
        return settle();
    }
    if (const auto written = writeToken(); !written) fail(written.error());
    else if (m_left > 0) --m_left;
    m_generating = false;
    m_paused = true;
    settle();
}

void EngineWorker::resume(const RunRequest& request) {
    if (!m_run || m_ids.empty()) return;
    const bool carriesOn = m_paused && m_left != 0;  // a pause does not start the count again
    if (!carriesOn) m_left = request.maxNew > 0 ? request.maxNew : -1;
    m_stopAtEnd = request.stopAtEnd;
    m_paused = false;
    m_generating = true;
    m_lastStatistics = Clock::now();
    m_tokensSinceStatistics = 0;
    tellState(EngineState::Generating);
}

void EngineWorker::pause() {
    if (!m_generating) return;
    m_generating = false;
    m_paused = true;
    settle();
}

void EngineWorker::stop() {
    endListening();
    m_generating = m_paused = false;
    m_left = 0;
    settle();
}

void EngineWorker::setSampling(const SamplingSettings& sampling) {
    if (!m_run) return;
    if (const auto set = m_run->stream().setSampling(samplerOptions(sampling)); !set) fail(set.error());
}

Result<void> EngineWorker::writeToken() {
    MS_TRY(const TokenEvent event, m_run->next());
    if (!m_unread.empty()) leaveUnread();
    std::optional<TokenEvent> expected;
    if (m_baseline)
        MS_CHECK(m_baseline->read(std::span(&event.id, 1), [&](const TokenEvent& e) { expected = e; }));
    record(event, expected ? &*expected : nullptr, false);
    return {};
}

void EngineWorker::generateOne() {
    const auto written = writeToken();
    if (!written) fail(written.error());
    else if (m_left > 0) --m_left;
    const bool ended = written && m_stopAtEnd && m_run->stream().ended();
    if (ended) tell([](EngineHost& h) { Q_EMIT h.ended(); });
    if (written && m_left != 0 && !ended) return tellStatistics(false);
    m_generating = m_paused = false;
    m_left = 0;
    settle();
}

}  // namespace ms
