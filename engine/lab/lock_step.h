// Several models read the same input side by side, a piece at a time, and tell in common terms what each makes of it.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/model.h"

namespace ms {

/// The tokens [first, first + count) of one model.
struct TokenSpan {
    std::int64_t first = 0, count = 0;
};

/// A column of the comparison: the shortest stretch of input at whose ends a token of every model ends, so that models with
/// different tokenizers share one axis. Of models with one tokenizer it is a token.
struct LockStepPiece {
    std::string text;               ///< its bytes; of an input of ids the id in decimal
    std::vector<TokenSpan> tokens;  ///< of each model
};

/// What one model made of one piece.
struct LockStepReading {
    /// -Σ log2 p(token | everything before) over its tokens, without those that a tokenizer adds of itself; NaN where the model had
    /// read nothing yet.
    double surprisalBits = 0;
    std::uint64_t stateBytes = 0;  ///< held behind it: recurrent states, keys and values
    /// The share of its memory that the model kept over each of the piece's tokens, mean over tokens, channels and the layers that
    /// have such a share: exp(ΔA) of selective layers, |exp(ΔA)| of S4D, the forget gate of an LSTM, z of a GRU, 1 of attention,
    /// which drops nothing. NaN where no layer has one (an RNN).
    double kept = 0;
};

struct ModelInput;

class LockStep {
public:
    /// Two or more models, or one. Unsupported for a model that reads no tokens.
    static Result<std::unique_ptr<LockStep>> create(std::vector<std::shared_ptr<const Model>> models);
    ~LockStep();

    /// Cuts a text into pieces and puts every model back to the empty state. Unsupported for a model without a tokenizer: give ids;
    /// and for a text that its tokenizers change, each in another way. InvalidArgument for an empty text and for one of more than
    /// `kMostTokens` tokens of a model. After an error what was begun before goes on. The pieces last until the next begin().
    Result<std::span<const LockStepPiece>> begin(std::string_view text);
    /// The same for token ids, a piece each. InvalidArgument for none, too many, and ids that a model does not have.
    Result<std::span<const LockStepPiece>> begin(std::span<const TokenId> ids);
    static constexpr std::int64_t kMostTokens = 16384;

    /// Every model reads the next piece: one reading a model. Empty when there is none left. Errors as Session::prefill; the next
    /// call goes on where one was cancelled.
    Result<std::vector<LockStepReading>> step(const std::stop_token& stop = {});

    /// How much each piece [0, piece] has to do with what `model` puts out at the end of `piece`: shares that sum to 1, one a
    /// piece. In every layer the share of a token s is |w[t,s]| summed over channels (heads, cells), over the same sum for all
    /// tokens up to t; then the mean over the layers that have one. w is
    ///   attention: its weight, softmax(q_t·k_s / sqrt(head_dim));
    ///   Mamba-1, Mamba-2: the hidden attention C_t·exp(A Σ Δ) Δ_s B_s (Ali, Zimerman, Wolf 2024, section 3);
    ///   Mamba-3: the same of its trapezoidal scan and turned states, Q_t·K_s · Π exp(Δ A) · (Δ_s λ_s + Δ_{s+1} (1 − λ_{s+1}));
    ///   S4D: the convolution kernel K[t - s];
    ///   LSTM: i_s · Π f over (s, t]; GRU: (1 - z_s) · Π z over (s, t];
    ///   RNN, which mixes its cells: the length of the gradient of a cell at t by what token s brought, a row of the product of
    ///   diag(f') and diag(f') W over [s, t]. With a W that mixes nothing it is the product that gated cells have.
    /// InvalidArgument for pieces not read yet; Unsupported for models none of whose layers has a weight that is worked out
    /// (complex Mamba-1), and where all weights are zero.
    Result<std::vector<float>> influence(std::size_t model, std::int64_t piece, const std::stop_token& stop = {}) const;

private:
    class Reader;
    LockStep();
    Result<std::span<const LockStepPiece>> begin(std::vector<LockStepPiece> pieces, std::vector<ModelInput> inputs);
    std::vector<std::unique_ptr<Reader>> m_readers;
    std::vector<LockStepPiece> m_pieces;
    std::size_t m_next = 0;
};

}  // namespace ms
