// Fills in the past of series that are watched only now: a second session reads the same tokens again.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/runtime/session.h"
#include "engine/runtime/snapshot_trail.h"

namespace ms {

/// The same model reads the same tokens, so the captured values are the ones the live session used. Sliced, so that
/// live generation goes on in between. Driven by the engine thread.
class Backfill {
public:
    /// Only the newest tokens are captured again.
    static constexpr std::int64_t kTokens = 16384;

    struct Job {
        std::vector<CaptureRequest> requests;       ///< captured for the positions before `end`
        TokenPos end;
        CaptureSink sink;
        std::span<const Intervention> interventions; ///< of the live session
        const SnapshotTrail* trail = nullptr;        ///< of the live session: begins at a state near the first kept token
    };
    static Result<Backfill> create(std::shared_ptr<const Model> model, const Job& job);

    /// Reads on for about `milliseconds`. `ids` are all tokens of the live session.
    Result<void> advance(std::span<const TokenId> ids, double milliseconds);

    [[nodiscard]] bool done() const { return m_session->position() >= m_end; }
    [[nodiscard]] std::int64_t position() const { return m_session->position().value; }
    [[nodiscard]] TokenPos end() const { return m_end; }
    [[nodiscard]] const CapturePlan& plan() const { return m_plan; }

private:
    Backfill(std::unique_ptr<Session> session, CapturePlan plan, TokenPos end, CaptureSink sink);

    std::unique_ptr<Session> m_session;
    CapturePlan m_plan;
    TokenPos m_end;
    TokenPos m_captureFrom;  ///< capture is switched on here, a selectivity window before the first kept token
    TokenPos m_keepFrom;     ///< frames before this are not handed on
    CaptureSink m_sink;
    bool m_capturing = false;
    double m_millisecondsPerToken = 1;
};

}  // namespace ms
