// A session whose model is not there, on the engine thread: what its file holds is shown, nothing is computed.
#include "engine/session/session_archive.h"
#include "engine/session/session_names.h"
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/session_collector.h"

namespace ms {

Error EngineWorker::noModel() const {
    return {ErrorCode::InvalidArgument, m_withoutModel ? "this was not captured, and the session is shown without its model" : "no model is open"};
}

Result<void> EngineWorker::showWithoutModel(SessionArchive& archive, const SessionOpen& wish, const QString& title) {
    const SessionDocument& d = archive.document();
    if (!d.recorded)
        return Error{ErrorCode::Unsupported, wish.path.toStdString() + ": holds too little to be shown without its model: save it anew where the model is"};
    forgetSession();
    m_model.reset();
    m_openedForSound.clear();
    m_withoutModel = true;
    m_feed.restart();
    tell([summary = summarize(d.model, *d.recorded)](EngineHost& h) {
        h.closeCheckpoint();
        h.setModel(summary);
    });
    for (const auto& [id, text] : d.recorded->texts) m_feed.pushPiece(id, QString::fromStdString(text));
    SessionRestorer restorer(archive, d.recorded->dims);
    m_interventions = restorer.interventions(d.interventions);
    const TokenRows rows = restorer.rows(d.rows);
    const auto count = static_cast<qint64>(rows.size());
    m_feed.pushTokens(rows, count);
    m_ids = rows.ids();
    const ProgressCallback progress = [&](const Progress& p) {
        tellProgress({title, EngineHost::tr("captured values"), p.current, p.total, false}, true);
    };
    [[maybe_unused]] auto known = restorer.captures(kCapturesOfRun, d.run, count, [this](const CaptureFrame& f) { m_feed.pushFrame(f); }, progress);
    if (d.baseline)
        known = restorer.captures(kCapturesOfBaseline, *d.baseline, count, [this](const CaptureFrame& f) { m_feed.pushBaselineFrame(f); }, progress);
    std::vector<SnapshotSummary> snapshots;
    for (const auto& told : d.snapshots) {
        SnapshotSummary& snapshot = snapshots.emplace_back();
        snapshot.name = QString::fromStdString(told.name);
        for (const auto& range : told.rows) snapshot.tokens += range.end - range.first;
    }
    tell([snapshots](EngineHost& h) { Q_EMIT h.snapshotsChanged(snapshots); });
    tellOpened(archive, wish);
    return {};
}

}  // namespace ms
