#include "engine/runtime/token_inspection.h"

#include <algorithm>
#include <functional>

#include "engine/runtime/chunk_log.h"

namespace ms {

namespace {

/// Longer than any chunk: of a chunk only the token that strides count from is captured.
constexpr std::int64_t kOnce = std::int64_t{1} << 40;

/// The chunk of a token whose bits depend on the chunk's length.
std::optional<Chunk> longChunkOf(const ChunkLog* chunks, TokenPos token, std::int64_t smallChunk) {
    const std::optional<Chunk> chunk = chunks == nullptr ? std::nullopt : chunks->chunkOf(token);
    return chunk && chunk->rows > smallChunk ? chunk : std::nullopt;
}

Result<CapturePlan> planFor(std::span<const CaptureRequest> requests, const ModelDims& dims,
                            const std::function<bool(ProbePoint)>& wanted) {
    std::vector<CaptureRequest> chosen;
    for (CaptureRequest request : requests) {
        if (!wanted(request.point)) continue;
        request.stride = kOnce;
        chosen.push_back(std::move(request));
    }
    return CapturePlan::create(chosen, dims);
}

}  // namespace

TokenInspector::TokenInspector(std::unique_ptr<Session> session) : m_session(std::move(session)) {}
TokenInspector::~TokenInspector() = default;

Result<std::unique_ptr<TokenInspector>> TokenInspector::create(std::shared_ptr<const Model> model) {
    MS_TRY(auto session, Session::create(std::move(model)));
    return std::unique_ptr<TokenInspector>(new TokenInspector(std::move(session)));
}

void TokenInspector::forget() {
    m_valid = false;
    m_chunkStart.reset();
    m_read.clear();
}

Session& TokenInspector::session() {
    forget();
    return *m_session;
}

std::int64_t TokenPast::smallChunk() const { return TokenInspector::kSmallChunk; }

Result<std::span<const float>> TokenPast::read(Session& session, TokenPos first, std::int64_t rows, const PrefillOptions& options) {
    const auto at = static_cast<std::size_t>(first.value), count = static_cast<std::size_t>(rows);
    const std::span<const TokenId> there = m_ids.subspan(at, std::min(count, m_ids.size() - at));
    if (there.size() == count) return session.prefill(there, options);
    // Of a chunk that the session took back in part, what came behind does not matter to the tokens before, its length does.
    std::vector<TokenId> part(there.begin(), there.end());
    part.resize(count);
    return session.prefill(part, options);
}

Result<TokenInspection> TokenInspector::inspect(const StateSnapshot* from, std::span<const TokenId> ids, TokenPos token,
                                                std::span<const CaptureRequest> requests, const std::stop_token& stop,
                                                const ChunkLog* chunks) {
    TokenPast past(ids);
    return inspect(from, past, token, requests, stop, chunks);
}

Result<Chunk> TokenInspector::chunkFor(const StateSnapshot* from, const Source& source, TokenPos token) const {
    const std::string unit = source.past.unit(), which = unit + " " + std::to_string(token.value);
    const std::int64_t size = source.past.size();
    if (token.value < 0 || token.value >= size)
        return Error{ErrorCode::InvalidArgument, which + " was not read yet; " + std::to_string(size) + " " + unit + "s were"};
    if (from != nullptr && from->position > token)
        return Error{ErrorCode::InvalidArgument, which + " lies before the state to start from, at position " +
                                                     std::to_string(from->position.value) + "; give an earlier one"};
    const std::optional<Chunk> chunk = longChunkOf(source.chunks, token, source.past.smallChunk());
    if (!chunk) return Chunk{token, 1, false, 1};
    if (from == nullptr || from->position <= chunk->first) return *chunk;
    const std::int64_t skipped = from->position.value - chunk->first.value;
    return Chunk{from->position, chunk->rows - skipped, chunk->allLogits, chunk->kept - skipped};
}

Result<TokenInspection> TokenInspector::inspect(const StateSnapshot* from, Past& past, TokenPos token,
                                                std::span<const CaptureRequest> requests, const std::stop_token& stop,
                                                const ChunkLog* chunks) {
    const Source source{past, chunks};
    MS_TRY(const Chunk chunk, chunkFor(from, source, token));
    for (const CaptureRequest& request : requests)
        if (request.point == ProbePoint::Selectivity)
            return Error{ErrorCode::InvalidArgument,
                         "selectivity is measured over the tokens before; take it from what "
                         "was captured, or compute it from the step sizes of a window"};

    const bool endsHere = chunk.first.value + chunk.rows - 1 == token.value;
    // Seen only where a submission ends: states, and logits that are computed for its last token alone.
    const auto atEnd = [&](ProbePoint point) {
        return info(point).timing == ProbeTiming::ChunkEnd || (point == ProbePoint::Logits && !chunk.allLogits);
    };
    const ModelDims& dims = m_session->model().dims();
    MS_TRY(CapturePlan whole, planFor(requests, dims, [&](ProbePoint p) { return endsHere || !atEnd(p); }));
    MS_TRY(CapturePlan cut, planFor(requests, dims, [&](ProbePoint p) { return !endsHere && atEnd(p); }));

    MS_CHECK(moveTo(from, source, chunk.first, stop));
    const std::int64_t row = token.value - chunk.first.value;
    const bool needsCut = !endsHere && (!cut.empty() || !chunk.allLogits);
    if (chunk.rows > 1 && (!m_chunkStart || m_chunkStart->position != chunk.first)) {
        MS_TRY(m_chunkStart, m_session->snapshot());
    }

    const std::span<const Intervention> changes = m_session->interventions();
    TokenInspection result{token, {}, {}, {changes.begin(), changes.end()}};
    const CaptureSink keep = [&result](const CaptureFrame& frame) {
        for (const CaptureFrame::Block& b : frame.blocks)
            result.values[b.entry->key].assign(b.values.begin(), b.values.end());
    };
    if (needsCut) {
        MS_CHECK(m_session->setCapture(std::move(cut), keep, token));
        MS_CHECK(read(past, {chunk.first, row + 1, false, row + 1}, row, chunk.allLogits ? nullptr : &result.logits));
        if (whole.empty() && !result.logits.empty()) return result;
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the inspection was stopped"};
        MS_CHECK(m_session->restore(*m_chunkStart));
    }
    MS_CHECK(m_session->setCapture(std::move(whole), keep, token));
    MS_CHECK(read(past, chunk, row, result.logits.empty() ? &result.logits : nullptr));
    return result;
}

Result<StateSnapshot> TokenInspector::stateBehind(const StateSnapshot* from, Past& past, TokenPos token, const std::stop_token& stop,
                                                  const ChunkLog* chunks) {
    const Source source{past, chunks};
    MS_TRY(const Chunk chunk, chunkFor(from, source, token));
    MS_CHECK(moveTo(from, source, chunk.first, stop));
    const std::int64_t rows = token.value - chunk.first.value + 1;
    MS_CHECK(read(past, {chunk.first, rows, false, rows}, 0, nullptr));
    return m_session->snapshot();
}

Result<void> TokenInspector::moveTo(const StateSnapshot* from, const Source& source, TokenPos start, const std::stop_token& stop) {
    const std::span<const TokenId> ids = source.past.ids();
    const std::int64_t small = source.past.smallChunk();
    const auto longChunk = [&](TokenPos at) { return longChunkOf(source.chunks, at, small); };
    const bool sameHead = m_read.size() <= ids.size() && std::equal(m_read.begin(), m_read.end(), ids.begin());
    if (!sameHead) forget();
    const TokenPos given = from != nullptr ? from->position : TokenPos(0);
    const auto usable = [&](TokenPos at) {
        const std::optional<Chunk> chunk = longChunk(at);  // reading may go on as the live session did only where one begins
        return at >= given && at <= start && (!chunk || chunk->first == at);
    };
    const bool here = m_valid && usable(m_session->position());
    const bool atChunk =
        m_chunkStart && usable(m_chunkStart->position) && !(here && m_session->position() >= m_chunkStart->position);
    if (!here || atChunk) {
        m_valid = false;
        const StateSnapshot* nearest = atChunk ? &*m_chunkStart : from;
        MS_CHECK(nearest != nullptr ? m_session->restore(*nearest) : m_session->reset());
        m_valid = true;
    }
    if (!m_session->capturePlan().empty()) MS_CHECK(m_session->setCapture({}, {}));
    while (m_session->position() < start) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the inspection was stopped"};
        const TokenPos at = m_session->position();
        std::int64_t rows = 1;
        if (const std::optional<Chunk> chunk = longChunk(at)) {
            rows = chunk->first.value + chunk->kept - at.value;
        } else {
            while (rows < small && !longChunk(TokenPos(at.value + rows))) ++rows;
        }
        rows = std::min(rows, start.value - at.value);
        MS_CHECK(read(source.past, {at, rows, false, rows}, 0, nullptr));
    }
    remember(ids, start.value);
    return {};
}

void TokenInspector::remember(std::span<const TokenId> ids, std::int64_t count) {
    const auto head = ids.first(std::min(ids.size(), static_cast<std::size_t>(count)));
    if (m_read.size() < head.size()) m_read.assign(head.begin(), head.end());
}

Result<void> TokenInspector::read(Past& past, const Chunk& chunk, std::int64_t row, std::vector<float>* logits) {
    const bool real = chunk.kept == chunk.rows && chunk.first.value + chunk.rows <= past.size();
    PrefillOptions options;
    options.chunk = chunk.rows;
    const auto vocab = static_cast<std::size_t>(m_session->model().dims().vocab);
    if (chunk.allLogits)
        options.onLogits = [&](TokenPos first, std::span<const float> all) {
            const std::int64_t at = row - (first.value - chunk.first.value);
            if (logits == nullptr || at < 0 || static_cast<std::size_t>(at) * vocab >= all.size()) return;
            const std::span<const float> mine = all.subspan(static_cast<std::size_t>(at) * vocab, vocab);
            logits->assign(mine.begin(), mine.end());
        };
    m_valid = false;
    MS_TRY(const std::span<const float> last, past.read(*m_session, chunk.first, chunk.rows, options));
    if (!chunk.allLogits && logits != nullptr) logits->assign(last.begin(), last.end());
    m_valid = real;
    if (real) remember(past.ids(), chunk.first.value + chunk.rows);
    return {};
}

}  // namespace ms
