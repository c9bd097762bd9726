// The attention that a selective SSM computes without ever writing it down.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/analysis/row_reader.h"
#include "engine/base/progress.h"
#include "engine/base/result.h"

namespace ms {

/// What one layer did with the tokens at positions [first, first + tokens). Spans must outlive the call.
///
/// Unrolling h_t = exp(dt_t A) h_{t-1} + dt_t B_t u_t and y_t = C_t·h_t + D u_t gives y_t = Σ_{s≤t} alpha[t,s] u_s + D
/// u_t from a zero state, with, per channel (Ali, Zimerman, Wolf 2024, "The Hidden Attention of Mamba Models", section
/// 3):
///
///     alpha[t,s] = Σ_n C[t,n] exp(A[n] (S_t − S_s)) dt_s B[s,n],   S_t = Σ_{i≤t} dt_i
///
/// What has decayed below e⁻⁶⁰ counts as zero. NaN (values nobody captured) makes NaN wherever it has a say.
struct AttentionInputs {
    std::int64_t first = 0;
    std::int64_t tokens = 0;
    std::int64_t d_inner = 0;
    std::int64_t d_state = 0;
    std::span<const float> A;  ///< [d_inner, d_state], negative: −exp(A_log)
    RowReader dt;              ///< [tokens, d_inner], after softplus
    RowReader B;               ///< [tokens, d_state]
    RowReader C;               ///< [tokens, d_state]
};

enum class AttentionForm : std::uint8_t {
    Signed,         ///< alpha as it is
    Absolute,       ///< |alpha|; of a mean over channels: the absolute value of the mean
    RowNormalised,  ///< |alpha[t,s]| over the sum of |alpha[t,·]| across all columns first … t, in the tile or not
};

struct AttentionOptions {
    /// One channel, or several whose alpha are averaged; empty: the mean over all of d_inner.
    std::span<const std::int64_t> channels;
    AttentionForm form = AttentionForm::Signed;
    /// For RowNormalised, if known: attentionRowSums of the tile's rows. Empty: computed, which reads back to `first`.
    std::span<const double> rowSums;
    unsigned threads = 2;  ///< that share the work, the caller's included
    std::stop_token stop;
    ProgressCallback progress;  ///< channel blocks, or tokens of a gap; on the calling thread
};

/// Rows [t0, t1) and columns [s0, s1) of the attention matrix, row-major [t1 − t0, s1 − s0]; positions count like
/// `first`. Columns after a row's own token are 0. Takes the tile's size a few times over and what a block of channels
/// needs for t1 − t0 + s1 − s0 tokens; the tokens between are streamed.
/// Errors: InvalidArgument for positions or channels that are not there or sizes that do not match; Cancelled; the
/// readers' own.
Result<std::vector<float>> attentionTile(const AttentionInputs& in, std::int64_t t0, std::int64_t t1, std::int64_t s0,
                                         std::int64_t s1, const AttentionOptions& options = {});

/// Row t over columns [s0, s1): what token t read of each token s. O((t − s0) · channels · d_state) time, in constant
/// memory beside the row. Same errors.
Result<std::vector<float>> attentionRow(const AttentionInputs& in, std::int64_t t, std::int64_t s0, std::int64_t s1,
                                        const AttentionOptions& options = {});

/// Σ_{s ≤ t} |alpha[t,s]| from `first` on for each row t of [t0, t1): what RowNormalised divides by. Keep them: a
/// picture of many tiles needs them once per row. `form` and `rowSums` of the options are not read.
Result<std::vector<double>> attentionRowSums(const AttentionInputs& in, std::int64_t t0, std::int64_t t1,
                                             const AttentionOptions& options = {});

}  // namespace ms
