#include "ui/views/base/captured_run.h"

#include <algorithm>
#include <vector>

#include "ui/models/series_source.h"

namespace ms {

qint64 capturedFrom(const CaptureStore& store, std::span<const SeriesKey> keys, qint64 end, qint64 least) {
    constexpr qint64 kRows = 4096;
    std::vector<float> values;
    for (const SeriesKey& key : keys)
        for (qint64 at = end; at > least;) {
            const qint64 first = std::max(least, at - kRows);
            values.resize(static_cast<std::size_t>(at - first));
            store.read(key, TokenPos(first), at - first, 0, 1, values);
            const auto hole = std::find_if(values.rbegin(), values.rend(), isMissing);
            if (hole != values.rend()) least = at - (hole - values.rbegin());
            at = first;
        }
    return least;
}

}  // namespace ms
