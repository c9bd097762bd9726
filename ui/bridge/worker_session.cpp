// The time machine and interventions, on the engine thread.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <set>

#include "engine/runtime/snapshot_compare.h"
#include "engine/runtime/snapshot_file.h"
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"
#include "ui/bridge/text_codec.h"

namespace ms {

namespace {

/// Points kept for undo only, two for each of the moves that the history holds; the oldest go first.
constexpr std::ptrdiff_t kHiddenPoints = 256;
/// States that only they hold: the oldest points do without then, and are read again from farther back.
constexpr std::uint64_t kHiddenStateBytes = 256ull << 20;
constexpr int kComparedChannels = 5;
/// Going to another token shows progress from here on.
constexpr std::chrono::milliseconds kBlink(150);

/// To a place of which the run has read the first `common` tokens, from a state of its own.
SequencePoint ownPoint(const SessionRun& run, std::size_t common) {
    return common > 0 ? run.pointAt(static_cast<std::int64_t>(common)) : SequencePoint{};
}

std::uint64_t bytesOf(const StateSnapshot& state) {
    std::uint64_t bytes = 0;
    for (const auto& tensor : state.tensors) bytes += tensor.size();
    return bytes;
}

/// Why a recording is not gone back in.
Error onlyForward() {
    return {ErrorCode::Unsupported, "a recording cannot be gone back in or given another state: sound only goes on; its states can be compared and saved"};
}

bool isLoaded(const std::shared_ptr<const Anchor>& anchor) { return anchor->loaded; }

}  // namespace

void EngineWorker::setInterventions(const InterventionList& list, const std::stop_token& stop) {
    if (m_speech) return setSpeechInterventions(list, stop);
    if (!m_run) return;
    std::vector<Intervention> wanted;
    for (const InterventionValue& value : list) wanted.push_back(intervention(value));
    const bool any = std::any_of(wanted.begin(), wanted.end(), [](const Intervention& i) { return i.enabled; });
    const bool goesOn = m_generating, waits = m_paused;
    bool changed = false, losesLoaded = false;
    const auto read = [&]() -> Result<void> {
        std::unique_ptr<SessionRun> baseline;
        if (any && !m_baseline) {
            MS_TRY(baseline, SessionRun::create(m_model, [feed = &m_feed](const CaptureFrame& frame) { feed->pushBaselineFrame(frame); }));
        }
        const Anchors swaps = m_unread.empty() ? m_run->anchors() : m_unreadSwaps;
        MS_CHECK(m_run->setInterventions(wanted));
        changed = true;
        losesLoaded = std::any_of(swaps.begin(), swaps.end(), isLoaded);
        m_interventions = wanted;
        m_inspector.reset();
        if (baseline) m_baseline = std::move(baseline);
        if (!any) m_baseline.reset();
        const TokenRows rows = m_unread.empty() ? m_feed.rows() : m_unread;
        if (rows.empty()) return applyRequests();
        const auto again = readFromStart(rows.ids(), rows, swaps, EngineHost::tr("Reading again with the interventions"), stop);
        if (again) return again;
        m_unread = rows;  // the next change takes up all of them
        m_unreadSwaps = swaps;
        return again;
    }();
    if (changed) tell([list](EngineHost& h) { Q_EMIT h.interventionsApplied(list); });
    if (losesLoaded)
        tell([](EngineHost& h) {
            Q_EMIT h.noted(EngineHost::tr("All tokens were read again from the beginning: the state that came from a file is out, states swapped in stay."));
        });
    if (!read) fail(read.error());
    m_generating = read && goesOn;
    m_paused = !m_generating && (goesOn || waits) && !m_ids.empty();
    if (m_generating) m_lastStatistics = Clock::now();
    settle();
}

Result<EngineWorker::Kept> EngineWorker::keep(const QString& name, std::int64_t tokens) {
    if (m_speech) return keepFrame(name, tokens);
    if (tokens < 1 || tokens > static_cast<std::int64_t>(m_ids.size()))
        return Error{ErrorCode::InvalidArgument, "there is nothing to keep yet: run a prompt first"};
    Kept kept{name, m_run->pointAt(tokens), m_feed.rows(), false, m_interventions};
    kept.rows.truncate(static_cast<std::size_t>(tokens));
    return kept;
}

EngineWorker::Kept EngineWorker::keepAll() const {
    Kept kept{EngineHost::tr("before going back"), ownPoint(*m_run, m_ids.size()), m_unread.empty() ? m_feed.rows() : m_unread, true, m_interventions};
    const auto here = static_cast<std::int64_t>(m_ids.size());
    std::copy_if(m_unreadSwaps.begin(), m_unreadSwaps.end(), std::back_inserter(kept.point.anchors),
                 [here](const auto& swap) { return swap->state.position.value > here; });
    return kept;
}

void EngineWorker::leaveUnread() {
    const auto left = static_cast<qint64>(m_unread.size()) - static_cast<qint64>(m_ids.size());
    auto here = keep(EngineHost::tr("writing on"), static_cast<std::int64_t>(m_ids.size()));
    if (here && left > 0) {
        const std::int64_t from = store(keepAll());
        here->hidden = true;
        const std::int64_t to = store(std::move(*here));
        tell([from, to, left](EngineHost& h) {
            Q_EMIT h.sessionMoved(from, to, EngineHost::tr("writing on before all was read again"));
            Q_EMIT h.noted(EngineHost::tr("%1 tokens had not been read again; they are kept, undo goes back to them.").arg(left));
        });
    }
    m_unread.clear();
    m_unreadSwaps.clear();
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
    std::uint64_t bytes = 0;
    std::set<const StateSnapshot*> counted;
    for (auto entry = m_snapshots.rbegin(); entry != m_snapshots.rend(); ++entry) {
        if (!entry->second->hidden) continue;
        SequencePoint& point = entry->second->point;
        const std::shared_ptr<const Anchor> last = point.anchors.empty() ? nullptr : point.anchors.back();
        if (!point.state || (last && point.state.get() == &last->state)) continue;  // nothing leads to that one
        if (counted.insert(point.state.get()).second) bytes += bytesOf(*point.state);
        if (bytes <= kHiddenStateBytes) continue;
        const auto before = std::find_if(point.anchors.rbegin(), point.anchors.rend(),
                                         [&](const auto& anchor) { return anchor->state.position <= point.state->position; });
        point.state = before == point.anchors.rend() ? nullptr : std::shared_ptr<const StateSnapshot>(*before, &(*before)->state);
    }
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
        s.tokens = static_cast<qint64>(kept->rows.size());
        s.lastText = textOf(kept->rows[kept->rows.size() - 1].id);
        if (kept->point.state) s.bytes = bytesOf(*kept->point.state);
    }
    tell([summaries](EngineHost& h) { Q_EMIT h.snapshotsChanged(summaries); });
}

void EngineWorker::takeSnapshot(const QString& name, qint64 token) {
    if (!m_run && !m_speech) return;
    const std::int64_t all = m_speech ? m_speech->frames() : static_cast<std::int64_t>(m_ids.size());
    auto kept = keep(name, token < 0 ? all : token + 1);
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
    if (!m_model) return;
    if (const auto found = m_snapshots.find(id); found != m_snapshots.end()) found->second->hidden = true;  // an undo may want it
    dropOldHidden();
    tellSnapshots();
}

SequencePoint EngineWorker::startFor(const Kept& kept, std::size_t common) const {
    SequencePoint own = ownPoint(*m_run, common);
    const Anchors& wanted = kept.point.anchors;
    const auto reach = std::find_if(wanted.begin(), wanted.end(),
                                    [common](const auto& anchor) { return anchor->state.position.value > static_cast<std::int64_t>(common); });
    if (kept.interventions && *kept.interventions != m_interventions) {  // its state is another model's: what was swapped in can be again
        own.anchors.insert(own.anchors.end(), reach, wanted.end());
        return own;
    }
    const bool nearer = own.state && (!kept.point.state || own.state->position > kept.point.state->position);
    if (!nearer || !std::equal(own.anchors.begin(), own.anchors.end(), wanted.begin(), reach)) return kept.point;
    own.anchors = wanted;
    return own;
}

ProgressCallback EngineWorker::goingProgress(const QString& title) {
    return [this, title, begin = Clock::now()](const Progress& p) {
        if (Clock::now() - begin < kBlink) return;
        tellState(EngineState::Reading);
        tellProgress({title, EngineHost::tr("%1 of %2 tokens").arg(p.current).arg(p.total), p.current, p.total, true}, true);
    };
}

Result<void> EngineWorker::goTo(const Kept& kept, const std::stop_token& stop) {
    const std::vector<TokenId> all = kept.rows.ids();
    const std::span<const TokenId> ids(all);
    const auto common = static_cast<std::size_t>(std::mismatch(ids.begin(), ids.end(), m_ids.begin(), m_ids.end()).first - ids.begin());
    const TokenPos known(static_cast<std::int64_t>(std::min(common, ids.size() - 1)));  // the last token is captured anew
    const SequencePoint point = startFor(kept, common);
    const GoOptions options{stop, goingProgress(EngineHost::tr("Going to another token"))};
    m_feed.truncate(static_cast<qint64>(common));
    auto went = m_run->goTo(point, ids, known, options);
    // Where it was stopped on the way, everything else stops too.
    if (m_baseline) {
        const auto along = takeAlongBaseline(ids, common, known, options);
        if (went || (!along && along.error().code != ErrorCode::Cancelled)) went = along;
    }
    const auto end = static_cast<std::size_t>(m_run->session().position().value);
    if (!went || end < common) m_feed.truncate(static_cast<qint64>(end));
    m_ids.assign(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(end));
    m_feed.pushTokens(kept.rows, static_cast<qint64>(end));
    if (m_inspector) m_inspector->forget();
    return went;
}

Result<void> EngineWorker::takeAlongBaseline(std::span<const TokenId> ids, std::size_t common, TokenPos known, const GoOptions& options) {
    const std::int64_t end = m_run->session().position().value;
    const auto first = [&](std::int64_t count) { return ids.first(static_cast<std::size_t>(count)); };
    if (end == 0) return m_baseline->restart();
    const auto along = m_baseline->goTo(ownPoint(*m_baseline, std::min(common, static_cast<std::size_t>(end))), first(end),
                                        TokenPos(std::min(known.value, end - 1)), options);
    const std::int64_t reached = m_baseline->session().position().value;
    if (reached == end) return {};
    if (reached > 0) {  // the run comes back to it, from a state near by
        MS_CHECK(m_run->goTo(m_run->pointAt(reached), first(reached), TokenPos(std::min(known.value, reached - 1))));
    }
    return along;
}

Result<void> EngineWorker::findLogits(Kept& kept, const std::stop_token& stop) {
    const auto count = static_cast<std::int64_t>(kept.rows.size());
    if (!kept.point.state || kept.point.state->position.value != count || (kept.point.logits && !kept.point.logits->empty())) return {};
    MS_TRY(auto session, Session::create(m_model));
    MS_CHECK(session->setInterventions(kept.interventions.value_or(m_interventions)));
    PrefillOptions options;
    options.stop = stop;
    options.progress = goingProgress(EngineHost::tr("Reading the snapshot’s tokens"));
    MS_TRY(const auto logits, session->prefill(kept.rows.ids(), options));
    kept.point.logits = std::make_shared<const std::vector<float>>(logits.begin(), logits.end());
    tell([name = kept.name](EngineHost& h) {
        Q_EMIT h.noted(EngineHost::tr("“%1” came without predictions for its next token; they were made by reading its tokens from the beginning.").arg(name));
    });
    return {};
}

void EngineWorker::goToSnapshot(qint64 id, bool remember, const std::stop_token& stop) {
    if (m_speech) return fail(onlyForward());
    if (!m_run || stop.stop_requested()) return;
    const auto found = m_snapshots.find(id);
    if (found == m_snapshots.end()) return fail({ErrorCode::NotFound, "this snapshot is no longer kept"});
    const std::shared_ptr<Kept> kept = found->second;
    if (const auto ready = findLogits(*kept, stop); !ready) {
        fail(ready.error());
        tellProgress({});
        return settle();
    }
    const bool leaves = remember && !(m_ids.empty() && m_unread.empty());
    const std::int64_t from = leaves ? store(keepAll()) : 0;
    m_generating = false;
    m_unread.clear();
    m_unreadSwaps.clear();
    const auto went = goTo(*kept, stop);
    tellProgress({});
    m_paused = !m_ids.empty();
    m_left = 0;
    if (!went) fail(went.error());
    if (from != 0)  // also when it was stopped on the way
        tell([from, id, what = EngineHost::tr("going to “%1”").arg(kept->name)](EngineHost& h) { Q_EMIT h.sessionMoved(from, id, what); });
    settle();
}

void EngineWorker::goToToken(qint64 token, const std::stop_token& stop) {
    if (m_speech) return fail(onlyForward());
    if (!m_run || stop.stop_requested()) return;
    auto target = keep(EngineHost::tr("token %1").arg(token), token + 1);
    if (!target) return fail(target.error());
    target->hidden = true;
    goToSnapshot(store(std::move(*target)), true, stop);
}

Result<EngineWorker::Ending> EngineWorker::stateBehind(const Kept& kept) {
    const SequencePoint& point = kept.point;
    const std::vector<TokenId> ids = kept.rows.ids();
    const auto end = static_cast<std::int64_t>(ids.size());
    MS_TRY(auto session, Session::create(m_model));
    MS_CHECK(session->setInterventions(kept.interventions.value_or(m_interventions)));
    std::int64_t from = 0;
    if (point.state) {
        MS_CHECK(session->restore(*point.state));
        from = point.state->position.value;
    }
    Ending ending{{}, point.logits ? *point.logits : std::vector<float>{}};
    if (from < end) {
        MS_TRY(const auto logits, session->prefill(std::span(ids).subspan(static_cast<std::size_t>(from))));
        ending.logits.assign(logits.begin(), logits.end());
    }
    MS_TRY(ending.state, session->snapshot());
    return ending;
}

void EngineWorker::swapState(qint64 id, const std::vector<qint64>& layers) {
    if (m_speech) return fail(onlyForward());
    if (!m_run || m_ids.empty()) return;
    const auto kept = find(id);
    if (!kept) return;
    std::vector<LayerIndex> which;
    for (const qint64 layer : layers) which.emplace_back(layer);
    for (std::int64_t k = 0; layers.empty() && k < m_model->dims().n_layer; ++k) which.emplace_back(k);
    const auto swapped = [&]() -> Result<void> {
        MS_TRY(const Ending ending, stateBehind(*kept));
        return m_run->swapIn(ending.state, which);
    }();
    if (!swapped) return fail(swapped.error());
    if (m_inspector) m_inspector->forget();
    tell([name = kept->name](EngineHost& h) { Q_EMIT h.noted(EngineHost::tr("The state of “%1” is in; the next tokens show what it does.").arg(name)); });
}

void EngineWorker::saveSnapshot(qint64 id, const QString& path) {
    const auto kept = m_model ? find(id) : nullptr;
    if (!kept) return;
    const auto saved = [&]() -> Result<void> {
        MS_TRY(Ending ending, stateBehind(*kept));
        return ms::saveSnapshot(path.toStdString(), {kept->name.toStdString(), std::move(ending.state), kept->rows.ids(),
                                                     std::move(ending.logits), m_model->info().name});
    }();
    if (!saved) return fail(saved.error());
    tell([path](EngineHost& h) { Q_EMIT h.noted(EngineHost::tr("Saved as %1").arg(path)); });
}

void EngineWorker::loadSnapshot(const QString& path) {
    if (!m_model) return;
    auto loaded = ms::loadSnapshot(path.toStdString(), *m_model);
    if (!loaded) return fail(loaded.error());
    if (loaded->ids.empty()) return fail({ErrorCode::Format, path.toStdString() + ": holds no tokens; there is nothing to go to"});
    Kept kept;
    kept.name = QString::fromStdString(loaded->name);
    kept.point.state = std::make_shared<const StateSnapshot>(std::move(loaded->state));
    kept.point.logits = std::make_shared<const std::vector<float>>(std::move(loaded->logits));
    for (const TokenId token : loaded->ids) {  // what the model expected there is not in the file
        TokenRow row;
        row.id = token;
        row.surprisalBits = std::numeric_limits<float>::quiet_NaN();
        row.fromPrompt = true;
        kept.rows.push_back(row);
        if (m_run) announce(token);
    }
    store(std::move(kept));
    tellSnapshots();
}

void EngineWorker::compareSnapshots(qint64 first, qint64 second) {
    const auto a = m_model ? find(first) : nullptr;
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
