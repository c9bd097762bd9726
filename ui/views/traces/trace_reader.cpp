#include "ui/views/traces/trace_reader.h"

#include <algorithm>

namespace ms {

Result<Traces> readTraces(const TraceQuery& query, const std::stop_token& stop) {
    const qint64 points = (query.tokens.end - query.tokens.first) * static_cast<qint64>(query.rows.size());
    TraceBuilder builder(points, query.tokensPerColumn, query.positiveOnly);
    std::vector<float> values;
    for (const qint64 row : query.rows) {
        builder.beginTrace();
        for (qint64 token = query.tokens.first; token < query.tokens.end; token += builder.tokensAtOnce()) {
            if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading curves was cancelled"};
            const qint64 count = std::min(builder.tokensAtOnce(), query.tokens.end - token);
            values.resize(static_cast<std::size_t>(count));
            query.source.readRow(row, token, count, values);
            builder.add(token, values);
        }
    }
    return builder.take();
}

}  // namespace ms
