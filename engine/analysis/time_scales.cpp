#include "engine/analysis/time_scales.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "engine/analysis/element_reader.h"

namespace ms {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

float tokensToHalf(double rate) {
    return static_cast<float>(std::isnan(rate) ? rate : rate > 0 ? std::numbers::ln2 / rate : kInfinity);
}

bool matches(std::span<const float> meanDt, std::span<const float> A, std::int64_t d_state) {
    return d_state > 0 && A.size() == meanDt.size() * static_cast<std::size_t>(d_state);
}

}  // namespace

Result<std::vector<float>> decayRates(const TensorInfo& A_log) {
    const bool real = A_log.dtype == DType::F32 || A_log.dtype == DType::F16 || A_log.dtype == DType::BF16 ||
                      A_log.dtype == DType::F64;
    if (!real || A_log.shape.rank() != 2)
        return Error{ErrorCode::Unsupported, A_log.name + ": decay rates are a matrix of floats, not " +
                                                 std::string(name(A_log.dtype)) + " " + A_log.shape.text()};
    MS_CHECK(checkBytes(A_log));
    std::vector<double> logs(static_cast<std::size_t>(A_log.shape.elements()));
    readElements(A_log, 0, logs);
    std::vector<float> A;
    A.reserve(logs.size());
    for (const double a : logs) A.push_back(static_cast<float>(-std::exp(a)));
    return A;
}

std::vector<float> halfLives(std::span<const float> meanDt, std::span<const float> A, std::int64_t d_state) {
    if (!matches(meanDt, A, d_state)) return {};
    std::vector<float> tokens;
    tokens.reserve(A.size());
    for (std::size_t i = 0; i < A.size(); ++i)
        tokens.push_back(
            tokensToHalf(static_cast<double>(meanDt[i / static_cast<std::size_t>(d_state)]) * std::abs(A[i])));
    return tokens;
}

std::vector<float> channelHalfLives(std::span<const float> meanDt, std::span<const float> A, std::int64_t d_state) {
    if (!matches(meanDt, A, d_state)) return {};
    std::vector<float> tokens;
    const auto N = static_cast<std::size_t>(d_state);
    for (std::size_t c = 0; c < meanDt.size(); ++c) {
        double rate = 0;
        for (const float a : A.subspan(c * N, N)) rate += std::abs(a);
        tokens.push_back(tokensToHalf(meanDt[c] * rate / static_cast<double>(d_state)));
    }
    return tokens;
}

std::vector<float> timeConstants(std::span<const float> A) {
    std::vector<float> constants;
    constants.reserve(A.size());
    for (const float a : A) constants.push_back(1.0f / std::abs(a));
    return constants;
}

LogHistogram logHistogram(std::span<const float> values, std::vector<double> edges) {
    LogHistogram histogram;
    histogram.edges = std::move(edges);
    const bool binned = histogram.edges.size() > 1;
    histogram.counts.resize(binned ? histogram.edges.size() - 1 : 0);
    for (const float value : values) {
        if (std::isnan(value)) ++histogram.nan;
        else if (std::isinf(value)) ++histogram.infinite;
        else if (value == 0) ++histogram.zeros;
        else if (value < 0) ++histogram.negative;
        else if (binned) {
            // The edges decide, not the logarithm, which rounds.
            const auto above =
                std::upper_bound(histogram.edges.begin() + 1, histogram.edges.end() - 1, static_cast<double>(value));
            ++histogram.counts[static_cast<std::size_t>(above - histogram.edges.begin() - 1)];
        }
    }
    return histogram;
}

LogHistogram logHistogram(std::span<const float> values, std::int64_t bins) {
    double low = kInfinity, high = 0;
    for (const float value : values) {
        if (!(value > 0) || std::isinf(value)) continue;
        low = std::min<double>(low, value);
        high = std::max<double>(high, value);
    }
    std::vector<double> edges;
    if (high > 0) {
        if (low == high) {
            low /= std::numbers::sqrt2;
            high *= std::numbers::sqrt2;
        }
        bins = std::max<std::int64_t>(bins, 1);
        const double step = std::log(high / low) / static_cast<double>(bins);
        for (std::int64_t i = 0; i < bins; ++i) edges.push_back(low * std::exp(step * static_cast<double>(i)));
        edges.push_back(high);
    }
    return logHistogram(values, std::move(edges));
}

}  // namespace ms
