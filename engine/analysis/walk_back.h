// Reading a layer's past from its newest token to its oldest, with how long ago everything was in units of dt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/analysis/channels.h"
#include "engine/analysis/decay.h"

namespace ms {

/// The channels that one thread walks with. None, if there are more threads than channels.
struct ChannelPart {
    std::int64_t from = 0, count = 0;  ///< places in a Channels

    ChannelPart(std::int64_t channels, unsigned part, unsigned parts)
        : from(channels * part / parts), count(channels * (part + 1) / parts - from) {}
};

/// What a step of the walk sees of token s. Indices of channels are those within the part.
struct PastToken {
    std::int64_t s;
    const float* dt;                        ///< [count]
    std::int64_t row;                       ///< of the chunk that begin() was told of
    const std::vector<std::int64_t>& live;  ///< channels in which something of token s can be left
    const std::vector<double>& ages;        ///< [count] S_t − S_s
};

/// Calls begin(first, rows, live) -> Result<bool>, false to end the walk there, then visit(PastToken) for its tokens
/// from the last to the first, chunk by chunk from position t back to `first`. Returns S_t − S_{first−1} per channel,
/// or what it is where the walk ended.
template <class Begin, class Visit>
Result<std::vector<double>> walkBack(const Channels& channels, ChannelPart part, const RowReader& dtReader,
                                     const std::vector<float>& slowest, std::int64_t first, std::int64_t t,
                                     Begin&& begin, Visit&& visit) {
    constexpr std::int64_t kChunk = 64;
    std::vector<double> ages(static_cast<std::size_t>(part.count));
    std::vector<std::int64_t> live(static_cast<std::size_t>(part.count));
    for (std::size_t c = 0; c < live.size(); ++c) live[c] = static_cast<std::int64_t>(c);
    std::vector<float> dt;
    for (std::int64_t end = t + 1; end > first && part.count > 0;) {
        const std::int64_t from = std::max(first, end - kChunk);
        // Ages only grow: what has forgotten the chunk's last token has forgotten all before it.
        std::erase_if(live, [&](std::int64_t c) {
            return ages[static_cast<std::size_t>(c)] * slowest[static_cast<std::size_t>(c)] > -kForgotten;
        });
        MS_TRY(const bool more, begin(from, end - from, live));
        if (!more) break;
        MS_CHECK(channels.read(dtReader, from, end - from, part.from, part.count, dt));
        for (std::int64_t s = end - 1; s >= from; --s) {
            const float* const row = dt.data() + (s - from) * part.count;
            visit(PastToken{s, row, s - from, live, ages});
            for (std::int64_t c = 0; c < part.count; ++c) ages[static_cast<std::size_t>(c)] += row[c];
        }
        end = from;
    }
    return ages;
}

}  // namespace ms
