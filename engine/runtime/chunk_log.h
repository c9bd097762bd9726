// How a session's tokens were cut into submissions. Products of many tokens round differently from products of few, so
// reading a token again gives the same bits only if it is read in a chunk of the same length.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/typed_index.h"

namespace ms {

/// Tokens of one submission.
struct Chunk {
    TokenPos first;
    std::int64_t rows = 0;   ///< tokens the submission computed
    bool allLogits = false;  ///< the logits of every token were computed, not just the last one's
    std::int64_t kept = 0;   ///< tokens of them the session did not take back: fewer than `rows` after a return

    bool operator==(const Chunk&) const = default;
};

/// Grows with the changes of chunk length, not with the tokens: decoding any number of tokens is one entry.
class ChunkLog {
public:
    void append(TokenPos first, std::int64_t rows, bool allLogits);
    /// The session returned to `end`. A chunk across it keeps its length: its first tokens were computed that way.
    void truncate(TokenPos end);
    void clear() { m_runs.clear(); }

    /// Chunks of `rows` tokens each, one after the other; the last may reach beyond `end`.
    struct Run {
        TokenPos first, end;
        std::int64_t rows = 0;
        bool allLogits = false;
        bool operator==(const Run&) const = default;
    };
    [[nodiscard]] const std::vector<Run>& runs() const { return m_runs; }
    /// The log that told these runs; nothing when no log does: they overlap, are empty or out of order.
    [[nodiscard]] static std::optional<ChunkLog> fromRuns(std::vector<Run> runs);

    /// The chunk that `token` was read in; nothing when the session never read it (its state was loaded).
    [[nodiscard]] std::optional<Chunk> chunkOf(TokenPos token) const;

private:
    std::vector<Run> m_runs;  // by position, no overlaps
};

}  // namespace ms
