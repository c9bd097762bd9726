#include "ui/views/directions/read_write_cosines.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/similarity.h"

namespace ms {

namespace {

bool anyMissing(std::span<const float> values) { return std::any_of(values.begin(), values.end(), isMissing); }

std::vector<float> readDirection(const CosineQuery& query, const Directions& run) {
    std::vector<float> direction(static_cast<std::size_t>(run.read.rows()), kMissingValue);
    if (query.token >= 0) run.read.read(query.token, 1, direction);
    return direction;
}

std::vector<float> cosinesOf(const CosineQuery& query, const Directions& run, qint64 first, qint64 count) {
    std::vector<float> direction = readDirection(query, run);
    const std::size_t states = direction.size();
    const qint64 past = std::clamp<qint64>(query.token + 1 - first, 0, count);
    std::vector<float> result(static_cast<std::size_t>(count), kMissingValue);
    if (past == 0 || anyMissing(direction)) return result;
    if (query.complexStates)
        for (std::size_t n = states / 2; n < states; ++n) direction[n] = -direction[n];
    std::vector<float> written(static_cast<std::size_t>(past) * states);
    run.written.read(first, past, written);
    const std::vector<float> all = cosines(direction, written);
    for (std::size_t s = 0; s < all.size(); ++s) {
        if (anyMissing(std::span<const float>(written).subspan(s * states, states))) continue;
        result[s] = std::isnan(all[s]) ? -kMissingValue : all[s];  // a NaN that is not "missing"
    }
    return result;
}

}  // namespace

std::vector<float> cosinesAt(const CosineQuery& query, qint64 first, qint64 count) {
    std::vector<float> result;
    for (const Directions& run : query.runs) {
        const std::vector<float> values = cosinesOf(query, run, first, count);
        if (result.empty()) {
            result = values;
            continue;
        }
        for (std::size_t s = 0; s < result.size(); ++s)
            result[s] = isMissing(result[s]) || isMissing(values[s]) ? kMissingValue : result[s] - values[s];
    }
    return result;
}

Result<Traces> cosineTrace(const CosineQuery& query, const std::stop_token& stop) {
    for (const Directions& run : query.runs)
        if (anyMissing(readDirection(query, run)))
            return Error{ErrorCode::NotFound, "C has not been captured at this token"};
    const TokenRange past{query.tokens.first, std::min(query.tokens.end, query.token + 1)};
    TraceBuilder builder(past.end - past.first, query.tokensPerColumn);
    builder.beginTrace();
    for (qint64 token = past.first; token < past.end; token += builder.tokensAtOnce()) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "comparing directions was cancelled"};
        builder.add(token, cosinesAt(query, token, std::min(builder.tokensAtOnce(), past.end - token)));
    }
    return builder.take();
}

}  // namespace ms
