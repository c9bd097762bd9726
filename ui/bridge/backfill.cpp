#include "ui/bridge/backfill.h"

#include <algorithm>
#include <bit>
#include <chrono>

namespace ms {

Backfill::Backfill(std::unique_ptr<Session> session, CapturePlan plan, TokenPos end, CaptureSink sink)
    : m_session(std::move(session)), m_plan(std::move(plan)), m_end(end), m_sink(std::move(sink)) {
    m_keepFrom = TokenPos(std::max<std::int64_t>(0, end.value - kTokens));
    m_captureFrom = TokenPos(std::max<std::int64_t>(0, m_keepFrom.value - kSelectivityWindow));
}

Result<Backfill> Backfill::create(std::shared_ptr<const Model> model, const Job& job) {
    MS_TRY(CapturePlan plan, CapturePlan::create(job.requests, model->dims()));
    MS_TRY(auto session, Session::create(std::move(model)));
    MS_CHECK(session->setInterventions(job.interventions));
    Backfill backfill(std::move(session), std::move(plan), job.end, job.sink);
    const StateSnapshot* near = job.trail != nullptr ? job.trail->atOrBefore(backfill.m_captureFrom) : nullptr;
    if (near != nullptr) MS_CHECK(backfill.m_session->restore(*near));
    return backfill;
}

Result<void> Backfill::advance(std::span<const TokenId> ids, double milliseconds) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    double elapsed = 0;
    while (!done() && elapsed < milliseconds) {
        const TokenPos at = m_session->position();
        if (!m_capturing && at >= m_captureFrom) {
            const CaptureSink onlyKept = [sink = m_sink, from = m_keepFrom](const CaptureFrame& frame) {
                if (frame.first >= from) sink(frame);
            };
            MS_CHECK(m_session->setCapture(m_plan, onlyKept));
            m_capturing = true;
        }
        // Powers of two: every chunk length is a recorded program, and few of them are kept.
        const auto affordable =
            static_cast<std::uint64_t>(std::max(1.0, (milliseconds - elapsed) / m_millisecondsPerToken));
        std::int64_t count = std::min<std::int64_t>(static_cast<std::int64_t>(std::bit_floor(affordable)),
                                                    m_session->model().backend().info().preferredChunk);
        for (const TokenPos border : {m_captureFrom, m_keepFrom, m_end})
            if (at < border) count = std::min(count, border.value - at.value);
        const auto part = ids.subspan(static_cast<std::size_t>(at.value), static_cast<std::size_t>(count));
        const auto read = m_session->prefill(part);
        if (!read) return read.error();
        const double now = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        m_millisecondsPerToken = (now - elapsed) / static_cast<double>(count);
        elapsed = now;
    }
    return {};
}

}  // namespace ms
