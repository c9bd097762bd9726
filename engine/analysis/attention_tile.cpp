#include "engine/analysis/attention_tile.h"

#include <cblas.h>

#include <algorithm>
#include <atomic>

#include "engine/analysis/decay.h"
#include "engine/analysis/parallel.h"

namespace ms {

namespace {

constexpr std::int64_t kStates = 1024;  // (channel, state) pairs summed by one product
constexpr std::int64_t kDirect = 8;     // diagonal blocks up to this size are computed pair by pair

/// A tile's own tokens: its columns [s0, s1), then those of its rows [rows, t1) that are not among the columns.
struct TileTokens {
    std::int64_t s0, s1, rows, t1;

    [[nodiscard]] std::int64_t count() const { return s1 - s0 + t1 - rows; }
    [[nodiscard]] std::int64_t place(std::int64_t t) const { return t < s1 ? t - s0 : t - rows + s1 - s0; }
};

/// One thread's share of a tile: block after block of channels.
class TileWorker {
public:
    TileWorker(const AttentionPlan& plan, TileTokens tokens, std::int64_t t0, const float* B, const float* C,
               std::span<const double> gap)
        : m_plan(plan),
          m_tokens(tokens),
          m_t0(t0),
          m_N(plan.in.d_state),
          m_B(B),
          m_C(C),
          m_gap(gap),
          m_out(static_cast<std::size_t>((tokens.t1 - t0) * (tokens.s1 - tokens.s0))) {}

    Result<void> addBlock(std::int64_t from, std::int64_t channels);
    std::vector<float>& out() { return m_out; }  // [t1 - t0, s1 - s0]

private:
    Result<void> load(std::int64_t from, std::int64_t channels);
    void diagonal(std::int64_t begin, std::int64_t end);
    void direct(std::int64_t begin, std::int64_t end);
    void product(std::int64_t t0, std::int64_t t1, std::int64_t s0, std::int64_t s1);

    [[nodiscard]] const double* sums(std::int64_t t) const { return m_sums.data() + m_tokens.place(t) * m_channels; }
    [[nodiscard]] const float* steps(std::int64_t t) const { return m_dt.data() + m_tokens.place(t) * m_channels; }
    [[nodiscard]] const float* B(std::int64_t s) const { return m_B + (s - m_tokens.s0) * m_N; }
    [[nodiscard]] const float* C(std::int64_t t) const { return m_C + (t - m_t0) * m_N; }
    [[nodiscard]] std::int64_t cols() const { return m_tokens.s1 - m_tokens.s0; }
    float* cell(std::int64_t t, std::int64_t s) { return m_out.data() + (t - m_t0) * cols() + s - m_tokens.s0; }

    const AttentionPlan& m_plan;
    TileTokens m_tokens;
    std::int64_t m_t0, m_N, m_channels = 0;
    const float* m_B;                      // [cols, N]
    const float* m_C;                      // [rows, N]
    std::span<const double> m_gap;         // of all channels
    std::vector<float> m_A, m_slowest;     // [channels, N], [channels] of the block
    std::vector<float> m_dt;               // [tokens, channels]
    std::vector<double> m_sums;            // [tokens, channels] running sums of dt
    std::vector<std::int64_t> m_live;      // channels of the block that remember long enough for a product
    std::vector<float> m_reads, m_writes;  // [rows, live, N] and [cols, live, N] factors of a product
    std::vector<float> m_out;
};

Result<void> TileWorker::load(std::int64_t from, std::int64_t channels) {
    m_channels = channels;
    m_A = m_plan.channels.gather(m_plan.in.A, m_N, from, channels);
    m_slowest = slowestRates(m_A, m_N);
    std::vector<float> rows;
    MS_CHECK(m_plan.channels.read(m_plan.in.dt, m_tokens.s0, cols(), from, channels, m_dt));
    if (m_tokens.rows < m_tokens.t1)
        MS_CHECK(m_plan.channels.read(m_plan.in.dt, m_tokens.rows, m_tokens.t1 - m_tokens.rows, from, channels, rows));
    m_dt.insert(m_dt.end(), rows.begin(), rows.end());

    m_sums.resize(m_dt.size());
    std::vector<double> sum(static_cast<std::size_t>(channels));
    for (std::int64_t i = 0; i < m_tokens.count(); ++i)
        for (std::int64_t c = 0; c < channels; ++c) {
            double& s = sum[static_cast<std::size_t>(c)];
            if (i == cols() && !m_gap.empty()) s += m_gap[static_cast<std::size_t>(from + c)];
            s += m_dt[static_cast<std::size_t>(i * channels + c)];
            m_sums[static_cast<std::size_t>(i * channels + c)] = s;
        }
    return {};
}

Result<void> TileWorker::addBlock(std::int64_t from, std::int64_t channels) {
    MS_CHECK(load(from, channels));
    const auto [s0, s1, rows, t1] = m_tokens;
    const std::int64_t begin = std::clamp(m_t0, s0, s1);  // the diagonal crosses [begin, s1)²
    if (begin > s0) product(m_t0, t1, s0, begin);
    if (t1 > s1 && s1 > begin) product(s1, t1, begin, s1);
    diagonal(begin, s1);
    return {};
}

/// Rows and columns [begin, end): halves, with what the later half reads of the earlier one as a product.
void TileWorker::diagonal(std::int64_t begin, std::int64_t end) {
    if (end - begin <= kDirect) return direct(begin, end);
    const std::int64_t middle = begin + (end - begin) / 2;
    product(middle, end, begin, middle);
    diagonal(begin, middle);
    diagonal(middle, end);
}

void TileWorker::direct(std::int64_t begin, std::int64_t end) {
    m_reads.assign(static_cast<std::size_t>(m_N), 0);
    float* const kept = m_reads.data();  // Σ over channels of dt_s exp(A (S_t − S_s)), per state
    for (std::int64_t t = begin; t < end; ++t)
        for (std::int64_t s = begin; s <= t; ++s) {
            std::fill_n(kept, m_N, 0.0f);
            for (std::int64_t c = 0; c < m_channels; ++c) {
                const float* const A = m_A.data() + c * m_N;
                const auto age = static_cast<float>(sums(t)[c] - sums(s)[c]);
                const float dt = steps(s)[c];
                for (std::int64_t n = 0; n < m_N; ++n) kept[n] += dt * decay(A[n] * age);
            }
            float sum = 0;
            for (std::int64_t n = 0; n < m_N; ++n) sum += C(t)[n] * B(s)[n] * kept[n];
            *cell(t, s) += sum;
        }
}

/// Every column lies before every row: with a token between, the last column, the exponential falls into two factors,
/// exp(A (S_t − S_s)) = exp(A (S_t − S_mid)) exp(A (S_mid − S_s)), neither of which can overflow.
void TileWorker::product(std::int64_t t0, std::int64_t t1, std::int64_t s0, std::int64_t s1) {
    const double* const mid = sums(s1 - 1);
    m_live.clear();
    for (std::int64_t c = 0; c < m_channels; ++c)
        if (!((sums(t0)[c] - mid[c]) * m_slowest[static_cast<std::size_t>(c)] > -kForgotten)) m_live.push_back(c);
    if (m_live.empty()) return;

    const auto K = static_cast<std::int64_t>(m_live.size()) * m_N;
    m_reads.resize(static_cast<std::size_t>((t1 - t0) * K));
    m_writes.resize(static_cast<std::size_t>((s1 - s0) * K));
    float* __restrict out = m_reads.data();
    for (std::int64_t t = t0; t < t1; ++t)
        for (const std::int64_t c : m_live) {
            const float* const A = m_A.data() + c * m_N;
            const auto age = static_cast<float>(sums(t)[c] - mid[c]);
            for (std::int64_t n = 0; n < m_N; ++n) out[n] = C(t)[n] * decay(A[n] * age);
            out += m_N;
        }
    out = m_writes.data();
    for (std::int64_t s = s0; s < s1; ++s)
        for (const std::int64_t c : m_live) {
            const float* const A = m_A.data() + c * m_N;
            const auto age = static_cast<float>(mid[c] - sums(s)[c]);
            const float dt = steps(s)[c];
            for (std::int64_t n = 0; n < m_N; ++n) out[n] = dt * B(s)[n] * decay(A[n] * age);
            out += m_N;
        }
    const auto k = static_cast<blasint>(K);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(t1 - t0), static_cast<blasint>(s1 - s0),
                k, 1.0f, m_reads.data(), k, m_writes.data(), k, 1.0f, cell(t0, s0), static_cast<blasint>(cols()));
}

}  // namespace

Result<std::vector<float>> signedTile(const AttentionPlan& plan, std::int64_t t0, std::int64_t t1, std::int64_t s0,
                                      std::int64_t s1, std::span<const double> gap) {
    std::vector<float> tile(static_cast<std::size_t>((t1 - t0) * (s1 - s0)));
    // Only rows from `top` on and columns up to `right` meet on or below the diagonal.
    const std::int64_t top = std::max(t0, s0), right = std::min(s1, t1);
    if (top >= t1 || s0 >= right) return tile;

    const std::int64_t N = plan.in.d_state, count = plan.channels.count();
    std::vector<float> B(static_cast<std::size_t>((right - s0) * N)), C(static_cast<std::size_t>((t1 - top) * N));
    MS_CHECK(plan.in.B(s0, right - s0, 0, N, B));
    MS_CHECK(plan.in.C(top, t1 - top, 0, N, C));

    const TileTokens tokens{s0, right, std::max(top, right), t1};
    const std::int64_t width = std::max<std::int64_t>(1, kStates / N), blocks = (count + width - 1) / width;
    const unsigned parts = plan.parts(blocks);
    std::vector<TileWorker> workers(parts, TileWorker(plan, tokens, top, B.data(), C.data(), gap));
    std::atomic<std::int64_t> next = 0;
    const auto added = inParallel(parts, [&](unsigned part) -> Result<void> {
        for (std::int64_t i; (i = next.fetch_add(1)) < blocks;) {
            MS_CHECK(plan.cancelled());
            const std::int64_t from = i * width;
            if (auto block = workers[part].addBlock(from, std::min(width, count - from)); !block) {
                next = blocks;  // the others need not begin another
                return block;
            }
            if (part == 0 && plan.options.progress)
                plan.options.progress({std::min(next.load(), blocks), blocks, "hidden attention"});
        }
        return {};
    });
    if (!added) return added.error();

    for (TileWorker& worker : workers)
        for (std::int64_t t = top; t < t1; ++t)
            for (std::int64_t s = s0; s < right; ++s)
                tile[static_cast<std::size_t>((t - t0) * (s1 - s0) + s - s0)] +=
                    worker.out()[static_cast<std::size_t>((t - top) * (right - s0) + s - s0)] /
                    static_cast<float>(count);
    return tile;
}

}  // namespace ms
