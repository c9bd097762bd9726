#include "ui/views/prompt_panel/surprisal_legend.h"

#include <QPainter>

#include "ui/style/appearance.h"
#include "ui/style/colour_map.h"

namespace ms {

namespace {
constexpr int kBarWidth = 60;
constexpr int kGap = 6;
}

SurprisalLegend::SurprisalLegend(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("surprisalLegend"));
    setToolTip(tr("Surprisal of a token: −log₂ of the probability the model gave it, in bits. Pale: expected."));
    setAccessibleName(tr("Colours of the tokens: surprisal in bits"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize SurprisalLegend::sizeHint() const {
    const QFontMetrics m = fontMetrics();
    return {m.horizontalAdvance(tr("surprisal 0")) + kBarWidth + m.horizontalAdvance(tr("12 bits")) +
                m.horizontalAdvance(tr("prompt")) + 18 + 5 * kGap,
            m.height() + 4};
}

void SurprisalLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const bool dark = isDark(palette());
    const QFontMetrics m = fontMetrics();
    painter.setPen(palette().color(QPalette::PlaceholderText));
    int x = 0;
    const auto text = [&](const QString& s) {
        painter.drawText(QRect(x, 0, m.horizontalAdvance(s) + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, s);
        x += m.horizontalAdvance(s) + kGap;
    };
    text(tr("surprisal 0"));
    for (int i = 0; i < kBarWidth; ++i)
        painter.fillRect(x + i, 3, 1, height() - 6,
                         QColor(surprisalColour(kSurprisalFull * static_cast<float>(i) / kBarWidth, dark)));
    x += kBarWidth + kGap;
    text(tr("12 bits"));
    x += kGap;
    painter.fillRect(QRect(x, height() - 5, 16, 2), plotColours(palette()).promptMark);
    x += 16 + kGap;
    text(tr("prompt"));
}

}  // namespace ms
