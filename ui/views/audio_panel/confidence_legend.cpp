#include "ui/views/audio_panel/confidence_legend.h"

#include <QPainter>

#include "ui/style/appearance.h"
#include "ui/style/colour_map.h"

namespace ms {

namespace {
constexpr int kBarWidth = 60;
constexpr int kGap = 6;
}  // namespace

ConfidenceLegend::ConfidenceLegend(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("confidenceLegend"));
    setToolTip(tr("Confidence of a word: the mean posterior of its symbols, from 0 to 1. Dark: unsure. Slanted: may still "
                  "change. Underlined: edited by hand."));
    setAccessibleName(tr("Colours of the words: how sure they are"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize ConfidenceLegend::sizeHint() const {
    const QFontMetrics m = fontMetrics();
    return {m.horizontalAdvance(tr("unsure") + tr("sure") + tr("tentative") + tr("edited")) + kBarWidth + 8 * kGap + 8, m.height() + 4};
}

void ConfidenceLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const bool dark = isDark(palette());
    const QColor faint = palette().color(QPalette::PlaceholderText);
    int x = 0;
    const auto text = [&](const QString& s) {
        const int width = painter.fontMetrics().horizontalAdvance(s) + 2;
        painter.setPen(faint);
        painter.drawText(QRect(x, 0, width, height()), Qt::AlignVCenter | Qt::AlignLeft, s);
        x += width + kGap;
        return width;
    };
    text(tr("unsure"));
    for (int i = 0; i < kBarWidth; ++i)
        painter.fillRect(x + i, 3, 1, height() - 6, QColor(confidenceColour(static_cast<float>(i) / (kBarWidth - 1), dark)));
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(x, 3, kBarWidth - 1, height() - 7);
    x += kBarWidth + kGap;
    text(tr("sure"));
    x += kGap;
    QFont slanted = font();
    slanted.setItalic(true);
    painter.setFont(slanted);
    text(tr("tentative"));
    painter.setFont(font());
    x += kGap;
    const int width = text(tr("edited"));
    painter.fillRect(QRect(x - kGap - width, height() - 3, width - 2, 2), plotColours(palette()).promptMark);
}

}  // namespace ms
