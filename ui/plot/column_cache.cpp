#include "ui/plot/column_cache.h"

#include <QElapsedTimer>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ms {

namespace {
constexpr std::size_t kLevels = 7;         // 16 … 1024 tokens a column
constexpr qint64 kReadTokens = 256;        // tokens read from the store at once
constexpr auto kMissingBits = std::bit_cast<std::uint32_t>(kMissingValue);
}

void ColumnCache::setSource(const SeriesSource& source, Aggregate aggregate) {
    m_source = source;
    m_aggregate = aggregate;
    m_built = 0;
    m_levels.assign(kLevels, {});
    m_sum.resize(static_cast<std::size_t>(source.rows()));
    m_weight.resize(static_cast<std::size_t>(source.rows()));
}

void ColumnCache::invalidate(qint64 first) {
    const qint64 kept = first / kBaseTokens * kBaseTokens;
    if (kept >= m_built) return;
    m_built = kept;
    for (std::size_t level = 0; level < m_levels.size(); ++level)
        m_levels[level].resize(static_cast<std::size_t>((kept / (kBaseTokens << level)) * m_source.rows()));
}

void ColumnCache::add(std::span<const float> row, double weight) {
    if (m_aggregate == Aggregate::Mean) {  // without branches: a far view of all channels adds up millions of values
        const float* const values = row.data();
        double* const sum = m_sum.data();
        double* const weights = m_weight.data();
        for (std::size_t r = 0; r < row.size(); ++r) {
            const double present = std::bit_cast<std::uint32_t>(values[r]) == kMissingBits ? 0.0 : weight;
            sum[r] += present == 0.0 ? 0.0 : present * static_cast<double>(values[r]);
            weights[r] += present;
        }
        return;
    }
    for (std::size_t r = 0; r < row.size(); ++r) {
        const float v = row[r];
        if (isMissing(v)) continue;
        if (m_weight[r] == 0 || std::isnan(v) || static_cast<double>(v) > m_sum[r]) m_sum[r] = static_cast<double>(v);
        m_weight[r] += weight;
    }
}

void ColumnCache::finish(std::span<float> out) const {
    for (std::size_t r = 0; r < out.size(); ++r) {
        if (m_weight[r] == 0) out[r] = kMissingValue;
        else if (std::isnan(m_sum[r])) out[r] = -kMissingValue;  // a NaN that is not "missing"
        else out[r] = static_cast<float>(m_aggregate == Aggregate::Mean ? m_sum[r] / m_weight[r] : m_sum[r]);
    }
}

void ColumnCache::aggregate(qint64 firstToken, qint64 endToken, std::span<float> out) {
    const auto rows = static_cast<std::size_t>(m_source.rows());
    std::fill(m_sum.begin(), m_sum.end(), 0.0);
    std::fill(m_weight.begin(), m_weight.end(), 0.0);
    qint64 token = firstToken;
    for (; token + kBaseTokens <= std::min(endToken, m_built) && token % kBaseTokens == 0; token += kBaseTokens)
        add(std::span<const float>(m_levels[0]).subspan(static_cast<std::size_t>(token / kBaseTokens) * rows, rows),
            kBaseTokens);
    while (token < endToken) {
        const qint64 count = std::min(kReadTokens, endToken - token);
        m_scratch.resize(static_cast<std::size_t>(count) * rows);
        m_source.read(token, count, m_scratch);
        for (qint64 t = 0; t < count; ++t)
            add(std::span<const float>(m_scratch).subspan(static_cast<std::size_t>(t) * rows, rows), 1);
        token += count;
    }
    finish(out);
}

bool ColumnCache::read(qint64 first, qint64 count, int tokensPerColumn, qint64 tokenCount, std::span<float> out) {
    const auto rows = static_cast<std::size_t>(m_source.rows());
    if (tokensPerColumn == 1) {
        m_source.read(first, count, out);
        return true;
    }
    bool complete = true;
    for (qint64 c = 0; c < count; ++c) {
        const std::span<float> column = out.subspan(static_cast<std::size_t>(c) * rows, rows);
        const qint64 begin = (first + c) * tokensPerColumn;
        const qint64 end = std::min(begin + tokensPerColumn, tokenCount);
        const bool near = tokensPerColumn < kBaseTokens;
        std::size_t level = 0;
        while (!near && (kBaseTokens << level) < tokensPerColumn) ++level;
        if (!near && begin + tokensPerColumn <= m_built) {
            const auto at = static_cast<std::size_t>(first + c) * rows;
            std::copy_n(m_levels[level].begin() + static_cast<std::ptrdiff_t>(at), rows, column.begin());
        } else if (near || m_built + kBaseTokens > tokenCount) {
            aggregate(begin, end, column);
        } else {
            std::fill(column.begin(), column.end(), kMissingValue);
            complete = false;
        }
    }
    return complete;
}

bool ColumnCache::build(qint64 tokenCount, double milliseconds) {
    QElapsedTimer timer;
    timer.start();
    const auto rows = static_cast<std::size_t>(m_source.rows());
    std::vector<float> tokens;
    while (m_built + kBaseTokens <= tokenCount) {
        if (static_cast<double>(timer.nsecsElapsed()) > milliseconds * 1e6) return true;
        const qint64 count = std::min(kReadTokens, (tokenCount - m_built) / kBaseTokens * kBaseTokens);
        tokens.resize(static_cast<std::size_t>(count) * rows);
        m_source.read(m_built, count, tokens);
        const std::size_t base = static_cast<std::size_t>(kBaseTokens) * rows;
        for (std::size_t at = 0; at < tokens.size(); at += base)
            appendBase(std::span<const float>(tokens).subspan(at, base));
    }
    return false;
}

void ColumnCache::appendBase(std::span<const float> tokens) {
    const auto rows = static_cast<std::size_t>(m_source.rows());
    const auto push = [&](std::size_t level, std::span<const float> children) {
        std::fill(m_sum.begin(), m_sum.end(), 0.0);
        std::fill(m_weight.begin(), m_weight.end(), 0.0);
        for (std::size_t at = 0; at < children.size(); at += rows) add(children.subspan(at, rows), 1);
        std::vector<float>& column = m_levels[level];
        column.resize(column.size() + rows);
        finish(std::span<float>(column).last(rows));
    };
    push(0, tokens);
    m_built += kBaseTokens;
    for (std::size_t level = 1; level < m_levels.size() && m_built % (kBaseTokens << level) == 0; ++level)
        push(level, std::span<const float>(m_levels[level - 1]).last(2 * rows));
}

}  // namespace ms
