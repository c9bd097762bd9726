#include "engine/runtime/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace ms {

namespace {

Result<void> checkOptions(const SamplerOptions& o) {
    if (!(o.temperature >= 0.0f) || !std::isfinite(o.temperature))
        return Error{ErrorCode::InvalidArgument, "temperature must be 0 (greedy) or larger"};
    if (o.topK < 0) return Error{ErrorCode::InvalidArgument, "top-k must be 0 (all) or larger"};
    if (!(o.topP > 0.0f && o.topP <= 1.0f)) return Error{ErrorCode::InvalidArgument, "top-p must be above 0 and at most 1"};
    return {};
}

std::span<const float> realLogits(std::span<const float> logits, std::int64_t tokens) {
    return logits.first(std::min(logits.size(), static_cast<std::size_t>(std::max<std::int64_t>(tokens, 0))));
}

}  // namespace

Result<Sampler> Sampler::create(const SamplerOptions& options) {
    MS_CHECK(checkOptions(options));
    return Sampler(options);
}

Result<void> Sampler::setOptions(const SamplerOptions& options) {
    MS_CHECK(checkOptions(options));
    if (options.seed != m_options.seed) m_random = options.seed;
    m_options = options;
    return {};
}

double Sampler::uniform() {  // splitmix64 (Steele, Lea, Flood 2014): the same on every platform
    m_random += 0x9e3779b97f4a7c15ull;
    std::uint64_t x = m_random;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    x ^= x >> 31;
    return static_cast<double>(x >> 11) * 0x1p-53;
}

TokenId argmax(std::span<const float> logits, std::int64_t tokens) {
    // Lanes that do not wait for each other: read one by one, a vocabulary would take as long as a token on a fast GPU's layers.
    constexpr std::size_t kLanes = 16;
    constexpr float kLowest = -std::numeric_limits<float>::infinity();
    const std::span<const float> real = realLogits(logits, tokens);
    std::array<float, kLanes> lanes;
    lanes.fill(kLowest);
    std::size_t i = 0;
    for (; i + kLanes <= real.size(); i += kLanes)
        for (std::size_t j = 0; j < kLanes; ++j) {
            const float v = real[i + j];
            const float finite = std::abs(v) <= std::numeric_limits<float>::max() ? v : kLowest;
            lanes[j] = finite > lanes[j] ? finite : lanes[j];
        }
    float top = *std::max_element(lanes.begin(), lanes.end());
    for (; i < real.size(); ++i)
        if (std::isfinite(real[i])) top = std::max(top, real[i]);
    if (top == kLowest) return -1;
    return static_cast<TokenId>(std::find(real.begin(), real.end(), top) - real.begin());
}

Result<TokenId> Sampler::sample(std::span<const float> logits, std::int64_t tokens) {
    const std::span<const float> real = realLogits(logits, tokens);
    const TokenId best = argmax(logits, tokens);
    if (best < 0) return Error{ErrorCode::Internal, "the model's logits are all NaN or infinite; check the weights with inspect"};
    if (m_options.temperature == 0.0f) return best;

    const float top = real[static_cast<std::size_t>(best)];
    m_order.clear();
    for (std::size_t i = 0; i < real.size(); ++i)
        if (std::isfinite(real[i])) m_order.push_back(static_cast<TokenId>(i));
    const auto better = [&](TokenId a, TokenId b) {
        const float x = real[static_cast<std::size_t>(a)], y = real[static_cast<std::size_t>(b)];
        return x != y ? x > y : a < b;
    };
    std::size_t kept = m_order.size();
    if (m_options.topK > 0) kept = std::min(kept, static_cast<std::size_t>(m_options.topK));
    const auto end = m_order.begin() + static_cast<std::ptrdiff_t>(kept);
    if (kept < m_order.size()) std::nth_element(m_order.begin(), end, m_order.end(), better);
    m_order.resize(kept);
    const auto weigh = [&](TokenId id) {
        return std::exp((static_cast<double>(real[static_cast<std::size_t>(id)]) - top) / m_options.temperature);
    };
    if (m_options.topP < 1.0f) std::sort(m_order.begin(), m_order.end(), better);
    m_weights.clear();
    for (const TokenId id : m_order) m_weights.push_back(weigh(id));
    double total = std::accumulate(m_weights.begin(), m_weights.end(), 0.0);
    if (m_options.topP < 1.0f) {
        double sum = 0;
        std::size_t cut = 0;
        while (cut < m_weights.size() && sum < m_options.topP * total) sum += m_weights[cut++];
        m_weights.resize(cut);
        total = sum;
    }
    double at = uniform() * total;
    for (std::size_t i = 0; i < m_weights.size(); ++i) {
        at -= m_weights[i];
        if (at < 0) return m_order[i];
    }
    return m_order[m_weights.size() - 1];
}

std::vector<Alternative> topAlternatives(std::span<const float> logits, std::int64_t tokens, int k) {
    const std::span<const float> real = realLogits(logits, tokens);
    const TokenId best = argmax(logits, tokens);
    if (best < 0 || k <= 0) return {};
    const float top = real[static_cast<std::size_t>(best)];
    std::vector<Alternative> heap;  // the k largest logits so far, smallest first
    const auto larger = [](const Alternative& a, const Alternative& b) {
        return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
    };
    double sum = 0;
    for (std::size_t i = 0; i < real.size(); ++i) {
        if (!std::isfinite(real[i])) continue;
        sum += std::exp(real[i] - top);
        if (heap.size() == static_cast<std::size_t>(k) && real[i] <= heap.front().probability) continue;
        if (heap.size() == static_cast<std::size_t>(k)) {
            std::pop_heap(heap.begin(), heap.end(), larger);
            heap.pop_back();
        }
        heap.push_back({static_cast<TokenId>(i), real[i]});
        std::push_heap(heap.begin(), heap.end(), larger);
    }
    std::sort_heap(heap.begin(), heap.end(), larger);
    for (Alternative& a : heap) a.probability = static_cast<float>(std::exp(static_cast<double>(a.probability) - top) / sum);
    return heap;
}

}  // namespace ms
