// The mean of a captured series over many tokens, kept up with a session that grows.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "engine/probe/capture_store.h"
#include "ui/models/selection.h"

namespace ms {

struct Mean {
    std::vector<float> values;  ///< [width]; NaN where there are no tokens, or where a NaN was captured
    qint64 tokens = 0;          ///< captured ones that were averaged
};

/// Remembers the sums of blocks of tokens. Copies share them: a background task works on one and hands it back.
class SeriesMean {
public:
    static constexpr qint64 kBlock = 1024;

    SeriesMean() = default;
    SeriesMean(const SeriesKey& key, qint64 width) : m_key(key), m_width(width) {}

    /// Captured values of tokens [first, end) have changed.
    void invalidate(qint64 first, qint64 end);
    /// `alike`: tokens that this other store lacks do not count, so that the means of two runs are over the same tokens;
    /// null: all count. One mean is asked with one of them: its sums are remembered. Errors: Cancelled.
    Result<Mean> over(const CaptureStore& store, TokenRange range, const std::stop_token& stop, const CaptureStore* alike = nullptr);
    [[nodiscard]] const SeriesKey& key() const { return m_key; }

private:
    struct Sum {
        std::vector<double> values;
        qint64 tokens = 0;
        void add(const Sum& other);
    };
    [[nodiscard]] Sum sumOf(const CaptureStore& store, qint64 first, qint64 end, const CaptureStore* alike) const;

    SeriesKey m_key;
    qint64 m_width = 0;
    std::map<qint64, std::shared_ptr<const Sum>> m_blocks;  // of tokens [i·kBlock, (i+1)·kBlock)
};

}  // namespace ms
