// What the transcript looks like, and what is said of a word.
#include <QPainter>
#include <QScrollBar>
#include <algorithm>

#include "ui/style/appearance.h"
#include "ui/style/colour_map.h"
#include "ui/views/audio_panel/confidence_legend.h"
#include "ui/views/audio_panel/transcript_view.h"

namespace ms {

void TranscriptView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    if (m_flow.size() == 0) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(viewport()->rect().adjusted(kMargin, kMargin, -kMargin, -kMargin), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
        return;
    }
    const bool dark = isDark(palette());
    const int firstLine = std::max(0, verticalScrollBar()->value() - kMargin) / lineHeight();
    const int endLine = (verticalScrollBar()->value() + viewport()->height()) / lineHeight() + 1;
    for (qint64 index = m_flow.firstOf(firstLine), end = m_flow.firstOf(endLine); index < end; ++index) {
        const QRect rect = place(index);
        if (index == 0 || word(index).segment != word(index - 1).segment) drawTime(painter, index, rect.top());
        drawWord(painter, index, rect, dark);
    }
}

void TranscriptView::drawTime(QPainter& painter, qint64 index, int top) const {
    painter.setFont(font());
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(kMargin, top, m_gutter - 10, lineHeight() - 4), Qt::AlignRight | Qt::AlignVCenter, clockText(word(index).start));
}

void TranscriptView::drawWord(QPainter& painter, qint64 index, const QRect& rect, bool dark) const {
    const SpeechWord& shown = word(index);
    const auto contains = [&](qint64 frame) { return frame >= shown.firstFrame && frame < shown.endFrame; };
    QColor text = palette().color(QPalette::PlaceholderText);
    if (isFinal(index)) {
        const QRgb background = confidenceColour(shown.confidence, dark);
        painter.fillRect(rect, QColor(background));
        text = QColor(legibleOn(background));
    }
    if (std::binary_search(m_matches.begin(), m_matches.end(), index)) {
        painter.fillRect(rect, palette().color(QPalette::Highlight));
        text = palette().color(QPalette::HighlightedText);
    }
    painter.setFont(fontOf(index));
    painter.setPen(text);
    painter.drawText(rect.adjusted(kPadding, -1, kPadding, -1), Qt::AlignLeft | Qt::AlignVCenter, shown.text);
    if (shown.edited) painter.fillRect(QRect(rect.left(), rect.bottom() - 1, rect.width(), 2), plotColours(palette()).promptMark);
    const bool current = index == m_current;
    if (!current && !contains(m_selection.hoverToken())) return;
    painter.setPen(QPen(palette().color(QPalette::Text), current ? 2 : 1));
    painter.drawRect(rect.adjusted(0, 0, -1, -1));
}

QString TranscriptView::describe(qint64 index) const {
    const SpeechWord& shown = word(index);
    QString text = tr("“%1”, %2 to %3 s, frames %4 to %5")
                       .arg(shown.text, QString::number(shown.start, 'f', 2), QString::number(shown.end, 'f', 2))
                       .arg(shown.firstFrame)
                       .arg(std::max(shown.endFrame, shown.firstFrame + 1) - 1);
    if (!isFinal(index)) return text + tr("\nTentative: may still change.");
    text += tr("\nConfidence %1").arg(QString::number(static_cast<double>(shown.confidence), 'f', 2));
    return shown.edited ? text + tr(", edited by hand") : text;
}

}  // namespace ms
