// Which token comes next.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/typed_index.h"

namespace ms {

struct SamplerOptions {
    float temperature = 0.8f;   ///< 0: greedy
    int topK = 0;               ///< keep the k most probable; 0: all
    float topP = 0.95f;         ///< keep the smallest set whose probability reaches p; 1: all
    std::uint64_t seed = 1;

    bool operator==(const SamplerOptions&) const = default;
};

struct Alternative {
    TokenId id = 0;
    float probability = 0;  ///< of the model itself, before temperature and cuts
};

/// Deterministic: the same seed, logits and options give the same tokens on every machine.
class Sampler {
public:
    /// InvalidArgument names the option that is out of range.
    static Result<Sampler> create(const SamplerOptions& options);

    /// logits [vocab]; ids at or above `tokens` are padding and never chosen. NaN logits are never chosen either; when
    /// nothing is left the answer is an error.
    Result<TokenId> sample(std::span<const float> logits, std::int64_t tokens);

    /// Changes temperature and cuts between tokens; keeps the random sequence unless the seed changed.
    Result<void> setOptions(const SamplerOptions& options);
    /// Back to the seed.
    void restart() { m_random = m_options.seed; }
    /// Where in the random sequence the next token is drawn: with it another sampler goes on as this one would.
    [[nodiscard]] std::uint64_t place() const { return m_random; }
    void setPlace(std::uint64_t place) { m_random = place; }
    [[nodiscard]] const SamplerOptions& options() const { return m_options; }

private:
    explicit Sampler(const SamplerOptions& options) : m_options(options), m_random(options.seed) {}
    double uniform();

    SamplerOptions m_options;
    std::uint64_t m_random;
    std::vector<TokenId> m_order;     ///< candidates, kept to save allocations
    std::vector<double> m_weights;
};

/// Position of the largest finite logit below `tokens`; -1 when there is none.
[[nodiscard]] TokenId argmax(std::span<const float> logits, std::int64_t tokens);

/// The k most probable tokens under softmax(logits) restricted to ids below `tokens`, best first; ties by
/// lower id.
[[nodiscard]] std::vector<Alternative> topAlternatives(std::span<const float> logits, std::int64_t tokens, int k);

}  // namespace ms
