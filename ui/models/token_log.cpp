#include "ui/models/token_log.h"

#include <cmath>

namespace ms {

QString TokenLog::text(TokenId id) const {
    const auto piece = m_pieces.constFind(id);
    return piece != m_pieces.constEnd() ? *piece : QStringLiteral("#%1").arg(id);
}

QString visibleText(const QString& text) {
    QString shown;
    for (const QChar c : text) {
        if (c == u' ') shown += QChar(0x00B7);
        else if (c == u'\n') shown += QChar(0x21B5);
        else if (c == u'\t') shown += QChar(0x21E5);
        else if (c == QChar::ReplacementCharacter || c.isPrint() || c.isSurrogate()) shown += c;
        else shown += QStringLiteral("\\x%1").arg(c.unicode(), 2, 16, QChar(u'0'));
    }
    return shown;
}

void TokenLog::addPieces(std::span<const Piece> pieces) {
    for (const Piece& piece : pieces) m_pieces.insert(piece.first, piece.second);
}

void TokenLog::append(std::span<const TokenRow> rows) {
    if (rows.empty()) return;
    const qint64 first = size();
    for (const TokenRow& row : rows) m_rows.push_back(row);
    Q_EMIT appended(first, static_cast<qint64>(rows.size()));
}

void TokenLog::growTo(const TokenRows& rows) {
    const qint64 first = size();
    m_rows = rows;
    if (size() > first) Q_EMIT appended(first, size() - first);
}

void TokenLog::truncate(qint64 count) {
    if (count >= size()) return;
    m_rows.truncate(static_cast<std::size_t>(count));
    Q_EMIT truncated(count);
}

void TokenLog::clear() {
    m_rows.clear();
    Q_EMIT cleared();
}

double probabilityOfSurprisal(float bits) { return std::exp2(-static_cast<double>(bits)); }

}  // namespace ms
