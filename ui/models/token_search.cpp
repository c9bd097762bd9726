#include "ui/models/token_search.h"

#include <algorithm>

namespace ms {

TokenSearch::TokenSearch(const TokenLog& tokens, QObject* parent) : QObject(parent), m_tokens(tokens) {
    connect(&tokens, &TokenLog::appended, this, [this] {
        if (!m_text.isEmpty()) searchNew();
    });
    connect(&tokens, &TokenLog::truncated, this, [this] {
        if (!m_text.isEmpty()) search();
    });
    connect(&tokens, &TokenLog::cleared, this, [this] {
        m_all.clear();
        m_begins.clear();
        m_matches.clear();
        Q_EMIT changed();
    });
}

void TokenSearch::setText(const QString& text) {
    if (text == m_text) return;
    m_text = text;
    search();
}

void TokenSearch::search() {
    m_matches.clear();
    m_all.clear();
    m_begins.clear();
    searchNew();
}

void TokenSearch::searchNew() {
    // An occurrence may begin in tokens that were there before.
    const qsizetype from = std::max<qsizetype>(0, m_all.size() - m_text.size() + 1);
    for (qint64 t = static_cast<qint64>(m_begins.size()); t < m_tokens.size(); ++t) {
        m_begins.push_back(m_all.size());
        m_all += m_tokens.textAt(t);
    }
    if (m_text.startsWith(QLatin1Char('#'))) {
        bool isNumber = false;
        const qint64 position = m_text.mid(1).toLongLong(&isNumber);
        m_matches.clear();
        if (isNumber && position >= 0 && position < m_tokens.size()) m_matches.push_back(position);
        if (isNumber) return Q_EMIT changed();
    }
    if (!m_text.isEmpty()) {
        const bool exact = m_text != m_text.toLower();
        for (qsizetype at = from; (at = m_all.indexOf(m_text, at, exact ? Qt::CaseSensitive : Qt::CaseInsensitive)) >= 0; ++at) {
            const auto token = std::upper_bound(m_begins.begin(), m_begins.end(), at) - m_begins.begin() - 1;
            if (m_matches.empty() || m_matches.back() < token) m_matches.push_back(token);
        }
    }
    Q_EMIT changed();
}

qint64 TokenSearch::next(qint64 token) const {
    if (m_matches.empty()) return -1;
    const auto found = std::upper_bound(m_matches.begin(), m_matches.end(), token);
    return found == m_matches.end() ? m_matches.front() : *found;
}

qint64 TokenSearch::previous(qint64 token) const {
    if (m_matches.empty()) return -1;
    const auto found = std::lower_bound(m_matches.begin(), m_matches.end(), token);
    return found == m_matches.begin() ? m_matches.back() : *std::prev(found);
}

}  // namespace ms
