#include "ui/views/memory_ruler/ruler_task.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ui/views/base/captured_run.h"

namespace ms {

Result<RulerResult> measureMemory(const RulerQuery& query, const std::stop_token& stop) {
    const ModelDims& dims = query.model->dims;
    const std::array keys{SeriesKey{ProbePoint::B, query.layer, Reduction::None}, SeriesKey{ProbePoint::Dt, query.layer, Reduction::None},
                          SeriesKey{ProbePoint::U, query.layer, Reduction::None}};
    RulerResult result;
    result.layer = query.layer;
    result.channel = query.channel;
    result.token = query.token;
    result.first = capturedFrom(*query.store, keys, query.token + 1);
    if (result.first > query.token)
        return Error{ErrorCode::NotFound, "Δ, u and B of token " + std::to_string(query.token) + " have not been captured yet"};

    MemoryInputs in;
    in.first = result.first;
    in.tokens = query.token + 1 - result.first;
    in.d_inner = dims.d_inner;
    in.d_state = dims.d_state;
    in.A = query.model->scan[static_cast<std::size_t>(query.layer.value)].A;
    in.B = readerOf(*query.store, keys[0]);
    in.dt = readerOf(*query.store, keys[1]);
    in.u = readerOf(*query.store, keys[2]);
    if (query.channel) in.channels = std::span(&*query.channel, 1);
    if (result.first > 0 && query.before && query.before->layer == query.layer && query.before->token == result.first - 1)
        in.initialState = query.before->values;
    result.complete = result.first == 0 || !in.initialState.empty();
    MS_TRY(result.ruler, memoryRuler(in, stop));
    result.largest = rankTokens(result.ruler.share, result.first, kRankedTokens);
    return result;
}

Result<RulerResult> measureDifference(const RulerQuery& changedQuery, const RulerQuery& baselineQuery, const std::stop_token& stop) {
    MS_TRY(RulerResult result, measureMemory(changedQuery, stop));
    MS_TRY(RulerResult other, measureMemory(baselineQuery, stop));
    result.changed = static_cast<RunRuler&>(result);
    result.baseline = std::move(static_cast<RunRuler&>(other));
    const RunRuler& changed = *result.changed;
    const RunRuler& baseline = *result.baseline;
    result.first = std::max(changed.first, baseline.first);
    result.complete = changed.complete && baseline.complete;
    const auto minus = [&](const std::vector<float>& a, const std::vector<float>& b) {
        std::vector<float> values(static_cast<std::size_t>(result.token + 1 - result.first));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = a[i + a.size() - values.size()] - b[i + b.size() - values.size()];  // all end with the same token
        return values;
    };
    result.ruler.retained = minus(changed.ruler.retained, baseline.ruler.retained);
    result.ruler.share = minus(changed.ruler.share, baseline.ruler.share);
    result.ruler.residual = changed.ruler.residual - baseline.ruler.residual;
    result.largest = rankTokens(result.ruler.share, result.first, kRankedTokens);
    return result;
}

}  // namespace ms
