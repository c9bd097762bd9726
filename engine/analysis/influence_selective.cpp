// The influence of a selective state space's tokens, channel by channel: its exponentials are written to be vectorised.
#include "engine/analysis/influence.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/decay.h"
#include "engine/analysis/parallel.h"
#include "engine/analysis/walk_back.h"

namespace ms {

namespace {

/// One part of the channels on its way back through the tokens.
class InfluenceWalk {
public:
    InfluenceWalk(const SelectiveInputs& in, ChannelPart part, std::int64_t rates, const std::vector<float>& A)
        : m_in(in), m_part(part), m_rates(rates), m_A(A), m_C(static_cast<std::size_t>(in.groups * in.d_state)), m_CB(m_C.size()),
          m_terms(static_cast<std::size_t>(in.d_state)) {}

    Result<void> readC(std::int64_t t) { return m_in.C(t, 1, 0, std::ssize(m_C), m_C); }
    Result<void> readB(std::int64_t first, std::int64_t rows) {
        m_B.resize(static_cast<std::size_t>(rows) * m_C.size());
        return m_in.B(first, rows, 0, std::ssize(m_C), m_B);
    }

    /// Σ |w[t,s]| over the part's channels.
    double sum(const PastToken& token) {
        const std::size_t width = m_C.size();
        const float* const B = m_B.data() + static_cast<std::size_t>(token.row) * width;
        for (std::size_t i = 0; i < width; ++i) m_CB[i] = m_C[i] * B[i];
        double sum = 0;
        for (const std::int64_t c : token.live) {
            const std::int64_t group = (m_part.from + c) * m_in.groups / m_in.channels;
            const auto age = static_cast<float>(token.ages[static_cast<std::size_t>(c)]);
            sum += std::abs(token.dt[c] * read(m_CB.data() + group * m_in.d_state, m_A.data() + c * m_rates, age));
        }
        return sum;
    }

private:
    /// Σ_n CB[n] exp(A[n] age)
    double read(const float* CB, const float* A, float age) {
        const std::int64_t N = m_in.d_state;
        double sum = 0;
        if (m_rates == 1) {
            for (std::int64_t n = 0; n < N; ++n) sum += CB[n];
            return sum * decay(A[0] * age);
        }
        float* __restrict const terms = m_terms.data();
        for (std::int64_t n = 0; n < N; ++n) terms[n] = CB[n] * decay(A[n] * age);
        for (std::int64_t n = 0; n < N; ++n) sum += terms[n];
        return sum;
    }

    const SelectiveInputs& m_in;
    const ChannelPart m_part;
    const std::int64_t m_rates;  // values of A a channel: 1 or d_state
    const std::vector<float>& m_A;
    std::vector<float> m_C, m_CB, m_terms, m_B;
};

Result<void> addInfluence(const SelectiveInputs& in, const Channels& channels, ChannelPart part, std::int64_t t, const std::stop_token& stop,
                     std::vector<double>& sums) {
    const std::int64_t rates = std::ssize(in.A) / in.channels;
    const std::vector<float> A = channels.gather(in.A, rates, part.from, part.count);
    InfluenceWalk walk(in, part, rates, A);
    MS_CHECK(walk.readC(t));
    const auto begin = [&](std::int64_t first, std::int64_t rows, const std::vector<std::int64_t>& live) -> Result<bool> {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "influence: cancelled"};
        MS_CHECK(walk.readB(first, rows));
        return !live.empty();
    };
    const auto visit = [&](const PastToken& token) { sums[static_cast<std::size_t>(token.s)] += walk.sum(token); };
    const auto walked = walkBack(channels, part, in.dt, slowestRates(A, rates), 0, t, begin, visit);
    if (!walked) return walked.error();
    return {};
}

}  // namespace

Result<std::vector<double>> selectiveInfluence(const SelectiveInputs& in, std::int64_t t, const InfluenceOptions& options) {
    const std::int64_t values = std::ssize(in.A);
    if (t < 0 || in.channels < 1 || in.groups < 1 || in.channels % in.groups != 0 || in.d_state < 1 || !in.dt || !in.B || !in.C ||
        (values != in.channels && values != in.channels * in.d_state))
        return Error{ErrorCode::InvalidArgument, "influence: A, dt, B and C do not match"};
    MS_TRY(const Channels channels, Channels::create({}, in.channels));
    const auto parts = static_cast<unsigned>(std::clamp<std::int64_t>(options.threads, 1, in.channels));
    std::vector<std::vector<double>> sums(parts, std::vector<double>(static_cast<std::size_t>(t + 1)));
    MS_CHECK(inParallel(parts, [&](unsigned part) {
        return addInfluence(in, channels, ChannelPart(in.channels, part, parts), t, options.stop, sums[part]);
    }));
    for (unsigned part = 1; part < parts; ++part)
        for (std::size_t s = 0; s < sums[0].size(); ++s) sums[0][s] += sums[part][s];
    return std::move(sums[0]);
}

}  // namespace ms
