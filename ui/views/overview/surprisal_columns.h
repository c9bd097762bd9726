// How surprising tokens were, one value a pixel column: of many tokens the most surprising.
#pragma once

#include <vector>

#include "ui/models/series_source.h"
#include "ui/models/token_log.h"

namespace ms {

class SurprisalColumns {
public:
    explicit SurprisalColumns(const TokenLog& tokens) : m_tokens(tokens) {}

    /// Of a difference the column's value is that of the largest magnitude.
    void setCompare(Compare compare);
    [[nodiscard]] Compare compare() const { return m_compare; }
    /// Tokens from `first` on are others now.
    void invalidate(qint64 first);

    /// Bits. kMissingValue where nothing was expected: the first token, or no baseline.
    [[nodiscard]] float of(qint64 token) const;
    /// Of tokens [first, end), those that are there.
    [[nodiscard]] float column(qint64 first, qint64 end);

private:
    [[nodiscard]] float larger(float a, float b) const;

    /// Far out, columns are made from these: a million tokens are 62 500.
    static constexpr qint64 kBlock = 16;

    const TokenLog& m_tokens;
    Compare m_compare = Compare::Changed;
    std::vector<float> m_blocks;  // [tokens / kBlock], as far as somebody looked
};

}  // namespace ms
