#include "ui/views/memory_ruler/ruler_task.h"

#include <array>

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

}  // namespace ms
