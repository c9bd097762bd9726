// Looking closely at one token on the engine thread, beside the live session.
#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"
#include "ui/bridge/text_codec.h"

namespace ms {

Result<TokenValues> EngineWorker::tokenValues(qint64 token, const std::vector<CaptureRequest>&, const std::stop_token&) {
    if (!m_stream || token < 0 || token >= static_cast<qint64>(m_ids.size()))
        return Error{ErrorCode::InvalidArgument, "token " + std::to_string(token) + " was not read yet"};
    return Error{ErrorCode::Unsupported, "pending"};
}

Result<LensTable> EngineWorker::lens(qint64 token, int, const std::stop_token& stop) {
    MS_TRY(const TokenValues values, tokenValues(token, {}, stop));
    LensTable table;
    table.token = values.token;
    return table;
}

}  // namespace ms
