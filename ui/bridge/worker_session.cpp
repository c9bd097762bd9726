// The time machine and interventions, on the engine thread.
#include <algorithm>
#include <limits>

#include "engine/runtime/snapshot_compare.h"
#include "engine/runtime/snapshot_file.h"
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"
#include "ui/bridge/text_codec.h"

namespace ms {

namespace {

/// Points kept for undo only; the oldest go first.
constexpr std::ptrdiff_t kHiddenPoints = 20;
constexpr int kComparedChannels = 5;

std::vector<TokenId> idsOf(std::span<const TokenRow> rows) {
    std::vector<TokenId> ids;
    for (const TokenRow& row : rows) ids.push_back(row.id);
    return ids;
}

/// To the end of `ids`, of which the run has read the first `common`, from a state of its own.
SequencePoint ownPoint(const SessionRun& run, std::span<const TokenId> ids, std::size_t common) {
    SequencePoint point;
    if (common > 0) point = run.pointAt(ids, static_cast<std::int64_t>(common));
    point.ids.assign(ids.begin(), ids.end());
    return point;
}

}  // namespace

void EngineWorker::setInterventions(const InterventionList& list, const std::stop_token& stop) {
    if (!m_run) return;
    std::vector<Intervention> wanted;
    for (const InterventionValue& value : list) wanted.push_back(intervention(value));
    const bool any = std::any_of(wanted.begin(), wanted.end(), [](const Intervention& i) { return i.enabled; });
    const bool goesOn = m_generating, waits = m_paused;
    bool changed = false;
    const auto read = [&]() -> Result<void> {
        std::unique_ptr<SessionRun> baseline;
        if (any && !m_baseline) {
            MS_TRY(baseline, SessionRun::create(m_model, [feed = &m_feed](const CaptureFrame& frame) { feed->pushBaselineFrame(frame); }));
        }
        MS_CHECK(m_run->setInterventions(wanted));
        changed = true;
        m_interventions = wanted;
        m_inspector.reset();
        if (baseline) m_baseline = std::move(baseline);
        if (!any) m_baseline.reset();
        const std::vector<TokenRow> rows = m_unread.empty() ? m_rows : m_unread;
        if (rows.empty()) return applyRequests();
        const auto again = readFromStart(idsOf(rows), rows, EngineHost::tr("Reading again with the interventions"), stop);
        m_unread = again ? std::vector<TokenRow>{} : rows;  // the next change takes up all of them
        return again;
    }();
    if (changed) tell([list](EngineHost& h) { Q_EMIT h.interventionsApplied(list); });
    if (!read) fail(read.error());
    m_generating = read && goesOn;
    m_paused = !m_generating && (goesOn || waits) && !m_ids.empty();
    if (m_generating) m_lastStatistics = Clock::now();
    settle();
}

Result<EngineWorker::Kept> EngineWorker::keep(const QString& name, std::int64_t tokens) {
    if (tokens < 1 || tokens > static_cast<std::int64_t>(m_ids.size()))
        return Error{ErrorCode::InvalidArgument, "there is nothing to keep yet: run a prompt first"};
    return Kept{name, m_run->pointAt(m_ids, tokens), {m_rows.begin(), m_rows.begin() + tokens}, false, m_interventions};
}

EngineWorker::Kept EngineWorker::keepAll() const {
    Kept kept{EngineHost::tr("before going back"), {}, m_unread.empty() ? m_rows : m_unread, true, m_interventions};
    kept.point = ownPoint(*m_run, idsOf(kept.rows), m_ids.size());
    return kept;
}

std::int64_t EngineWorker::store(Kept kept) {
    const std::int64_t id = m_nextSnapshot++;
    m_snapshots.emplace(id, std::make_shared<Kept>(std::move(kept)));
    dropOldHidden();
    return id;
}

void EngineWorker::dropOldHidden() {
    const auto hidden = [](const auto& entry) { return entry.second->hidden; };
    auto surplus = std::count_if(m_snapshots.begin(), m_snapshots.end(), hidden) - kHiddenPoints;
    for (; surplus > 0; --surplus) m_snapshots.erase(std::find_if(m_snapshots.begin(), m_snapshots.end(), hidden));
}

std::shared_ptr<const EngineWorker::Kept> EngineWorker::find(qint64 id) {
    const auto found = m_snapshots.find(id);
    if (found != m_snapshots.end()) return found->second;
    fail({ErrorCode::NotFound, "this snapshot is no longer kept"});
    return nullptr;
}

void EngineWorker::tellSnapshots() {
    std::vector<SnapshotSummary> summaries;
    for (const auto& [id, kept] : m_snapshots) {
        if (kept->hidden) continue;
        SnapshotSummary& s = summaries.emplace_back();
        s.id = id;
        s.name = kept->name;
        s.tokens = static_cast<qint64>(kept->point.ids.size());
        s.lastText = pieceText(*m_model, kept->point.ids.back());
        for (const auto& tensor : kept->point.state.tensors) s.bytes += tensor.size();
    }
    tell([summaries](EngineHost& h) { Q_EMIT h.snapshotsChanged(summaries); });
}

void EngineWorker::takeSnapshot(const QString& name, qint64 token) {
    if (!m_run) return;
    auto kept = keep(name, token < 0 ? static_cast<std::int64_t>(m_ids.size()) : token + 1);
    if (!kept) return fail(kept.error());
    store(std::move(*kept));
    tellSnapshots();
}

void EngineWorker::renameSnapshot(qint64 id, const QString& name) {
    const auto found = m_snapshots.find(id);
    if (found == m_snapshots.end()) return;
    found->second->name = name;
    tellSnapshots();
}

void EngineWorker::removeSnapshot(qint64 id) {
    if (const auto found = m_snapshots.find(id); found != m_snapshots.end()) found->second->hidden = true;  // an undo may want it
    dropOldHidden();
    tellSnapshots();
}

Result<void> EngineWorker::goTo(const Kept& kept, const std::stop_token& stop) {
    const std::span<const TokenId> ids(kept.point.ids);
    auto common = static_cast<std::size_t>(std::mismatch(ids.begin(), ids.end(), m_ids.begin(), m_ids.end()).first - ids.begin());
    const auto known = static_cast<qint64>(std::min(common, ids.size() - 1));  // the last token is captured anew
    const bool sameModel = !kept.interventions || *kept.interventions == m_interventions;
    const SequencePoint point = sameModel ? kept.point : ownPoint(*m_run, ids, common);
    m_feed.truncate(static_cast<qint64>(common));
    const auto went = m_run->goTo(point, TokenPos(known), stop);
    // Where it was stopped on the way, everything else stops too.
    const auto end = static_cast<std::size_t>(m_run->session().position().value);
    if (end < common) m_feed.truncate(static_cast<qint64>(common = end));
    m_ids.resize(common);
    m_rows.resize(common);
    for (std::size_t t = common; t < end; ++t) {
        m_ids.push_back(ids[t]);
        m_rows.push_back(kept.rows[t]);
        m_feed.pushToken(kept.rows[t]);
    }
    if (m_inspector) m_inspector->forget();
    if (m_baseline) {
        const auto along = end == 0 ? m_baseline->restart()
                                    : m_baseline->goTo(ownPoint(*m_baseline, ids.first(end), common),
                                                       TokenPos(std::min(known, static_cast<qint64>(end) - 1)), {});
        if (!along) return along.error();
    }
    return went;
}

void EngineWorker::goToSnapshot(qint64 id, bool remember, const std::stop_token& stop) {
    if (!m_run || stop.stop_requested()) return;
    const auto kept = find(id);
    if (!kept) return;
    const bool leaves = remember && !(m_ids.empty() && m_unread.empty());
    const std::int64_t from = leaves ? store(keepAll()) : 0;
    m_generating = false;
    m_unread.clear();
    const auto went = goTo(*kept, stop);
    m_paused = !m_ids.empty();
    m_left = 0;
    if (!went) fail(went.error());
    if (from != 0)  // also when it was stopped on the way
        tell([from, id, what = EngineHost::tr("going to “%1”").arg(kept->name)](EngineHost& h) { Q_EMIT h.sessionMoved(from, id, what); });
    settle();
}

void EngineWorker::goToToken(qint64 token, const std::stop_token& stop) {
    if (!m_run || stop.stop_requested()) return;
    auto target = keep(EngineHost::tr("token %1").arg(token), token + 1);
    if (!target) return fail(target.error());
    target->hidden = true;
    goToSnapshot(store(std::move(*target)), true, stop);
}

Result<EngineWorker::Ending> EngineWorker::stateBehind(const Kept& kept) {
    const SequencePoint& point = kept.point;
    const auto end = static_cast<std::int64_t>(point.ids.size());
    MS_TRY(auto session, Session::create(m_model));
    MS_CHECK(session->setInterventions(kept.interventions.value_or(m_interventions)));
    std::int64_t from = 0;
    if (!point.state.tensors.empty()) {
        MS_CHECK(session->restore(point.state));
        from = point.state.position.value;
    }
    Ending ending{{}, point.logits};
    if (from < end) {
        MS_TRY(const auto logits, session->prefill(std::span(point.ids).subspan(static_cast<std::size_t>(from))));
        ending.logits.assign(logits.begin(), logits.end());
    }
    MS_TRY(ending.state, session->snapshot());
    return ending;
}

void EngineWorker::swapState(qint64 id, const std::vector<qint64>& layers) {
    if (!m_run || m_ids.empty()) return;
    const auto kept = find(id);
    if (!kept) return;
    std::vector<LayerIndex> which;
    for (const qint64 layer : layers) which.emplace_back(layer);
    for (std::int64_t k = 0; layers.empty() && k < m_model->dims().n_layer; ++k) which.emplace_back(k);
    const auto swapped = [&]() -> Result<void> {
        MS_TRY(const Ending ending, stateBehind(*kept));
        MS_CHECK(m_run->session().restoreLayers(ending.state, which));
        return m_run->keepFromHere();
    }();
    if (!swapped) return fail(swapped.error());
    if (m_inspector) m_inspector->forget();
    tell([name = kept->name](EngineHost& h) { Q_EMIT h.noted(EngineHost::tr("The state of “%1” is in; the next tokens show what it does.").arg(name)); });
}

void EngineWorker::saveSnapshot(qint64 id, const QString& path) {
    const auto kept = m_run ? find(id) : nullptr;
    if (!kept) return;
    const auto saved = [&]() -> Result<void> {
        MS_TRY(Ending ending, stateBehind(*kept));
        return ms::saveSnapshot(path.toStdString(), {kept->name.toStdString(), std::move(ending.state), kept->point.ids,
                                                     std::move(ending.logits), m_model->info().name});
    }();
    if (!saved) return fail(saved.error());
    tell([path](EngineHost& h) { Q_EMIT h.noted(EngineHost::tr("Saved as %1").arg(path)); });
}

void EngineWorker::loadSnapshot(const QString& path) {
    if (!m_run) return;
    auto loaded = ms::loadSnapshot(path.toStdString(), *m_model);
    if (!loaded) return fail(loaded.error());
    if (loaded->ids.empty()) return fail({ErrorCode::Format, path.toStdString() + ": holds no tokens; there is nothing to go to"});
    Kept kept;
    kept.name = QString::fromStdString(loaded->name);
    kept.point.state = std::move(loaded->state);
    kept.point.ids = std::move(loaded->ids);
    kept.point.logits = std::move(loaded->logits);
    for (const TokenId token : kept.point.ids) {  // what the model expected there is not in the file
        TokenRow& row = kept.rows.emplace_back();
        row.id = token;
        row.surprisalBits = std::numeric_limits<float>::quiet_NaN();
        row.fromPrompt = true;
        announce(token);
    }
    store(std::move(kept));
    tellSnapshots();
}

void EngineWorker::compareSnapshots(qint64 first, qint64 second) {
    const auto a = m_run ? find(first) : nullptr;
    const auto b = a ? find(second) : nullptr;
    if (!b) return;
    const auto compared = [&]() -> Result<SnapshotComparison> {
        MS_TRY(const Ending from, stateBehind(*a));
        MS_TRY(const Ending to, stateBehind(*b));
        MS_TRY(const std::vector<LayerDistance> distances,
               ms::compareSnapshots(from.state, to.state, m_model->dims(), kComparedChannels));
        SnapshotComparison comparison{a->name, b->name, {}};
        for (const LayerDistance& d : distances) {
            SnapshotLayerDistance& layer = comparison.layers.emplace_back();
            layer.layer = d.layer.value;
            layer.distance = d.distance;
            layer.relative = d.relative;
            layer.cosine = d.cosine;
            for (const auto& [channel, distance] : d.topChannels) layer.topChannels.emplace_back(channel.value, distance);
        }
        return comparison;
    }();
    if (!compared) return fail(compared.error());
    tell([comparison = *compared](EngineHost& h) { Q_EMIT h.snapshotsCompared(comparison); });
}

}  // namespace ms
