#include "engine/analysis/head_attention.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "engine/analysis/parallel.h"

namespace ms {

namespace {

constexpr std::int64_t kKeys = 256;  // read at a time

Error badHeads(const std::string& why) { return {ErrorCode::InvalidArgument, "attention: " + why}; }

Result<void> checkHeads(const HeadAttentionInputs& in, std::int64_t t0, std::int64_t t1, const HeadAttentionOptions& options) {
    if (in.n_heads < 1 || in.n_kv_heads < 1 || in.n_heads % in.n_kv_heads != 0 || in.head_dim < 1 || !in.q || !in.k)
        return badHeads("heads of queries and keys do not match");
    if (options.head && (*options.head < 0 || *options.head >= in.n_heads))
        return badHeads("head " + std::to_string(*options.head) + " is none of " + std::to_string(in.n_heads));
    if (t0 < in.first || t1 <= t0 || t1 > in.first + in.tokens)
        return badHeads("rows " + std::to_string(t0) + " to " + std::to_string(t1) + " are not among the tokens " + std::to_string(in.first) +
                        " to " + std::to_string(in.first + in.tokens));
    return {};
}

/// The heads that are looked at.
struct HeadRange {
    std::int64_t from, count;

    HeadRange(const HeadAttentionInputs& in, const HeadAttentionOptions& options)
        : from(options.head.value_or(0)), count(options.head ? 1 : in.n_heads) {}
    [[nodiscard]] unsigned parts(unsigned threads) const {
        return static_cast<unsigned>(std::clamp<std::int64_t>(threads, 1, count));
    }
};

/// Scores of one head's queries [t0, t1), a stretch of keys at a time.
class HeadScores {
public:
    HeadScores(const HeadAttentionInputs& in, std::int64_t t0, std::int64_t t1) : m_in(in), m_t0(t0), m_rows(t1 - t0) {}

    Result<void> readQueries(std::int64_t head) {
        m_key = head / (m_in.n_heads / m_in.n_kv_heads);
        return read(m_in.q, m_t0, m_rows, head, m_q);
    }
    /// Of the keys [s0, s0 + count); those behind a query are none of its.
    Result<void> score(std::int64_t s0, std::int64_t count) {
        MS_CHECK(read(m_in.k, s0, count, m_key, m_k));
        m_columns = count;
        m_scores.resize(static_cast<std::size_t>(m_rows * count));
        const auto width = static_cast<blasint>(m_in.head_dim), columns = static_cast<blasint>(count);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(m_rows), columns, width,
                    1 / std::sqrt(static_cast<double>(m_in.head_dim)), m_q.data(), width, m_k.data(), width, 0.0, m_scores.data(), columns);
        return {};
    }
    /// The scores of row t0 + `row` that count, of keys up to its own: of the last score().
    [[nodiscard]] std::span<const double> of(std::int64_t row, std::int64_t s0) const {
        const std::int64_t count = std::clamp<std::int64_t>(m_t0 + row + 1 - s0, 0, m_columns);
        return std::span(m_scores).subspan(static_cast<std::size_t>(row * m_columns), static_cast<std::size_t>(count));
    }

private:
    Result<void> read(const RowReader& reader, std::int64_t first, std::int64_t rows, std::int64_t head, std::vector<double>& out) {
        m_read.resize(static_cast<std::size_t>(rows * m_in.head_dim));
        MS_CHECK(reader(first, rows, head * m_in.head_dim, m_in.head_dim, m_read));
        out.assign(m_read.begin(), m_read.end());
        return {};
    }

    const HeadAttentionInputs& m_in;
    const std::int64_t m_t0, m_rows;
    std::int64_t m_key = 0, m_columns = 0;
    std::vector<float> m_read;
    std::vector<double> m_q, m_k, m_scores;  // [rows, head_dim], [columns, head_dim], [rows, columns]; large scores need all digits
};

/// Calls visit(head, s0, scores) for the heads of one part and stretches of the keys [begin, end).
template <class Visit>
Result<void> walkHeads(const HeadAttentionInputs& in, HeadRange heads, unsigned part, unsigned parts, std::int64_t t0, std::int64_t t1,
                       std::int64_t begin, std::int64_t end, const HeadAttentionOptions& options, Visit&& visit) {
    HeadScores scores(in, t0, t1);
    const std::int64_t from = heads.count * part / parts, to = heads.count * (part + 1) / parts;
    for (std::int64_t head = from; head < to; ++head) {
        MS_CHECK(scores.readQueries(heads.from + head));
        for (std::int64_t s0 = begin; s0 < end; s0 += kKeys) {
            if (options.stop.stop_requested()) return Error{ErrorCode::Cancelled, "attention: cancelled"};
            MS_CHECK(scores.score(s0, std::min(kKeys, end - s0)));
            visit(head, s0, scores);
            if (part == 0 && options.progress)
                options.progress({(head - from) * (end - begin) + std::min(s0 + kKeys, end) - begin, (to - from) * (end - begin), "attention"});
        }
    }
    return {};
}

}  // namespace

Result<std::vector<double>> headAttentionLogSums(const HeadAttentionInputs& in, std::int64_t t0, std::int64_t t1,
                                                 const HeadAttentionOptions& options) {
    MS_CHECK(checkHeads(in, t0, t1, options));
    const HeadRange heads(in, options);
    const auto rows = static_cast<std::size_t>(t1 - t0);
    std::vector<double> sums(static_cast<std::size_t>(heads.count) * rows);  // Σ exp(score − top), then its logarithm
    std::vector<double> tops(sums.size(), -std::numeric_limits<double>::infinity());
    const unsigned parts = heads.parts(options.threads);
    const auto walked = inParallel(parts, [&](unsigned part) {
        return walkHeads(in, heads, part, parts, t0, t1, in.first, t1, options, [&](std::int64_t head, std::int64_t s0, const HeadScores& scores) {
            for (std::size_t r = 0; r < rows; ++r) {
                const std::span<const double> row = scores.of(static_cast<std::int64_t>(r), s0);
                if (row.empty()) continue;
                double& top = tops[static_cast<std::size_t>(head) * rows + r];
                double& sum = sums[static_cast<std::size_t>(head) * rows + r];
                const double higher = std::max(top, *std::max_element(row.begin(), row.end()));
                sum *= std::exp(top - higher);
                for (const double score : row) sum += std::exp(score - higher);
                top = higher;
            }
        });
    });
    if (!walked) return walked.error();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = tops[i] + std::log(sums[i]);
    return sums;
}

Result<std::vector<float>> headAttentionTile(const HeadAttentionInputs& in, std::int64_t t0, std::int64_t t1, std::int64_t s0,
                                             std::int64_t s1, const HeadAttentionOptions& options) {
    MS_CHECK(checkHeads(in, t0, t1, options));
    if (s0 < in.first || s1 <= s0 || s1 > in.first + in.tokens)
        return badHeads("columns " + std::to_string(s0) + " to " + std::to_string(s1) + " are not among the tokens");
    const HeadRange heads(in, options);
    const auto rows = static_cast<std::size_t>(t1 - t0), columns = static_cast<std::size_t>(s1 - s0);
    if (!options.logSums.empty() && options.logSums.size() != static_cast<std::size_t>(heads.count) * rows)
        return badHeads("one sum is needed for each row of each head");
    std::vector<double> computed;
    if (options.logSums.empty()) {
        MS_TRY(computed, headAttentionLogSums(in, t0, t1, options));
    }
    const std::span<const double> logSums = options.logSums.empty() ? std::span<const double>(computed) : options.logSums;
    const unsigned parts = heads.parts(options.threads);
    std::vector<std::vector<double>> sums(parts, std::vector<double>(rows * columns));
    const auto walked = inParallel(parts, [&](unsigned part) {
        return walkHeads(in, heads, part, parts, t0, t1, s0, std::min(s1, t1), options, [&](std::int64_t head, std::int64_t s, const HeadScores& scores) {
            for (std::size_t r = 0; r < rows; ++r) {
                const double logSum = logSums[static_cast<std::size_t>(head) * rows + r];
                double* out = sums[part].data() + r * columns + static_cast<std::size_t>(s - s0);
                for (const double score : scores.of(static_cast<std::int64_t>(r), s)) *out++ += std::exp(score - logSum);
            }
        });
    });
    if (!walked) return walked.error();
    std::vector<float> tile(rows * columns);
    for (std::size_t i = 0; i < tile.size(); ++i) {
        double sum = 0;
        for (const std::vector<double>& part : sums) sum += part[i];
        tile[i] = static_cast<float>(sum / static_cast<double>(heads.count));
    }
    return tile;
}

}  // namespace ms
