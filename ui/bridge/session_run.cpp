#include "ui/bridge/session_run.h"

#include <algorithm>
#include <limits>

#include "engine/probe/probe_point.h"
#include "engine/runtime/token_inspection.h"

namespace ms {

namespace {

/// States along the way that an image holds: what lies between two is read again where somebody looks.
constexpr std::size_t kImageStates = 16;
constexpr std::uint64_t kImageBytes = 32ull << 20;

/// The first position behind `here` at which something was swapped in.
std::int64_t nextSwap(const Anchors& swaps, std::int64_t here) {
    for (const auto& swap : swaps)
        if (!swap->layers.empty() && swap->state.position.value > here) return swap->state.position.value;
    return std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Result<std::unique_ptr<SessionRun>> SessionRun::create(std::shared_ptr<const Model> model, CaptureSink sink) {
    MS_TRY(auto session, Session::create(model));
    MS_TRY(auto stream, TextStream::create(std::move(session), {}));
    return std::unique_ptr<SessionRun>(new SessionRun(std::move(model), std::move(stream), std::move(sink)));
}

Result<void> SessionRun::setCapture(const std::vector<CaptureRequest>& requests) {
    MS_TRY(CapturePlan plan, CapturePlan::create(requests, session().model().dims()));
    MS_CHECK(session().setCapture(plan, [this](const CaptureFrame& frame) {
        if (!m_quiet) m_sink(frame);
    }));
    m_requests = requests;
    m_coverage.planChanged(plan, session().position());
    return startBackfill();
}

Result<void> SessionRun::startBackfill() {
    m_backfill.reset();
    Coverage::Gap gap = m_coverage.gap();
    if (!m_anchors.empty()) gap.end = std::min(gap.end, m_anchors.front()->state.position);  // reading again does not lead beyond it
    if (gap.requests.empty() || gap.end.value <= 0) return {};
    MS_TRY(Backfill backfill, Backfill::create(m_model, {std::move(gap.requests), gap.end, m_sink, session().interventions(), &m_trail}));
    m_backfill.emplace(std::move(backfill));
    return {};
}

Result<void> SessionRun::sliceBackfill(std::span<const TokenId> ids, double milliseconds) {
    if (!m_backfill) return {};
    const auto advanced = m_backfill->advance(ids, milliseconds);
    if (!advanced || m_backfill->done()) {
        if (advanced) m_coverage.filled(m_backfill->plan(), m_backfill->end());
        m_backfill.reset();
    }
    return advanced;
}

Result<void> SessionRun::setInterventions(std::span<const Intervention> interventions) {
    MS_CHECK(session().setInterventions(interventions));
    m_trail.clear();
    m_anchors.clear();
    return {};
}

Result<void> SessionRun::restart() {
    m_trail.clear();
    m_anchors.clear();
    m_backfill.reset();
    m_coverage.restart();
    MS_CHECK(m_stream->reset());
    return setCapture(m_requests);
}

Result<void> SessionRun::read(std::span<const TokenId> ids, const Anchors& swaps, const TokenCallback& onToken, const PrefillOptions& options) {
    // In pieces, so that states are kept along a long prompt too.
    const auto total = static_cast<std::int64_t>(ids.size());
    for (std::int64_t done = 0; done < total;) {
        const std::int64_t here = session().position().value;
        const std::int64_t piece = std::min({total - done, std::max(m_trail.spacing(), session().model().backend().info().preferredChunk),
                                             nextSwap(swaps, here) - here});
        PrefillOptions part = options;
        if (options.progress)
            part.progress = [&](const Progress& p) { options.progress({done + p.current, total, p.status}); };
        MS_CHECK(m_stream->read(ids.subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(piece)), onToken, part));
        MS_CHECK(m_trail.offer(session()));
        MS_CHECK(swapHere(swaps));
        done += piece;
    }
    return {};
}

Result<TokenEvent> SessionRun::next() {
    MS_TRY(TokenEvent event, m_stream->next());
    MS_CHECK(m_trail.offer(session()));
    return event;
}

const StateSnapshot* SessionRun::stateBefore(TokenPos token) const {
    const StateSnapshot* state = m_trail.atOrBefore(token);
    const Anchor* anchor = anchorAtOrBefore(token);
    return anchor != nullptr && (state == nullptr || state->position < anchor->state.position) ? &anchor->state : state;
}

const Anchor* SessionRun::anchorAtOrBefore(TokenPos position) const {
    const auto found = std::find_if(m_anchors.rbegin(), m_anchors.rend(), [&](const auto& a) { return a->state.position <= position; });
    return found == m_anchors.rend() ? nullptr : found->get();
}

bool SessionRun::isAnchor(const StateSnapshot* state) const {
    return std::any_of(m_anchors.begin(), m_anchors.end(), [&](const auto& anchor) { return &anchor->state == state; });
}

Result<void> SessionRun::keepFromHere(std::span<const LayerIndex> layers, bool loaded) {
    MS_TRY(StateSnapshot state, session().snapshot());
    const TokenPos here = state.position;
    const std::span<const float> logits = m_stream->logits();
    Anchor anchor{std::move(state), {logits.begin(), logits.end()}, {layers.begin(), layers.end()}, loaded};
    m_trail.truncate(TokenPos(here.value - 1));  // one that stands here is the state of before
    while (!m_anchors.empty() && m_anchors.back()->state.position >= here) {
        if (m_anchors.back()->state.position == here) {  // both are in
            for (const LayerIndex layer : m_anchors.back()->layers)
                if (std::find(layers.begin(), layers.end(), layer) == layers.end()) anchor.layers.push_back(layer);
            anchor.loaded = anchor.loaded || m_anchors.back()->loaded;
        }
        m_anchors.pop_back();
    }
    m_anchors.push_back(std::make_shared<const Anchor>(std::move(anchor)));
    return {};
}

Result<void> SessionRun::swapIn(const StateSnapshot& snapshot, std::span<const LayerIndex> layers) {
    MS_CHECK(session().restoreLayers(snapshot, layers));
    return keepFromHere(layers, false);
}

Result<void> SessionRun::swapHere(const Anchors& swaps) {
    for (const auto& swap : swaps)
        if (!swap->layers.empty() && swap->state.position == session().position()) MS_CHECK(swapIn(swap->state, swap->layers));
    return {};
}

SequencePoint SessionRun::pointAt(std::int64_t tokens) const {
    SequencePoint point;
    const std::int64_t wanted = std::max<std::int64_t>(0, tokens - 1 - kSelectivityWindow);
    std::copy_if(m_anchors.begin(), m_anchors.end(), std::back_inserter(point.anchors),
                 [&](const auto& anchor) { return anchor->state.position.value <= tokens; });
    point.state = m_trail.sharedAtOrBefore(TokenPos(wanted));
    if (point.anchors.empty()) return point;
    const std::shared_ptr<const Anchor>& last = point.anchors.back();
    if (point.state && point.state->position > last->state.position) return point;
    point.state = {last, &last->state};
    if (last->state.position.value == tokens) point.logits = {last, &last->logits};
    return point;
}

Result<void> SessionRun::reread(std::span<const TokenId> ids, const ChunkLog& log, const Anchors& swaps, const GoOptions& options) {
    const std::int64_t begin = session().position().value, end = static_cast<std::int64_t>(ids.size());
    const auto isLong = [&](std::int64_t at) {
        const auto chunk = log.chunkOf(TokenPos(at));
        return chunk && chunk->rows > TokenInspector::kSmallChunk;
    };
    for (std::int64_t at = begin; at < end; at = session().position().value) {
        const std::int64_t limit = std::min(end, nextSwap(swaps, at));
        std::int64_t rows = 1;
        if (const auto chunk = log.chunkOf(TokenPos(at)); isLong(at) && chunk->first.value == at) rows = std::min(chunk->rows, limit - at);
        else
            while (rows < TokenInspector::kSmallChunk && at + rows < limit && !isLong(at + rows)) ++rows;
        PrefillOptions piece;
        piece.chunk = rows;
        MS_CHECK(m_stream->reread(ids.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(rows)), piece));
        MS_CHECK(m_trail.offer(session()));  // the way may be long
        MS_CHECK(swapHere(swaps));
        if (options.progress) options.progress({at + rows - begin, end - begin, {}});
        // Not before: the logits behind the state that was restored are not known.
        if (options.stop.stop_requested()) return Error{ErrorCode::Cancelled, "going to another token was stopped on the way"};
    }
    return {};
}

Result<RunImage> SessionRun::image(bool whole) {
    RunImage image{session().chunks(), {}, m_anchors, nullptr, nullptr, m_coverage.known(session().position())};
    if (!whole) {
        if (auto near = pointAt(session().position().value).state; near && !isAnchor(near.get())) image.trail.push_back(std::move(near));
        return image;
    }
    image.trail = m_trail.selection(kImageStates, kImageBytes);
    if (session().position().value == 0) return image;
    MS_TRY(StateSnapshot end, session().snapshot());
    image.end = std::make_shared<const StateSnapshot>(std::move(end));
    const std::span<const float> logits = m_stream->logits();
    image.logits = std::make_shared<const std::vector<float>>(logits.begin(), logits.end());
    return image;
}

Result<void> SessionRun::resume(RunImage image, std::span<const TokenId> ids, const GoOptions& options) {
    const auto end = static_cast<std::int64_t>(ids.size());
    m_backfill.reset();
    m_coverage.adopt(image.captured);
    m_trail.adopt(std::move(image.trail));
    m_anchors = std::move(image.anchors);
    if (image.end && image.end->position.value == end && image.logits && !image.logits->empty()) {
        MS_CHECK(m_stream->restore(*image.end, *image.logits));
        session().setChunks(std::move(image.chunks));
        return {};
    }
    const SequencePoint point = pointAt(end);
    session().setChunks(std::move(image.chunks));
    return goTo(point, ids, TokenPos(end), options);
}

Result<void> SessionRun::goTo(const SequencePoint& point, std::span<const TokenId> ids, TokenPos known, const GoOptions& options) {
    m_backfill.reset();
    const auto end = static_cast<std::int64_t>(ids.size());
    const bool isPlaced = point.state && point.state->position.value == end;
    const ChunkLog log = session().chunks();
    const auto logits = isPlaced && point.logits ? std::span<const float>(*point.logits) : std::span<const float>{};
    const auto placed = point.state ? m_stream->restore(*point.state, logits) : m_stream->reset();
    if (!placed) return placed.error();
    m_trail.truncate(std::min(session().position(), known));
    m_anchors.clear();
    Anchors swaps;
    for (const auto& anchor : point.anchors) (anchor->state.position <= session().position() ? m_anchors : swaps).push_back(anchor);
    if (isPlaced) {
        m_coverage.moved(known, session().position());
        if (m_anchors.empty() || m_anchors.back()->state.position.value != end) MS_CHECK(keepFromHere({}, true));
        return startBackfill();
    }
    m_quiet = true;
    const auto read = reread(ids.first(ids.size() - 1), log, swaps, options);
    m_quiet = false;
    m_coverage.moved(std::min(known, session().position()), session().position());
    if (!read) {
        MS_CHECK(startBackfill());
        return read.error();
    }
    MS_CHECK(m_stream->reread(ids.last(1)));
    MS_CHECK(m_trail.offer(session()));
    MS_CHECK(swapHere(swaps));
    return startBackfill();
}

}  // namespace ms
