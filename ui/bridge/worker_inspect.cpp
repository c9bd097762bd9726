// Looking closely at one token on the engine thread, beside the live session.
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"
#include "ui/bridge/text_codec.h"

namespace ms {

namespace {

TokenValues valuesOf(const TokenInspection& inspection) {
    return {inspection.token.value, inspection.values, inspection.logits};
}

}  // namespace

Result<TokenInspection> EngineWorker::inspect(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop) {
    if (m_speech) {
        MS_CHECK(reachFrame(token, stop));
        return m_speech->inspect(TokenPos(token), requests, stop);
    }
    if (!m_run) return noModel();
    if (!m_inspector) {
        MS_TRY(m_inspector, TokenInspector::create(m_model));
        MS_CHECK(m_inspector->session().setInterventions(m_interventions));
    }
    const StateSnapshot* from = m_run->stateBefore(TokenPos(token));
    if (m_run->isAnchor(from)) m_inspector->forget();  // it may stand at the same token, with the state of before
    return m_inspector->inspect(from, m_ids, TokenPos(token), requests, stop, &m_run->session().chunks());
}

Result<TokenInspection> EngineWorker::inspectBaseline(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop) {
    if (m_speech) {
        MS_CHECK(reachFrame(token, stop));
        return m_speech->inspectBaseline(TokenPos(token), requests, stop);
    }
    if (m_withoutModel) return noModel();
    if (!m_baseline) return Error{ErrorCode::InvalidArgument, "there is no baseline: no intervention is on"};
    if (!m_baselineInspector) { MS_TRY(m_baselineInspector, TokenInspector::create(m_model)); }
    // Nothing is ever swapped into a baseline: its states follow from the tokens alone, and what the inspector knows holds.
    return m_baselineInspector->inspect(m_baseline->stateBefore(TokenPos(token)), m_ids, TokenPos(token), requests, stop,
                                        &m_baseline->session().chunks());
}

Result<TokenValues> EngineWorker::tokenValues(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop) {
    MS_TRY(const TokenInspection inspection, inspect(token, requests, stop));
    return valuesOf(inspection);
}

Result<TokenValues> EngineWorker::baselineValues(qint64 token, const std::vector<CaptureRequest>& requests, const std::stop_token& stop) {
    MS_TRY(const TokenInspection inspection, inspectBaseline(token, requests, stop));
    return valuesOf(inspection);
}

QString EngineWorker::textOf(TokenId id) const { return m_speech ? m_speech->symbolText(id) : pieceText(*m_model, id); }

std::optional<TokenId> EngineWorker::lensTarget(qint64 token) const {
    if (m_speech) return m_feed.rows()[static_cast<std::size_t>(token)].id;  // a CTC head says what the frame itself holds
    return token + 1 < static_cast<qint64>(m_ids.size()) ? std::optional(m_ids[static_cast<std::size_t>(token + 1)]) : std::nullopt;
}

Result<LensTable> EngineWorker::lens(qint64 token, int predictions, const std::stop_token& stop) {
    if (!m_model) return noModel();
    MS_TRY(const TokenInspection inspection, inspect(token, LogitLensReader::requests(m_model->dims()), stop));
    if (!m_lens) { MS_TRY(m_lens, LogitLensReader::create(m_model)); }
    MS_TRY(const LogitLens lens, m_lens->read(inspection, predictions, lensTarget(token)));
    const auto row = [this](const LensRow& r) {
        LensTable::Row shown{{}, r.entropyBits, r.nextProbability, r.nextRank};
        for (const Alternative& a : r.top) shown.guesses.push_back({a.id, a.probability, textOf(a.id)});
        return shown;
    };
    LensTable table{token, {}};
    for (const LensLayer& layer : lens.layers) table.layers.push_back({layer.layer.value, row(layer.full), row(layer.stateOnly)});
    return table;
}

Result<EngineWorker::Kept> EngineWorker::keepFrame(const QString& name, std::int64_t frames) {
    if (frames < 1 || frames > m_speech->frames())
        return Error{ErrorCode::InvalidArgument, "there is nothing to keep yet: record or open a sound file"};
    Kept kept{name, {}, m_feed.rows(), false, m_interventions};
    kept.rows.truncate(static_cast<std::size_t>(frames));
    MS_TRY(StateSnapshot state, m_speech->stateBehind(TokenPos(frames - 1), {}));
    kept.point.state = std::make_shared<const StateSnapshot>(std::move(state));
    return kept;
}

}  // namespace ms
