// How positions on the token axis are told in words: tokens are counted, frames of sound are timed.
#pragma once

#include <QString>

#include "ui/models/selection.h"

namespace ms {

class TokenLog;

/// Cheap to make; `tokens` outlives it. `frameSeconds`: of audio that a token stands for; 0: of text.
class TokenNames {
public:
    explicit TokenNames(const TokenLog& tokens, double frameSeconds = 0) : m_tokens(tokens), m_frameSeconds(frameSeconds) {}

    /// "token 17 “the”", "0:00.680 (frame 17 “T”)". Without the text where the token is not there.
    [[nodiscard]] QString name(qint64 token) const;
    /// "17 “the”", "0:00.680 “T”": behind a word that says what it is.
    [[nodiscard]] QString text(qint64 token) const;
    /// "token 17", "0:00.680".
    [[nodiscard]] QString place(qint64 token) const;
    /// "17", "0:00.68": where there is little room.
    [[nodiscard]] QString shortPlace(qint64 token) const;
    /// "tokens 3 to 9", "0:00.120 to 0:00.400"; an end is where its last frame ends.
    [[nodiscard]] QString range(TokenRange range) const;
    /// A length: "12 tokens", "480 ms".
    [[nodiscard]] QString length(double tokens) const;

private:
    [[nodiscard]] bool isTimed() const { return m_frameSeconds > 0; }
    [[nodiscard]] QString time(double tokens, int decimals = 3) const;
    /// “the”; empty where the token is not there.
    [[nodiscard]] QString quoted(qint64 token) const;

    const TokenLog& m_tokens;
    double m_frameSeconds;
};

}  // namespace ms
