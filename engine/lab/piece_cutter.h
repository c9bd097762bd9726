// One axis for models with different tokenizers: the stretches of a text at whose ends a token of each of them ends.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lab/lock_step.h"
#include "engine/text/tokenizer.h"

namespace ms {

/// What one model reads.
struct ModelInput {
    std::vector<TokenId> ids;
    /// Tokens that the tokenizer adds of itself, at the beginning and at the end.
    std::int64_t addedBefore = 0, addedBehind = 0;
};

/// A text as one tokenizer has it.
struct TokenizedText {
    ModelInput input;
    std::string text;                ///< what the tokens say together: a tokenizer may normalise
    std::vector<std::int64_t> ends;  ///< for each token, bytes of `text` up to where it ends
};

/// Errors as Tokenizer::encode.
Result<TokenizedText> tokenize(const Tokenizer& tokenizer, std::string_view text);

/// One text for all: as it is, or as one tokenizer normalises it if the others then read the same. Errors: Unsupported where each
/// reads something else; Tokenizer::encode's.
Result<std::vector<TokenizedText>> tokenizeAlike(std::span<const Tokenizer* const> tokenizers, std::string_view text);

/// The pieces of texts that say the same. Tokens without text belong to the piece that ends where they do, those before the first
/// byte to the first. Nothing for an empty text.
[[nodiscard]] std::vector<LockStepPiece> cutPieces(std::span<const TokenizedText> models);

/// A piece an id.
[[nodiscard]] std::vector<LockStepPiece> piecesOfIds(std::span<const TokenId> ids, std::size_t models);

}  // namespace ms
