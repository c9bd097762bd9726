// Finds text among the tokens of a session, also where it runs across several of them.
#pragma once

#include <QObject>
#include <QString>
#include <vector>

#include "ui/models/token_log.h"

namespace ms {

class TokenSearch : public QObject {
    Q_OBJECT
public:
    explicit TokenSearch(const TokenLog& tokens, QObject* parent = nullptr);

    /// Case does not count unless the text has capitals. "#17" finds the token at position 17.
    void setText(const QString& text);
    /// Positions of the tokens in which an occurrence begins, ascending.
    [[nodiscard]] const std::vector<qint64>& matches() const { return m_matches; }
    /// The next match behind `token`, around the end; -1 without any.
    [[nodiscard]] qint64 next(qint64 token) const;
    [[nodiscard]] qint64 previous(qint64 token) const;

Q_SIGNALS:
    void changed();

private:
    void search();
    void searchNew();

    const TokenLog& m_tokens;
    QString m_text;
    QString m_all;                   // text of all tokens
    std::vector<qsizetype> m_begins; // where each token begins in it
    std::vector<qint64> m_matches;
};

}  // namespace ms
