#include "ui/plot/token_names.h"

#include <QCoreApplication>

#include "ui/models/token_log.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
QString tr(const char* text) { return QCoreApplication::translate("ms::TokenNames", text); }
}  // namespace

QString TokenNames::time(double tokens, int decimals) const { return timeText(tokens * m_frameSeconds, decimals); }

QString TokenNames::quoted(qint64 token) const {
    return token >= 0 && token < m_tokens.size() ? tr("“%1”").arg(m_tokens.visibleText(m_tokens.row(token).id)) : QString();
}

QString TokenNames::name(qint64 token) const {
    const QString quote = quoted(token);
    const QString counted = quote.isEmpty() ? groupedText(token) : groupedText(token) + QLatin1Char(' ') + quote;
    return isTimed() ? tr("%1 (frame %2)").arg(time(static_cast<double>(token)), counted) : tr("token %1").arg(counted);
}

QString TokenNames::text(qint64 token) const {
    const QString where = isTimed() ? time(static_cast<double>(token)) : groupedText(token), quote = quoted(token);
    return quote.isEmpty() ? where : where + QLatin1Char(' ') + quote;
}

QString TokenNames::place(qint64 token) const {
    return isTimed() ? time(static_cast<double>(token)) : tr("token %1").arg(groupedText(token));
}

QString TokenNames::shortPlace(qint64 token) const { return isTimed() ? time(static_cast<double>(token), 2) : groupedText(token); }

QString TokenNames::range(TokenRange range) const {
    if (isTimed()) return tr("%1 to %2").arg(time(static_cast<double>(range.first)), time(static_cast<double>(range.end)));
    return tr("tokens %1 to %2").arg(groupedText(range.first), groupedText(range.end - 1));
}

QString TokenNames::length(double tokens) const {
    return isTimed() ? tr("%1 ms").arg(shortText(tokens * m_frameSeconds * 1000)) : tr("%1 tokens").arg(shortText(tokens));
}

}  // namespace ms
