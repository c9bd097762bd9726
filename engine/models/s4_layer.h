// One layer of S4 (Gu et al. 2022, "Efficiently Modeling Long Sequences with Structured State Spaces") or S4D (Gu et al. 2022b):
// its weights, discretised, and its ops.
#pragma once

#include <string>
#include <vector>

#include "engine/backend/ops.h"
#include "engine/models/s4_system.h"
#include "engine/models/weight_loader.h"
#include "engine/models/weight_table.h"

namespace ms {

/// Sizes of a layer. `diagonal`: S4D, with gelu, a product and a gated linear unit behind the system; else S4 (DPLR) alone.
struct S4LayerSizes {
    bool diagonal = false;
    std::int64_t channels = 0;  ///< width of the input and of the output
    std::int64_t states = 0;    ///< complex states of a channel
};

/// What S4D computes with, the same for every layer of a model.
struct S4LayerScratch {
    Tensor y{};      // [L, channels] the system's output, after gelu
    Tensor mixed{};  // [L, 2·channels]
};

class S4Layer {
public:
    /// S4D's tensors under the names of s4d.py of the S4 repository, behind a prefix ("layers.0.s4d.").
    [[nodiscard]] static std::vector<WantedTensor> diagonalTensors(const std::string& prefix, const S4LayerSizes& sizes);
    /// Reads and discretises them. Errors as WeightLoader's.
    static Result<S4Layer> loadDiagonal(const std::string& prefix, const S4LayerSizes& sizes, WeightLoader& load, Backend& backend);
    /// S4's: Lambda, P, B, C, step, as this project's S4 file names them; C was made for `length`. Format, naming `file`, for a
    /// system that has no discrete form.
    static Result<S4Layer> loadLowRank(const std::string& file, const S4LayerSizes& sizes, std::int64_t length, WeightLoader& load, Backend& backend);

    /// Records L steps from `state` [channels, 2·states] on: u [L, channels] to out [L, channels], or onto it (S4D alone).
    /// `y`: optional probe [L, channels], what the system gives, before gelu.
    void run(Ops& op, const Tensor& u, const Tensor& state, const S4LayerScratch& scratch, const Tensor& out, bool accumulate, const Tensor& y) const;

    /// D, [channels]; empty without.
    [[nodiscard]] std::span<const float> skipWeights() const { return m_skipWeights; }
    /// [channels, length], channel by channel.
    [[nodiscard]] std::vector<float> convolutionKernel(std::int64_t length) const;
    /// Of S4D: |exp(Δ A)| of each channel, mean over its states, [channels]; empty of S4, whose rank-one part mixes the states.
    [[nodiscard]] std::vector<float> retention() const;

private:
    explicit S4Layer(const S4LayerSizes& sizes) : m_sizes(sizes) {}
    Result<void> upload(Backend& backend);

    S4LayerSizes m_sizes;
    std::vector<S4System> m_systems;   // one a channel
    Tensor m_A, m_B, m_C, m_P, m_Q;    // [channels, 2·states]; P and Q of S4
    Tensor m_D;                        // [channels] or empty
    Tensor m_output, m_outputBias;     // [2·channels, channels], [2·channels] of S4D
    std::vector<float> m_skipWeights;
};

}  // namespace ms
