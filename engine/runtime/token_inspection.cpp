#include "engine/runtime/token_inspection.h"

#include <algorithm>
#include <functional>

#include "engine/runtime/chunk_log.h"

namespace ms {

namespace {

/// Longer than any chunk: of a chunk only the token that strides count from is captured.
constexpr std::int64_t kOnce = std::int64_t{1} << 40;

/// The chunk of a token whose bits depend on the chunk's length.
std::optional<Chunk> longChunkOf(const ChunkLog* chunks, TokenPos token) {
    const std::optional<Chunk> chunk = chunks == nullptr ? std::nullopt : chunks->chunkOf(token);
    return chunk && chunk->rows > TokenInspector::kSmallChunk ? chunk : std::nullopt;
}

/// Whether reading may go on from here as the live session did.
bool isBoundary(const ChunkLog* chunks, TokenPos position) {
    const std::optional<Chunk> chunk = longChunkOf(chunks, position);
    return !chunk || chunk->first == position;
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

Result<TokenInspection> TokenInspector::inspect(const StateSnapshot* from, std::span<const TokenId> ids, TokenPos token,
                                                std::span<const CaptureRequest> requests, const std::stop_token& stop,
                                                const ChunkLog* chunks) {
    const std::string which = "token " + std::to_string(token.value);
    if (token.value < 0 || token.value >= static_cast<std::int64_t>(ids.size()))
        return Error{ErrorCode::InvalidArgument,
                     which + " was not read yet; the session has read " + std::to_string(ids.size()) + " tokens"};
    if (from != nullptr && from->position > token)
        return Error{ErrorCode::InvalidArgument, which + " lies before the state to start from, at position " +
                                                     std::to_string(from->position.value) + "; give an earlier one"};
    for (const CaptureRequest& request : requests)
        if (request.point == ProbePoint::Selectivity)
            return Error{ErrorCode::InvalidArgument,
                         "selectivity is measured over the tokens before; take it from what "
                         "was captured, or compute it from the step sizes of a window"};

    std::optional<Chunk> longChunk = longChunkOf(chunks, token);
    if (longChunk && from != nullptr && from->position > longChunk->first) {
        const std::int64_t skipped = from->position.value - longChunk->first.value;
        longChunk = Chunk{from->position, longChunk->rows - skipped, longChunk->allLogits, longChunk->kept - skipped};
    }
    const Chunk chunk = longChunk.value_or(Chunk{token, 1, false, 1});
    const bool endsHere = chunk.first.value + chunk.rows - 1 == token.value;
    // Seen only where a submission ends: states, and logits that are computed for its last token alone.
    const auto atEnd = [&](ProbePoint point) {
        return info(point).timing == ProbeTiming::ChunkEnd || (point == ProbePoint::Logits && !chunk.allLogits);
    };
    const ModelDims& dims = m_session->model().dims();
    MS_TRY(CapturePlan whole, planFor(requests, dims, [&](ProbePoint p) { return endsHere || !atEnd(p); }));
    MS_TRY(CapturePlan cut, planFor(requests, dims, [&](ProbePoint p) { return !endsHere && atEnd(p); }));

    MS_CHECK(moveTo(from, ids, chunk.first, chunks, stop));
    if (longChunk && (!m_chunkStart || m_chunkStart->position != chunk.first)) {
        MS_TRY(m_chunkStart, m_session->snapshot());
    }

    const std::span<const Intervention> changes = m_session->interventions();
    TokenInspection result{token, {}, {}, {changes.begin(), changes.end()}};
    const CaptureSink keep = [&result](const CaptureFrame& frame) {
        for (const CaptureFrame::Block& b : frame.blocks)
            result.values[b.entry->key].assign(b.values.begin(), b.values.end());
    };
    const std::int64_t row = token.value - chunk.first.value;
    const bool needsCut = !endsHere && (!cut.empty() || !chunk.allLogits);
    if (needsCut) {
        MS_CHECK(m_session->setCapture(std::move(cut), keep, token));
        MS_CHECK(read(ids, {chunk.first, row + 1, false, row + 1}, row, chunk.allLogits ? nullptr : &result.logits));
        if (whole.empty() && !result.logits.empty()) return result;
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the inspection was stopped"};
        MS_CHECK(m_session->restore(*m_chunkStart));
    }
    MS_CHECK(m_session->setCapture(std::move(whole), keep, token));
    MS_CHECK(read(ids, chunk, row, result.logits.empty() ? &result.logits : nullptr));
    return result;
}

Result<void> TokenInspector::moveTo(const StateSnapshot* from, std::span<const TokenId> ids, TokenPos start,
                                    const ChunkLog* chunks, const std::stop_token& stop) {
    const auto startsWith = [&](std::span<const TokenId> head) {
        return head.size() <= ids.size() && std::equal(head.begin(), head.end(), ids.begin());
    };
    if (!startsWith(m_read)) forget();
    const TokenPos given = from != nullptr ? from->position : TokenPos(0);
    const auto usable = [&](TokenPos at) { return at >= given && at <= start && isBoundary(chunks, at); };
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
        if (const std::optional<Chunk> chunk = longChunkOf(chunks, at)) {
            rows = chunk->first.value + chunk->kept - at.value;
        } else {
            while (rows < kSmallChunk && !longChunkOf(chunks, TokenPos(at.value + rows))) ++rows;
        }
        rows = std::min(rows, start.value - at.value);
        MS_CHECK(read(ids, {at, rows, false, rows}, 0, nullptr));
    }
    remember(ids.first(static_cast<std::size_t>(start.value)));
    return {};
}

void TokenInspector::remember(std::span<const TokenId> ids) {
    if (m_read.size() < ids.size()) m_read.assign(ids.begin(), ids.end());
}

Result<void> TokenInspector::read(std::span<const TokenId> ids, const Chunk& chunk, std::int64_t row,
                                  std::vector<float>* logits) {
    const auto first = static_cast<std::size_t>(chunk.first.value), rows = static_cast<std::size_t>(chunk.rows);
    const std::span<const TokenId> there = ids.subspan(first, std::min(rows, ids.size() - first));
    // Of a chunk that the session took back in part, what came behind does not matter to the tokens before, its length
    // does.
    std::vector<TokenId> part(there.begin(), there.end());
    part.resize(rows);
    const bool real = chunk.kept == chunk.rows && there.size() == rows;

    PrefillOptions options;
    options.chunk = chunk.rows;
    const auto vocab = static_cast<std::size_t>(m_session->model().dims().vocab);
    if (chunk.allLogits)
        options.onLogits = [&](TokenPos, std::span<const float> all) {
            if (logits == nullptr) return;
            const std::span<const float> mine = all.subspan(static_cast<std::size_t>(row) * vocab, vocab);
            logits->assign(mine.begin(), mine.end());
        };
    m_valid = false;
    MS_TRY(const std::span<const float> last, m_session->prefill(part, options));
    if (!chunk.allLogits && logits != nullptr) logits->assign(last.begin(), last.end());
    m_valid = real;
    if (real) remember(ids.first(first + rows));
    return {};
}

}  // namespace ms
