// The influence of tokens on cells without gates: the gradient of the last state, carried back token by token.
#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "engine/analysis/influence.h"
#include "engine/analysis/influence_walk.h"
#include "engine/analysis/parallel.h"
#include "engine/analysis/walk_back.h"

namespace ms {

namespace {

constexpr int kGradientScaleBits = 300;        // gradients of a chaotic network grow: beyond 2³⁰⁰ they are divided by it
const double kGradientScale = std::ldexp(1.0, kGradientScaleBits);

/// Some of the cells, whose gradients are rows of their own, on their way back through the tokens.
class GradientWalk {
public:
    GradientWalk(const RecurrenceInputs& in, ChannelPart part, std::int64_t t)
        : m_in(in), m_rows(part.count), m_gradient(static_cast<std::size_t>(part.count * in.cells)), m_next(m_gradient.size()),
          m_sums(static_cast<std::size_t>(t + 1)) {
        for (std::int64_t r = 0; r < m_rows; ++r) m_gradient[static_cast<std::size_t>(r * in.cells + part.from + r)] = 1;
    }

    Result<void> walk(const std::stop_token& stop) {
        std::vector<float> h;
        for (std::int64_t end = std::ssize(m_sums); end > 0;) {
            const std::int64_t first = std::max<std::int64_t>(0, end - kInfluenceStretch), rows = end - first;
            h.resize(static_cast<std::size_t>(rows * m_in.cells));
            MS_CHECK(m_in.h(first, rows, 0, m_in.cells, h));
            for (std::int64_t s = end - 1; s >= first; --s) {
                MS_CHECK(influenceGoesOn(stop));
                if (!visit(s, h.data() + (s - first) * m_in.cells)) return {};
            }
            end = first;
        }
        return {};
    }

    [[nodiscard]] int divisions() const { return m_divisions; }
    /// In units of 2^(kGradientScaleBits · divisions).
    [[nodiscard]] const std::vector<double>& sums() const { return m_sums; }

private:
    /// False: nothing of it is left.
    bool visit(std::int64_t s, const float* h) {
        const auto n = static_cast<std::size_t>(m_in.cells);
        double sum = 0, longest = 0;
        for (std::size_t row = 0; row < m_gradient.size(); row += n) {
            double squares = 0;
            for (std::size_t c = 0; c < n; ++c) {
                const double slope = m_in.relu ? (h[c] > 0 ? 1.0 : h[c] * 0.0) : 1 - static_cast<double>(h[c]) * h[c];  // NaN stays
                double& g = m_gradient[row + c];
                g *= slope;
                squares += g * g;
            }
            sum += std::sqrt(squares);
            longest = std::max(longest, std::isnan(squares) ? kGradientScale : std::sqrt(squares));
        }
        m_sums[static_cast<std::size_t>(s)] = sum;
        m_largest = std::max(m_largest, sum);
        if (longest < kNothingLeft * std::max(m_largest, kNothingLeft)) return false;
        if (sum > kGradientScale) divide();
        const auto cells = static_cast<blasint>(m_in.cells);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<blasint>(m_rows), cells, cells, 1.0, m_gradient.data(), cells,
                    m_in.weight.data(), cells, 0.0, m_next.data(), cells);
        m_gradient.swap(m_next);
        return true;
    }

    void divide() {
        ++m_divisions;
        m_largest /= kGradientScale;
        for (double& g : m_gradient) g /= kGradientScale;
        for (double& sum : m_sums) sum /= kGradientScale;
    }

    const RecurrenceInputs& m_in;
    const std::int64_t m_rows;
    std::vector<double> m_gradient, m_next;  // [rows, cells]
    std::vector<double> m_sums;              // [t + 1]
    double m_largest = 0;
    int m_divisions = 0;
};

}  // namespace

Result<std::vector<double>> recurrenceInfluence(const RecurrenceInputs& in, std::int64_t t, const InfluenceOptions& options) {
    if (t < 0 || in.cells < 1 || !in.h || std::ssize(in.weight) != in.cells * in.cells)
        return Error{ErrorCode::InvalidArgument, "influence: states and a weight of [cells, cells] are needed"};
    const auto parts = static_cast<unsigned>(std::clamp<std::int64_t>(options.threads, 1, in.cells));
    std::vector<GradientWalk> walks;
    for (unsigned part = 0; part < parts; ++part) walks.emplace_back(in, ChannelPart(in.cells, part, parts), t);
    MS_CHECK(inParallel(parts, [&](unsigned part) { return walks[part].walk(options.stop); }));
    int divisions = 0;
    for (const GradientWalk& walk : walks) divisions = std::max(divisions, walk.divisions());
    std::vector<double> sums(static_cast<std::size_t>(t + 1));
    for (const GradientWalk& walk : walks)
        for (std::size_t s = 0; s < sums.size(); ++s) sums[s] += std::ldexp(walk.sums()[s], kGradientScaleBits * (walk.divisions() - divisions));
    return sums;
}

}  // namespace ms
