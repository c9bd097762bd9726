// What a layer of a model is and how large its parts are, in the field's names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ms {

/// How a layer carries something from token to token.
enum class LayerKind : std::uint8_t { Mamba1, Mamba1Complex, Mamba2, Mamba3, Attention, Rnn, Lstm, Gru, S4d, S4 };

/// What stands behind that in the same layer.
enum class FeedForward : std::uint8_t {
    None,
    Plain,    ///< two products around an activation
    Gated,    ///< down(act(gate x) · up x)
    Experts,  ///< several gated ones; a router chooses n_chosen of n_experts for every token
};

[[nodiscard]] std::string_view name(LayerKind kind);     ///< "Mamba-2", "attention"
[[nodiscard]] std::string_view name(FeedForward block);  ///< "MLP", "experts"; "" of None

/// One layer. What its kind does not have is 0.
struct LayerDims {
    LayerKind kind = LayerKind::Mamba1;
    FeedForward feedForward = FeedForward::None;
    std::int64_t d_inner = 0;     ///< channels that the output projection reads; hidden size of a recurrent cell
    std::int64_t d_state = 0;     ///< values a channel remembers; complex states are two: all real parts, then the imaginary ones
    std::int64_t d_conv = 0;      ///< taps of the causal convolution
    std::int64_t dt_rank = 0;     ///< of Mamba-1, real or complex
    std::int64_t n_heads = 0;     ///< of Mamba-2, Mamba-3 and attention
    std::int64_t head_dim = 0;
    std::int64_t n_groups = 0;    ///< of Mamba-2 and Mamba-3: groups that share B and C
    std::int64_t n_angles = 0;    ///< of Mamba-3: pairs of states that turn
    std::int64_t n_kv_heads = 0;  ///< of attention: heads of keys and values
    std::int64_t d_ff = 0;        ///< inner width of the feed-forward block, of one expert
    std::int64_t n_experts = 0, n_chosen = 0;

    friend bool operator==(const LayerDims&, const LayerDims&) = default;

    /// A selective state space: Δ, B and C are made of the input.
    [[nodiscard]] constexpr bool isSelective() const { return kind <= LayerKind::Mamba3; }
    /// Mamba-1 with real or complex A: every channel has a Δ of its own.
    [[nodiscard]] constexpr bool isMamba1() const { return kind <= LayerKind::Mamba1Complex; }
    [[nodiscard]] constexpr bool isRecurrentCell() const {
        return kind == LayerKind::Rnn || kind == LayerKind::Lstm || kind == LayerKind::Gru;
    }
    /// Values of a token's Δ.
    [[nodiscard]] constexpr std::int64_t dtWidth() const {
        return isMamba1() ? d_inner : isSelective() ? n_heads : 0;
    }
    /// Values of a token's B, and of its C.
    [[nodiscard]] constexpr std::int64_t directionWidth() const {
        return isMamba1() ? d_state : isSelective() ? n_groups * d_state : 0;
    }
    /// Channels of the causal convolution; of Mamba-2 it runs over x, B and C.
    [[nodiscard]] constexpr std::int64_t convChannels() const {
        if (d_conv < 2) return 0;
        return kind == LayerKind::Mamba2 ? d_inner + 2 * n_groups * d_state : d_inner;
    }
    /// "attention + gated MLP", "Mamba-1 + 4 experts, 2 chosen".
    [[nodiscard]] std::string describe() const;
};

}  // namespace ms
