#include "ui/views/time_scales/series_mean.h"

#include <algorithm>

#include "ui/models/series_source.h"

namespace ms {

void SeriesMean::Sum::add(const Sum& other) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
    tokens += other.tokens;
}

void SeriesMean::invalidate(qint64 first, qint64 end) {
    std::erase_if(m_blocks, [&](const auto& block) { return block.first * kBlock < end && (block.first + 1) * kBlock > first; });
}

SeriesMean::Sum SeriesMean::sumOf(const CaptureStore& store, qint64 first, qint64 end, const CaptureStore* alike) const {
    constexpr qint64 kRows = 64;
    const auto width = static_cast<std::size_t>(m_width);
    Sum sum{std::vector<double>(width), 0};
    std::vector<float> rows, other(static_cast<std::size_t>(kRows));
    for (qint64 token = first; token < end; token += kRows) {
        const qint64 count = std::min(kRows, end - token);
        rows.resize(static_cast<std::size_t>(count) * width);
        if (store.read(m_key, TokenPos(token), count, 0, m_width, rows) == 0) continue;
        if (alike != nullptr) alike->read(m_key, TokenPos(token), count, 0, 1, std::span(other).first(static_cast<std::size_t>(count)));
        for (std::size_t t = 0; t < static_cast<std::size_t>(count); ++t) {
            const float* row = rows.data() + t * width;
            if (isMissing(row[0]) || (alike != nullptr && isMissing(other[t]))) continue;  // a row is there or not
            for (std::size_t c = 0; c < width; ++c) sum.values[c] += static_cast<double>(row[c]);
            ++sum.tokens;
        }
    }
    return sum;
}

Result<Mean> SeriesMean::over(const CaptureStore& store, TokenRange range, const std::stop_token& stop, const CaptureStore* alike) {
    Sum total{std::vector<double>(static_cast<std::size_t>(m_width)), 0};
    for (qint64 token = range.first; token < range.end;) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled"};
        const qint64 block = token / kBlock, end = std::min((block + 1) * kBlock, range.end);
        if (end - token < kBlock) {
            total.add(sumOf(store, token, end, alike));
        } else {
            std::shared_ptr<const Sum>& known = m_blocks[block];
            if (!known) known = std::make_shared<const Sum>(sumOf(store, token, end, alike));
            total.add(*known);
        }
        token = end;
    }
    Mean mean;
    mean.tokens = total.tokens;
    for (const double sum : total.values)
        mean.values.push_back(total.tokens > 0 ? static_cast<float>(sum / static_cast<double>(total.tokens)) : kMissingValue);
    return mean;
}

}  // namespace ms
