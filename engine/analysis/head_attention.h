// The attention that a Transformer's layer computes and never stores: parts of softmax(q·k), from captured queries and keys.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/analysis/row_reader.h"
#include "engine/base/progress.h"
#include "engine/base/result.h"

namespace ms {

/// What the heads of one layer did with the tokens at positions [first, first + tokens). Of query head h
///
///     a[t,s] = exp(q_t·k_s / sqrt(head_dim)) / Σ_{first ≤ r ≤ t} exp(q_t·k_r / sqrt(head_dim)),   0 for s > t
///
/// the model's own weights where `first` is the session's first token. Heads of queries share those of keys in equal runs.
/// NaN (values nobody captured) makes NaN wherever it has a say.
struct HeadAttentionInputs {
    std::int64_t first = 0;
    std::int64_t tokens = 0;
    std::int64_t n_heads = 0, n_kv_heads = 0, head_dim = 0;
    RowReader q;  ///< [tokens, n_heads·head_dim], turned to their places
    RowReader k;  ///< [tokens, n_kv_heads·head_dim]
};

struct HeadAttentionOptions {
    std::optional<std::int64_t> head;  ///< only this one; else the mean of all
    /// If known: headAttentionLogSums of the rows and the same head. Empty: computed, which reads back to `first`.
    std::span<const double> logSums;
    unsigned threads = 2;  ///< that share the heads, the caller's included
    std::stop_token stop;
    ProgressCallback progress;  ///< stretches of keys, on the calling thread
};

/// Rows [t0, t1) and columns [s0, s1) of the attention matrix, row-major [t1 − t0, s1 − s0]; positions count like `first`. Takes,
/// for each thread, the tile's size and that of t1 − t0 rows of a stretch of keys, however many tokens there are.
/// Errors: InvalidArgument for positions or a head that are not there or sizes that do not match; Cancelled; the readers' own.
Result<std::vector<float>> headAttentionTile(const HeadAttentionInputs& in, std::int64_t t0, std::int64_t t1, std::int64_t s0,
                                             std::int64_t s1, const HeadAttentionOptions& options = {});

/// ln Σ exp(q_t·k_s / sqrt(head_dim)) over s of [first, t], for every row t of [t0, t1): [heads, t1 − t0], one head if one is asked
/// for. Keep them: a picture of many tiles needs them once a row. `logSums` of the options is not read. Same errors.
Result<std::vector<double>> headAttentionLogSums(const HeadAttentionInputs& in, std::int64_t t0, std::int64_t t1,
                                                 const HeadAttentionOptions& options = {});

}  // namespace ms
