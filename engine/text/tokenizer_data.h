// What a tokenizer.json says, ready to use. Written once by the reader, then immutable and shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/typed_index.h"
#include "engine/text/added_tokens.h"
#include "engine/text/bpe.h"
#include "engine/text/normalizer.h"
#include "engine/text/pre_tokenizer.h"
#include "engine/text/sentencepiece_model.h"

namespace ms::text {

struct TokenizerData {
    struct Entry {
        TokenId id;
        bool special;
        std::string bytes;  ///< what the token stands for
    };

    std::vector<Entry> entries;                        ///< ascending id
    std::unordered_map<std::string, TokenId> spelled;  ///< as the file spells them, added tokens included
    Bpe bpe;
    bool ignoreMerges = false;  ///< a piece that is a token needs no merges
    Normalizer normalizer;
    AddedTokenMatcher givenTokens;       ///< looked for in the text as given
    AddedTokenMatcher normalizedTokens;  ///< looked for in the normalised text
    PreTokenizer preTokenizer;
    std::vector<TokenId> prefix, suffix;  ///< special tokens around every text
    std::shared_ptr<const SentencePieceModel> pieces;  ///< does all of the above but prefix and suffix; null: byte-level BPE
    bool dropsPrefixSpace = false;  ///< a text's first space was put there by the tokenizer

    /// Null for an id without a token.
    [[nodiscard]] const Entry* find(TokenId id) const;
};

/// `name` is the file in error messages.
[[nodiscard]] Result<std::shared_ptr<const TokenizerData>> readTokenizer(std::string_view json,
                                                                         const std::string& name);

}  // namespace ms::text
