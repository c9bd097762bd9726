#include "engine/analysis/memory_ruler.h"

#include <cmath>
#include <limits>

#include "engine/analysis/decay.h"
#include "engine/analysis/parallel.h"
#include "engine/analysis/walk_back.h"

namespace ms {

namespace {

constexpr std::int64_t kFloatRun = 64;  // channels summed in float before the sum is kept in double

Error refuse(const std::string& why) { return {ErrorCode::InvalidArgument, "memory ruler: " + why}; }

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// One thread's channels: their contribution to every sum that the ruler is made of.
class RulerPart {
public:
    RulerPart(const MemoryInputs& in, const Channels& channels, ChannelPart part, std::stop_token stop)
        : m_in(in),
          m_channels(channels),
          m_part(part),
          m_stop(std::move(stop)),
          m_N(in.d_state),
          m_A(channels.gather(in.A, m_N, part.from, part.count)),
          m_slowest(slowestRates(m_A, m_N)),
          m_written(index(in.tokens)),
          m_kept(index(in.tokens)),
          m_along(index(in.tokens)) {}

    Result<void> findState();
    Result<void> measure(const ProgressCallback& progress);

    [[nodiscard]] double written(std::int64_t i) const { return m_written[index(i)]; }  ///< ‖dt B u‖²
    [[nodiscard]] double kept(std::int64_t i) const { return m_kept[index(i)]; }        ///< ‖c‖²
    [[nodiscard]] double along(std::int64_t i) const { return m_along[index(i)]; }      ///< ⟨c, h⟩
    [[nodiscard]] double stateSquares() const;                                          ///< ‖h‖²
    [[nodiscard]] double initialAlong() const { return m_initialAlong; }

private:
    template <class Visit>
    Result<std::vector<double>> walk(const ProgressCallback& progress, Visit&& visit);
    void addInitial(std::span<const double> ages);

    const MemoryInputs& m_in;
    const Channels& m_channels;
    ChannelPart m_part;
    std::stop_token m_stop;
    std::int64_t m_N;
    std::vector<float> m_A, m_slowest;  // [count, N], [count]
    std::vector<float> m_u, m_B;        // [chunk, count], [chunk, N]
    std::vector<float> m_state;         // [count, N]
    std::vector<double> m_written, m_kept, m_along;
    double m_initialAlong = 0;
};

template <class Visit>
Result<std::vector<double>> RulerPart::walk(const ProgressCallback& progress, Visit&& visit) {
    const std::int64_t last = m_in.first + m_in.tokens - 1;
    const auto begin = [&](std::int64_t first, std::int64_t rows, const std::vector<std::int64_t>&) -> Result<bool> {
        if (m_stop.stop_requested()) return Error{ErrorCode::Cancelled, "memory ruler: cancelled"};
        if (progress) progress({last + 1 - (first + rows), m_in.tokens, "memory ruler"});
        m_B.resize(index(rows * m_N));
        MS_CHECK(m_in.B(first, rows, 0, m_N, m_B));
        MS_CHECK(m_channels.read(m_in.u, first, rows, m_part.from, m_part.count, m_u));
        return true;
    };
    return walkBack(m_channels, m_part, m_in.dt, m_slowest, m_in.first, last, begin, visit);
}

/// h_t from the caller, or summed up from the writes and the state before the first of them.
Result<void> RulerPart::findState() {
    if (!m_in.state.empty()) {
        m_state = m_channels.gather(m_in.state, m_N, m_part.from, m_part.count);
        return {};
    }
    std::vector<double> state(m_A.size());
    const auto visit = [&](const PastToken& token) {
        const float* const B = m_B.data() + token.row * m_N;
        for (const std::int64_t c : token.live) {
            const float write = token.dt[c] * m_u[index(token.row * m_part.count + c)];
            const auto age = static_cast<float>(token.ages[index(c)]);
            for (std::int64_t n = 0; n < m_N; ++n)
                state[index(c * m_N + n)] += write * B[n] * decay(m_A[index(c * m_N + n)] * age);
        }
    };
    MS_TRY(const std::vector<double> ages, walk({}, visit));
    if (!m_in.initialState.empty()) {
        const std::vector<float> initial = m_channels.gather(m_in.initialState, m_N, m_part.from, m_part.count);
        for (std::size_t i = 0; i < state.size(); ++i) state[i] += std::exp(m_A[i] * ages[i / index(m_N)]) * initial[i];
    }
    m_state.assign(state.begin(), state.end());
    return {};
}

Result<void> RulerPart::measure(const ProgressCallback& progress) {
    std::vector<float> squares(index(m_N)), products(index(m_N));
    const auto visit = [&](const PastToken& token) {
        const float* const B = m_B.data() + token.row * m_N;
        const float* const u = m_u.data() + token.row * m_part.count;
        const std::size_t i = index(token.s - m_in.first);
        double writes = 0, bSquares = 0;
        for (std::int64_t c = 0; c < m_part.count; ++c) {
            const double write = static_cast<double>(token.dt[c]) * u[c];
            writes += write * write;
        }
        for (std::int64_t n = 0; n < m_N; ++n) bSquares += static_cast<double>(B[n]) * B[n];
        m_written[i] = writes * bSquares;

        // Over channels first, per state: kept = Σ_n B² Σ_c (dt u decay)², along = Σ_n B Σ_c dt u decay h.
        const std::vector<std::int64_t>& live = token.live;
        for (std::size_t run = 0; run < live.size(); run += kFloatRun) {
            float* __restrict const square = squares.data();
            float* __restrict const product = products.data();
            std::fill_n(square, m_N, 0.0f);
            std::fill_n(product, m_N, 0.0f);
            for (std::size_t k = run; k < std::min(run + kFloatRun, live.size()); ++k) {
                const std::int64_t c = live[k];
                const float* const A = m_A.data() + c * m_N;
                const float* const h = m_state.data() + c * m_N;
                const float write = token.dt[c] * u[c];
                const auto age = static_cast<float>(token.ages[index(c)]);
                for (std::int64_t n = 0; n < m_N; ++n) {
                    const float left = write * decay(A[n] * age);
                    square[n] += left * left;
                    product[n] += left * h[n];
                }
            }
            for (std::int64_t n = 0; n < m_N; ++n) {
                m_kept[i] += static_cast<double>(B[n]) * B[n] * square[n];
                m_along[i] += static_cast<double>(B[n]) * product[n];
            }
        }
    };
    MS_TRY(const std::vector<double> ages, walk(progress, visit));
    addInitial(ages);
    return {};
}

void RulerPart::addInitial(std::span<const double> ages) {
    if (m_in.initialState.empty()) return;
    const std::vector<float> initial = m_channels.gather(m_in.initialState, m_N, m_part.from, m_part.count);
    for (std::size_t i = 0; i < initial.size(); ++i)
        m_initialAlong += std::exp(m_A[i] * ages[i / index(m_N)]) * initial[i] * m_state[i];
}

double RulerPart::stateSquares() const {
    double sum = 0;
    for (const float h : m_state) sum += static_cast<double>(h) * h;
    return sum;
}

Result<void> check(const MemoryInputs& in) {
    if (in.tokens < 1 || in.d_inner < 1 || in.d_state < 1) return refuse("there are no tokens or no states");
    const std::size_t size = index(in.d_inner * in.d_state);
    if (in.A.size() != size) return refuse("A is not [d_inner, d_state]");
    if (!in.initialState.empty() && in.initialState.size() != size)
        return refuse("the first state is not [d_inner, d_state]");
    if (!in.state.empty() && in.state.size() != size) return refuse("the state is not [d_inner, d_state]");
    if (!in.dt || !in.u || !in.B) return refuse("dt, u and B are needed");
    return {};
}

}  // namespace

Result<MemoryRuler> memoryRuler(const MemoryInputs& in, std::stop_token stop, const ProgressCallback& progress,
                                unsigned threads) {
    MS_CHECK(check(in));
    MS_TRY(const Channels channels, Channels::create(in.channels, in.d_inner));
    const auto parts = static_cast<unsigned>(std::clamp<std::int64_t>(threads, 1, channels.count()));
    std::vector<RulerPart> workers;
    for (unsigned part = 0; part < parts; ++part)
        workers.emplace_back(in, channels, ChannelPart(channels.count(), part, parts), stop);
    const auto measured = inParallel(parts, [&](unsigned part) -> Result<void> {
        MS_CHECK(workers[part].findState());
        return workers[part].measure(part == 0 ? progress : ProgressCallback());
    });
    if (!measured) return measured.error();

    double squares = 0, initial = 0;
    for (const RulerPart& worker : workers) {
        squares += worker.stateSquares();
        initial += worker.initialAlong();
    }
    const auto part = [&](double along) { return squares == 0 ? 0.0f : static_cast<float>(along / squares); };
    MemoryRuler ruler;
    ruler.residual = part(initial);
    for (std::int64_t i = 0; i < in.tokens; ++i) {
        double written = 0, kept = 0, along = 0;
        for (const RulerPart& worker : workers) {
            written += worker.written(i);
            kept += worker.kept(i);
            along += worker.along(i);
        }
        ruler.retained.push_back(written == 0 ? std::numeric_limits<float>::quiet_NaN()
                                              : static_cast<float>(std::sqrt(kept / written)));
        ruler.share.push_back(part(along));
    }
    return ruler;
}

}  // namespace ms
