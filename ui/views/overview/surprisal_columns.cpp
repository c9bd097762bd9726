#include "ui/views/overview/surprisal_columns.h"

#include <algorithm>
#include <cmath>

namespace ms {

void SurprisalColumns::setCompare(Compare compare) {
    if (compare == m_compare) return;
    m_compare = compare;
    invalidate(0);
}

void SurprisalColumns::invalidate(qint64 first) {
    const auto kept = static_cast<std::size_t>(std::max<qint64>(0, first) / kBlock);
    if (kept < m_blocks.size()) m_blocks.resize(kept);
}

float SurprisalColumns::of(qint64 token) const {
    const TokenRow& row = m_tokens.row(token);
    const auto bits = [&](float value, bool expected) {
        return !std::isnan(value) ? value : expected ? -kMissingValue : kMissingValue;
    };
    const float own = bits(row.surprisalBits, token > 0), baseline = bits(row.baselineSurprisalBits, false);
    switch (m_compare) {
        case Compare::Changed:
            return own;
        case Compare::Baseline:
            return baseline;
        case Compare::Difference:
            return isMissing(own) || isMissing(baseline) ? kMissingValue : own - baseline;
    }
    return own;
}

float SurprisalColumns::larger(float a, float b) const {
    if (isMissing(a) || std::isnan(b)) return isMissing(b) ? a : b;
    if (isMissing(b) || std::isnan(a)) return a;
    if (m_compare == Compare::Difference) return std::abs(a) >= std::abs(b) ? a : b;
    return std::max(a, b);
}

float SurprisalColumns::column(qint64 first, qint64 end) {
    end = std::min(end, m_tokens.size());
    float value = kMissingValue;
    for (qint64 token = first; token < end;) {
        if (token % kBlock != 0 || token + kBlock > end) {
            value = larger(value, of(token++));
            continue;
        }
        const auto block = static_cast<std::size_t>(token / kBlock);
        while (m_blocks.size() <= block) {
            float most = kMissingValue;
            const qint64 from = static_cast<qint64>(m_blocks.size()) * kBlock;
            for (qint64 t = from; t < from + kBlock; ++t) most = larger(most, of(t));
            m_blocks.push_back(most);
        }
        value = larger(value, m_blocks[block]);
        token += kBlock;
    }
    return value;
}

}  // namespace ms
