#include "engine/analysis/similarity.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/analysis/parallel.h"

namespace ms {

namespace {

constexpr std::int64_t kSpans = 256;

/// Means over `spans` pieces of a course, NaN left out; a piece of nothing but NaN stays NaN.
std::vector<double> spanMeans(std::span<const float> course, std::int64_t spans) {
    std::vector<double> means;
    const auto tokens = static_cast<std::int64_t>(course.size());
    for (std::int64_t i = 0; i < spans; ++i) {
        double sum = 0;
        std::int64_t count = 0;
        for (std::int64_t t = i * tokens / spans; t < (i + 1) * tokens / spans; ++t) {
            const float value = course[static_cast<std::size_t>(t)];
            if (std::isnan(value)) continue;
            sum += value;
            ++count;
        }
        means.push_back(count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN());
    }
    return means;
}

/// Moves a course to mean zero and length one, what is missing to zero; false if it does not vary.
bool standardise(std::span<double> course) {
    double sum = 0, squares = 0, largest = 0;
    std::int64_t count = 0;
    for (const double value : course)
        if (std::isfinite(value)) {
            sum += value;
            largest = std::max(largest, std::abs(value));
            ++count;
        }
    if (count == 0) return false;
    for (double& value : course) {
        value = std::isfinite(value) ? value - sum / static_cast<double>(count) : 0;
        squares += value * value;
    }
    const double length = std::sqrt(squares);
    if (length <= 1e-12 * largest * std::sqrt(static_cast<double>(count))) return false;  // rounding, not variation
    for (double& value : course) value /= length;
    return true;
}

std::vector<std::int64_t> descending(std::span<const double> values) {
    std::vector<std::int64_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    const auto rank = [&](std::int64_t i) {
        const double value = values[static_cast<std::size_t>(i)];
        return std::isnan(value) ? std::pair(1, 0.0) : std::pair(0, -value);
    };
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return rank(a) < rank(b); });
    return order;
}

std::int64_t tokensOf(std::span<const float> values, std::int64_t channels) {
    return channels > 0 ? static_cast<std::int64_t>(values.size()) / channels : 0;
}

std::span<const float> courseOf(std::span<const float> values, std::int64_t channel, std::int64_t tokens) {
    return values.subspan(static_cast<std::size_t>(channel * tokens), static_cast<std::size_t>(tokens));
}

}  // namespace

std::vector<float> cosines(std::span<const float> query, std::span<const float> rows) {
    if (query.empty() || rows.size() % query.size() != 0) return {};
    const auto length = [](std::span<const float> v) {
        double squares = 0;
        for (const float x : v) squares += static_cast<double>(x) * x;
        return std::sqrt(squares);
    };
    const double queryLength = length(query);
    std::vector<float> out;
    out.reserve(rows.size() / query.size());
    for (std::size_t at = 0; at < rows.size(); at += query.size()) {
        const std::span<const float> row = rows.subspan(at, query.size());
        double dot = 0;
        for (std::size_t n = 0; n < row.size(); ++n) dot += static_cast<double>(query[n]) * row[n];
        const double lengths = queryLength * length(row);
        out.push_back(lengths == 0 ? 0.0f : static_cast<float>(dot / lengths));
    }
    return out;
}

std::vector<std::int64_t> similarityOrder(std::span<const float> values, std::int64_t channels) {
    const std::int64_t tokens = tokensOf(values, channels), spans = std::min(tokens, kSpans);
    std::vector<std::int64_t> varying, still;
    std::vector<float> courses;  // [varying, spans]
    for (std::int64_t c = 0; c < channels; ++c) {
        std::vector<double> course = spanMeans(courseOf(values, c, tokens), spans);
        const bool varies = standardise(course);
        (varies ? varying : still).push_back(c);
        if (varies) courses.insert(courses.end(), course.begin(), course.end());
    }

    const std::size_t n = varying.size();
    std::vector<float> correlation(n * n);
    const auto N = static_cast<blasint>(n), T = static_cast<blasint>(spans);
    if (n > 0) {
        const auto multiplied = inParallel(1, [&](unsigned) -> Result<void> {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, N, T, 1.0f, courses.data(), T, courses.data(), T,
                        0.0f, correlation.data(), N);
            return {};
        });
        if (!multiplied) return {};
    }

    std::vector<std::size_t> left(n);  // ascending, so that of equals the lower index is first
    std::iota(left.begin(), left.end(), std::size_t{0});
    std::vector<double> likeness(n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) likeness[i] += correlation[i * n + j];
    auto next = std::min_element(left.begin(), left.end(), [&](auto a, auto b) { return likeness[a] < likeness[b]; });
    std::vector<std::int64_t> order;
    while (next != left.end()) {
        const std::size_t now = *next;
        order.push_back(varying[now]);
        left.erase(next);
        const float* const row = correlation.data() + now * n;
        next = std::max_element(left.begin(), left.end(), [row](auto a, auto b) { return row[a] < row[b]; });
    }
    order.insert(order.end(), still.begin(), still.end());
    return order;
}

std::vector<std::int64_t> orderByMean(std::span<const float> values, std::int64_t channels) {
    const std::int64_t tokens = tokensOf(values, channels);
    std::vector<double> means;
    for (std::int64_t c = 0; c < channels; ++c) means.push_back(spanMeans(courseOf(values, c, tokens), 1).front());
    return descending(means);
}

std::vector<std::int64_t> orderByValue(std::span<const float> values) {
    return descending(std::vector<double>(values.begin(), values.end()));
}

}  // namespace ms
