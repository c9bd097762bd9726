// Byte-level BPE tokenizers of Hugging Face `tokenizer.json` files (GPT-2, GPT-NeoX and their kin) and SentencePiece models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/base/typed_index.h"

namespace ms {

namespace text {
struct TokenizerData;
}

/// Immutable and cheap to copy; every function may be called from any thread.
class Tokenizer {
public:
    /// Errors name the file and the field: NotFound, Io, Format (malformed), Unsupported (a well-formed tokenizer of
    /// another kind: WordPiece, byte fallback, …).
    [[nodiscard]] static Result<Tokenizer> fromFile(const std::filesystem::path& tokenizerJson);
    [[nodiscard]] static Result<Tokenizer> fromJson(std::string_view json, const std::string& nameForErrors);
    /// The bytes of a SentencePiece model (`tokenizer.model`, which fromFile also takes); `bos`: begins every text.
    [[nodiscard]] static Result<Tokenizer> fromSentencePiece(std::string_view bytes, const std::string& nameForErrors,
                                                             std::optional<TokenId> bos = {});

    /// Ids of a text, with the special tokens the file's post-processor adds. Ill-formed UTF-8 counts as U+FFFD.
    /// `truncation` and `padding` of the file are for training batches and do not apply.
    /// Errors: InvalidArgument beyond 1 GiB, Unsupported for a runaway split pattern, Cancelled, OutOfMemory.
    /// `progress` hears of bytes of text, on the calling thread, about every 256 KiB.
    [[nodiscard]] Result<std::vector<TokenId>> encode(std::string_view utf8, const std::stop_token& stop = {},
                                                      const ProgressCallback& progress = {}) const;

    /// The text of ids, special tokens included; broken sequences become U+FFFD, ids without a token are skipped. The
    /// space that SentencePiece puts before a text is taken off again.
    [[nodiscard]] std::string decode(std::span<const TokenId> ids) const;

    /// The raw bytes of one token, perhaps a part of a character; empty for an id without a token.
    [[nodiscard]] std::string pieceBytes(TokenId id) const;

    /// Highest id + 1. Ids in between may have no token, and a model's vocabulary may be padded beyond it.
    [[nodiscard]] std::int64_t size() const;
    [[nodiscard]] bool hasToken(TokenId id) const;
    /// The id of a token as the file spells it ("<|endoftext|>", "Ġthe").
    [[nodiscard]] std::optional<TokenId> tokenId(std::string_view content) const;
    [[nodiscard]] bool isSpecial(TokenId id) const;
    /// What a token adds to a text; the first one that is not special sets `begun` and loses the space that the tokenizer
    /// put before the text. The view lasts as long as the tokenizer.
    [[nodiscard]] std::string_view pieceInText(TokenId id, bool& begun) const;

private:
    explicit Tokenizer(std::shared_ptr<const text::TokenizerData> data) : m_data(std::move(data)) {}

    std::shared_ptr<const text::TokenizerData> m_data;
};

/// Text of a stream of tokens: emits only whole characters and holds an unfinished sequence back.
/// All that push() and flush() return together is what Tokenizer::decode gives for the same ids.
class StreamDecoder {
public:
    explicit StreamDecoder(Tokenizer tokenizer) : m_tokenizer(std::move(tokenizer)) {}

    [[nodiscard]] std::string push(TokenId id);
    /// What is left, as U+FFFD; afterwards the decoder is as new.
    [[nodiscard]] std::string flush();

private:
    Tokenizer m_tokenizer;
    std::string m_pending;  // at most three bytes between calls
    bool m_begun = false;   // text has come
};

}  // namespace ms
