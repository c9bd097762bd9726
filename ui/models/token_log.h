// The tokens of the session as views see them: a read-only time series that grows at its end.
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <span>
#include <utility>
#include <vector>

#include "ui/models/token_rows.h"
#include "ui/models/values.h"

namespace ms {

/// A text with blanks and control characters made visible, for axes and tables.
[[nodiscard]] QString visibleText(const QString& text);

class TokenLog : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    using Piece = std::pair<TokenId, QString>;

    [[nodiscard]] qint64 size() const { return static_cast<qint64>(m_rows.size()); }
    [[nodiscard]] TokenRow row(qint64 token) const { return m_rows[static_cast<std::size_t>(token)]; }
    /// The text a token stands for; "#17" when the model has no tokenizer.
    [[nodiscard]] QString text(TokenId id) const;
    [[nodiscard]] QString textAt(qint64 token) const { return text(row(token).id); }
    /// The same, made visible.
    [[nodiscard]] QString visibleText(TokenId id) const { return ms::visibleText(text(id)); }

    void addPieces(std::span<const Piece> pieces);
    void append(std::span<const TokenRow> rows);
    /// The log becomes `rows`, which begin with the tokens that it has; their storage is shared.
    void growTo(const TokenRows& rows);
    /// Only the first `count` tokens stay.
    void truncate(qint64 count);
    void clear();

Q_SIGNALS:
    void truncated(qint64 count);
    void appended(qint64 first, qint64 count);
    void cleared();

private:
    TokenRows m_rows;
    QHash<TokenId, QString> m_pieces;
};

/// Probability that belongs to a surprisal in bits.
[[nodiscard]] double probabilityOfSurprisal(float bits);

}  // namespace ms
