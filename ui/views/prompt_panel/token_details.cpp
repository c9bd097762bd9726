#include "ui/views/prompt_panel/token_details.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/plot/token_names.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr int kBarWidth = 90;
}

TokenDetails::TokenDetails(TokenLog& tokens, Selection& selection, QWidget* parent)
    : QWidget(parent), m_tokens(tokens), m_selection(selection) {
    setObjectName(QStringLiteral("tokenDetails"));
    setAccessibleName(tr("Token under the cursor and what the model expected"));
    connect(&selection, &Selection::tokenChanged, this, &TokenDetails::refresh);
    connect(&selection, &Selection::hoverTokenChanged, this, &TokenDetails::refresh);
    connect(&tokens, &TokenLog::appended, this, &TokenDetails::refresh);
    connect(&tokens, &TokenLog::cleared, this, &TokenDetails::refresh);
    connect(&tokens, &TokenLog::truncated, this, &TokenDetails::refresh);
}

void TokenDetails::refresh() { update(); }

void TokenDetails::setFrameSeconds(double seconds) {
    m_frameSeconds = seconds;
    refresh();
}

QSize TokenDetails::sizeHint() const {
    return {230, (fontMetrics().height() + 2) * (3 + static_cast<int>(TokenRow::kAlternatives)) + 10};
}
QSize TokenDetails::minimumSizeHint() const { return {180, sizeHint().height()}; }

void TokenDetails::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QFontMetrics m = fontMetrics();
    const int line = m.height() + 2;
    // Without a cursor the newest token is the interesting one.
    qint64 token = m_selection.hoverToken() >= 0 ? m_selection.hoverToken() : m_selection.token();
    if (token < 0 || token >= m_tokens.size()) token = m_tokens.size() - 1;
    if (token < 0) return;
    const TokenRow& row = m_tokens.row(token);
    int y = 0;
    const QColor faint = palette().color(QPalette::PlaceholderText), ink = palette().color(QPalette::Text);
    const auto text = [&](const QColor& colour, const QString& s) {
        painter.setPen(colour);
        painter.drawText(QRect(0, y, width(), line), Qt::AlignVCenter | Qt::AlignLeft,
                         m.elidedText(s, Qt::ElideRight, width()));
        y += line;
    };
    const bool hears = m_frameSeconds > 0;
    text(ink, hears ? TokenNames(m_tokens, m_frameSeconds).name(token) : tr("Token %1: “%2”").arg(groupedText(token), m_tokens.visibleText(row.id)));
    if (!std::isfinite(row.surprisalBits))
        return text(faint, token == 0 ? tr("The first token: nothing was expected.") : tr("Loaded: what was expected is not known."));
    text(ink, tr("%1 bits, p = %2")
                  .arg(QString::number(static_cast<double>(row.surprisalBits), 'f', 2),
                       shortText(probabilityOfSurprisal(row.surprisalBits))));
    const bool compared = std::isfinite(row.baselineSurprisalBits);
    if (compared) text(faint, tr("baseline: %1 bits").arg(QString::number(static_cast<double>(row.baselineSurprisalBits), 'f', 2)));
    if (hears) text(faint, compared ? tr("The changed model hears:") : tr("The model hears:"));
    else text(faint, compared ? tr("The changed model expected:") : tr("The model expected:"));
    const auto guess = [&](const TokenAlternative& a) {
        const int bar = std::max(1, static_cast<int>(a.probability * kBarWidth));
        painter.fillRect(QRect(0, y + 3, kBarWidth, line - 6), palette().color(QPalette::Midlight));
        painter.fillRect(QRect(0, y + 3, bar, line - 6),
                         a.id == row.id ? palette().color(QPalette::Highlight) : palette().color(QPalette::Dark));
        painter.setPen(ink);
        const QString label = QStringLiteral("%1 %  %2")
                                  .arg(static_cast<double>(a.probability) * 100, 4, 'f', 1)
                                  .arg(m_tokens.visibleText(a.id));
        painter.drawText(QRect(kBarWidth + 6, y, width() - kBarWidth - 6, line), Qt::AlignVCenter | Qt::AlignLeft,
                         m.elidedText(label, Qt::ElideRight, width() - kBarWidth - 6));
        y += line;
    };
    // Beside each other there is no room: three of each, one below the other.
    const std::size_t shown = compared ? 3 : TokenRow::kAlternatives;
    for (std::size_t i = 0; i < std::min<std::size_t>(shown, row.alternativeCount); ++i) guess(row.alternatives[i]);
    if (!compared) return;
    text(faint, hears ? tr("The baseline hears:") : tr("The baseline expected:"));
    for (std::size_t i = 0; i < std::min<std::size_t>(shown, row.baselineAlternativeCount); ++i) guess(row.baselineAlternatives[i]);
}

}  // namespace ms
