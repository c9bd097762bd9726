// Where a language model's tokenizer comes from.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/base/result.h"
#include "engine/formats/checkpoint.h"
#include "engine/text/tokenizer.h"

namespace ms {

struct TokenizerSource {
    std::optional<Tokenizer> tokenizer;  ///< nothing when there is none: ids only
    std::filesystem::path file;          ///< that it was read from
};

/// The tokenizer inside a GGUF file, else tokenizer.json, else tokenizer.model beside the weights.
/// Errors: as Tokenizer::fromFile; Format for a GGUF vocabulary that does not fit together.
Result<TokenizerSource> openTokenizer(const Checkpoint& checkpoint);

/// True if openTokenizer would look at something.
[[nodiscard]] bool hasTokenizer(const Checkpoint& checkpoint);

/// The vocabulary in a GGUF file's metadata (tokenizer.ggml.*): "gpt2" byte pairs or "llama" pieces with scores. Nothing for
/// files without one and for kinds that are not known here.
Result<std::optional<Tokenizer>> tokenizerOf(const GgufFile& gguf, const std::string& file);

}  // namespace ms
