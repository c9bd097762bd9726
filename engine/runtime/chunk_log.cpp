#include "engine/runtime/chunk_log.h"

#include <algorithm>
#include <utility>

namespace ms {

void ChunkLog::append(TokenPos first, std::int64_t rows, bool allLogits) {
    const TokenPos end(first.value + rows);
    if (!m_runs.empty()) {
        Run& last = m_runs.back();
        const bool wholeSoFar = (last.end.value - last.first.value) % last.rows == 0;
        if (last.end == first && last.rows == rows && last.allLogits == allLogits && wholeSoFar) {
            last.end = end;
            return;
        }
    }
    m_runs.push_back({first, end, rows, allLogits});
}

void ChunkLog::truncate(TokenPos end) {
    while (!m_runs.empty() && m_runs.back().first >= end) m_runs.pop_back();
    if (!m_runs.empty()) m_runs.back().end = std::min(m_runs.back().end, end);
}

std::optional<ChunkLog> ChunkLog::fromRuns(std::vector<Run> runs) {
    TokenPos end(0);
    for (const Run& run : runs) {
        if (run.first < end || run.end <= run.first || run.rows < 1) return std::nullopt;
        end = run.end;
    }
    ChunkLog log;
    log.m_runs = std::move(runs);
    return log;
}

std::optional<Chunk> ChunkLog::chunkOf(TokenPos token) const {
    const auto behind = std::upper_bound(m_runs.begin(), m_runs.end(), token,
                                         [](TokenPos at, const Run& run) { return at < run.first; });
    if (behind == m_runs.begin()) return std::nullopt;
    const Run& run = *std::prev(behind);
    if (token >= run.end) return std::nullopt;
    const std::int64_t first = token.value - (token.value - run.first.value) % run.rows;
    return Chunk{TokenPos(first), run.rows, run.allLogits, std::min(run.rows, run.end.value - first)};
}

}  // namespace ms
