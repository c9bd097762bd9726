#include "ui/plot/curve_menu.h"

#include <QSettings>

#include "ui/plot/range_section.h"

namespace ms {

void CurveSettings::load(const QSettings& store) {
    // Written before there was a third scale.
    if (store.value(QStringLiteral("logarithmic")).toBool()) scale = ScaleKind::Log;
    RangeSettings::load(store);
}

ValueScale CurveSettings::limits(std::span<const float> values) const {
    if (range == RangeMode::Percentile) return percentileRange(values, kLowPercentile, kHighPercentile, scale);
    if (range == RangeMode::Fixed && !(scale == ScaleKind::Log && fixedLow <= 0)) return {fixedLow, fixedHigh, scale};
    return {0, 0, scale};
}

QString summaryOf(const CurveSettings& settings) {
    QStringList parts{rangeText(settings.range)};
    if (settings.scale != ScaleKind::Linear) parts << scaleText(settings.scale);
    return parts.join(QStringLiteral(" · "));
}

CurveMenu::CurveMenu(QWidget* parent) : QMenu(parent), m_range(new RangeSection(this, tr("What is not positive is not drawn"))) {
    setObjectName(QStringLiteral("curveMenu"));
    connect(m_range, &RangeSection::changed, this, [this](const RangeSettings& settings) { Q_EMIT settingsChanged({settings}); });
}

void CurveMenu::setSettings(const CurveSettings& settings) { m_range->show(settings); }

}  // namespace ms
