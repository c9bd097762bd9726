// SentencePiece models, read and run by the library of that name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/base/typed_index.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace ms::text {

struct TokenizerData;

/// Encodes texts; immutable, any thread.
class SentencePieceModel {
public:
    explicit SentencePieceModel(std::unique_ptr<const sentencepiece::SentencePieceProcessor> processor);
    ~SentencePieceModel();

    /// Ids of valid UTF-8, without special tokens. Long texts are cut where a word begins, which changes nothing, so that
    /// `stop` and `progress` are heard. Errors: Cancelled, Internal (the library's own words).
    [[nodiscard]] Result<std::vector<TokenId>> encode(std::string_view utf8, const std::stop_token& stop,
                                                      const ProgressCallback& progress) const;

    /// A space is put before every text, as if it were a word in a sentence.
    [[nodiscard]] bool putsSpaceFirst() const { return m_spaceFirst; }

private:
    std::unique_ptr<const sentencepiece::SentencePieceProcessor> m_processor;
    bool m_spaceFirst = false;
    bool m_cuttable = false;  // that space can be made again, and no piece reaches from one word into the next
};

/// A `tokenizer.model` file's bytes; `bos` begins every text. Errors: Format, naming `name`.
[[nodiscard]] Result<std::shared_ptr<const TokenizerData>> readSentencePiece(std::string_view bytes, const std::string& name,
                                                                             std::optional<TokenId> bos);

/// What a GGUF file tells of a SentencePiece vocabulary (tokenizer.ggml.*); views last for the call.
struct PieceVocabulary {
    std::vector<std::string_view> pieces;
    std::vector<float> scores;        ///< one a piece
    std::vector<std::int64_t> kinds;  ///< one a piece: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
    bool addPrefixSpace = true, removeExtraSpaces = false;
};
/// The bytes of a `tokenizer.model` with this vocabulary, merged by score.
[[nodiscard]] std::string sentencePieceFile(const PieceVocabulary& vocabulary);

}  // namespace ms::text
