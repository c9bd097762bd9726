#include "engine/analysis/tensor_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/analysis/element_reader.h"

namespace ms {

namespace {

constexpr std::int64_t kPieceBytes = 64 << 10;

/// Cuts a tensor into pieces of whole elements and says how far it has come.
class Pieces {
public:
    Pieces(const TensorInfo& info, int passes, std::stop_token stop, const ProgressCallback& progress)
        : m_elements(info.shape.elements()),
          m_bytesEach(std::max<std::int64_t>(1, static_cast<std::int64_t>(byteSize(info.dtype)))),
          m_stop(std::move(stop)),
          m_progress(progress),
          m_total(m_elements * m_bytesEach * passes),
          m_quiet(std::max<std::int64_t>(m_total / 100, 1)) {}

    /// visit(first, count) in order.
    template <class Visit>
    Result<void> each(Visit&& visit) {
        const std::int64_t piece = kPieceBytes / m_bytesEach;
        for (std::int64_t first = 0; first < m_elements; first += piece) {
            if (m_stop.stop_requested()) return Error{ErrorCode::Cancelled, "tensor statistics: cancelled"};
            const std::int64_t count = std::min(piece, m_elements - first);
            visit(first, count);
            m_done += count * m_bytesEach;
            if (!m_progress || (m_done - m_told < m_quiet && m_done < m_total)) continue;
            m_told = m_done;
            m_progress({m_done, m_total, "reading the tensor"});
        }
        return {};
    }

private:
    std::int64_t m_elements, m_bytesEach;
    std::stop_token m_stop;
    const ProgressCallback& m_progress;
    std::int64_t m_total, m_quiet, m_done = 0, m_told = 0;
};

/// First pass: counts, range and mean of values that come with how often they occur.
struct Moments {
    TensorStatistics& s;
    std::int64_t finite = 0;
    double sum = 0;

    void add(double value, std::int64_t times) {
        if (std::isnan(value)) s.nan += times;
        else if (std::isinf(value)) s.infinite += times;
        else {
            if (value == 0) s.zeros += times;
            s.min = finite == 0 ? value : std::min(s.min, value);
            s.max = finite == 0 ? value : std::max(s.max, value);
            finite += times;
            sum += value * static_cast<double>(times);
        }
    }
    void finish() { s.mean = finite == 0 ? 0 : sum / static_cast<double>(finite); }
};

/// Second pass, which needs the first one's range and mean.
struct Spread {
    TensorStatistics& s;
    double scale, squares = 0;

    Spread(TensorStatistics& statistics, std::int64_t bins) : s(statistics) {
        s.histogram.assign(static_cast<std::size_t>(bins), 0);
        scale = static_cast<double>(bins) / (s.max - s.min);  // infinite if all are equal, 0 if the range overflows
    }
    void add(double value, std::int64_t times) {
        if (!std::isfinite(value)) return;
        const double bin = value > s.min ? (value - s.min) * scale : 0;
        const auto last = static_cast<double>(s.histogram.size() - 1);
        s.histogram[static_cast<std::size_t>(bin < last ? bin : last)] += static_cast<std::uint64_t>(times);
        squares += (value - s.mean) * (value - s.mean) * static_cast<double>(times);
    }
    void finish(std::int64_t finite) { s.std = std::sqrt(squares / static_cast<double>(finite)); }
};

/// How often each of the 2⁸ or 2¹⁶ bit patterns of a narrow type occurs; every statistic follows from that.
template <class Bits>
Result<std::vector<std::int64_t>> countPatterns(const TensorInfo& info, Pieces& pieces) {
    // Neighbours go to different tables: a run of equal elements would wait for its own counter.
    constexpr std::size_t kPatterns = std::size_t{1} << (8 * sizeof(Bits)), kTables = 4;
    std::vector<std::int64_t> counts(kPatterns * kTables);
    MS_CHECK(pieces.each([&](std::int64_t first, std::int64_t count) {
        const std::byte* from = info.bytes.data() + static_cast<std::size_t>(first) * sizeof(Bits);
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            Bits bits;
            std::memcpy(&bits, from + i * sizeof(Bits), sizeof(Bits));
            ++counts[i % kTables * kPatterns + bits];
        }
    }));
    for (std::size_t i = kPatterns; i < counts.size(); ++i) counts[i % kPatterns] += counts[i];
    counts.resize(kPatterns);
    return counts;
}

template <class Bits>
Result<void> fromPatterns(const TensorInfo& info, Pieces& pieces, std::int64_t bins, TensorStatistics& s) {
    MS_TRY(const std::vector<std::int64_t> counts, countPatterns<Bits>(info, pieces));
    std::vector<Bits> patterns(counts.size());
    for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<Bits>(i);
    TensorInfo all;
    all.dtype = info.dtype;
    all.bytes = std::as_bytes(std::span(patterns));
    std::vector<double> values(patterns.size());
    readElements(all, 0, values);

    const auto each = [&](auto& pass) {
        for (std::size_t i = 0; i < values.size(); ++i)
            if (counts[i] > 0) pass.add(values[i], counts[i]);
    };
    Moments moments{s};
    each(moments);
    moments.finish();
    if (moments.finite == 0) return {};
    Spread spread(s, bins);
    each(spread);
    spread.finish(moments.finite);
    return {};
}

Result<void> fromElements(const TensorInfo& info, Pieces& pieces, std::int64_t bins, TensorStatistics& s) {
    std::vector<double> values;
    const auto each = [&](auto& pass) {
        return pieces.each([&](std::int64_t first, std::int64_t count) {
            values.resize(static_cast<std::size_t>(count));
            readElements(info, first, values);
            for (const double value : values) pass.add(value, 1);
        });
    };
    Moments moments{s};
    MS_CHECK(each(moments));
    moments.finish();
    if (moments.finite == 0) return {};
    Spread spread(s, bins);
    MS_CHECK(each(spread));
    spread.finish(moments.finite);
    return {};
}

}  // namespace

Result<TensorStatistics> tensorStatistics(const TensorInfo& info, std::int64_t bins, std::stop_token stop,
                                          const ProgressCallback& progress) {
    MS_CHECK(checkBytes(info));
    TensorStatistics statistics;
    statistics.elements = info.shape.elements();
    bins = std::max<std::int64_t>(bins, 1);
    const std::size_t width = byteSize(info.dtype);
    Pieces pieces(info, width == 1 || width == 2 ? 1 : 2, std::move(stop), progress);
    MS_CHECK(width == 1   ? fromPatterns<std::uint8_t>(info, pieces, bins, statistics)
             : width == 2 ? fromPatterns<std::uint16_t>(info, pieces, bins, statistics)
                          : fromElements(info, pieces, bins, statistics));
    return statistics;
}

}  // namespace ms
