// Between what is typed and shown, and token ids.
#pragma once

#include <QString>
#include <stop_token>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/model.h"

namespace ms {

/// Ids of a prompt. Without a tokenizer: numbers separated by blanks or commas. InvalidArgument says what to type.
Result<std::vector<TokenId>> encodePrompt(const Model& model, const QString& text, const std::stop_token& stop);

/// The text of one token; bytes that are no whole character are shown as ‹E2 80›. Without a tokenizer: "#17".
[[nodiscard]] QString pieceText(const Model& model, TokenId id);
/// The same of any bytes.
[[nodiscard]] QString bytesText(std::string_view piece);

}  // namespace ms
