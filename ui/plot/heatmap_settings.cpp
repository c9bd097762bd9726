#include "ui/plot/heatmap_settings.h"

#include <QSettings>
#include <algorithm>
#include <cmath>

namespace ms {

HeatmapSettings HeatmapSettings::forSign(bool isSigned) {
    HeatmapSettings settings;
    if (isSigned) {
        settings.colourMap = ColourMapId::Diverging;
        settings.centred = true;
    }
    return settings;
}

void HeatmapSettings::save(QSettings& settings) const {
    settings.setValue(QStringLiteral("colourMap"), settingsKey(colourMap));
    RangeSettings::save(settings);
    settings.setValue(QStringLiteral("centred"), centred);
    settings.setValue(QStringLiteral("normaliseRows"), normaliseRows);
    settings.setValue(QStringLiteral("aggregate"), static_cast<int>(aggregate));
}

void HeatmapSettings::load(const QSettings& settings) {
    const QString map = settings.value(QStringLiteral("colourMap")).toString();
    for (const ColourMapId id : kColourMaps)
        if (settingsKey(id) == map) colourMap = id;
    RangeSettings::load(settings);
    centred = settings.value(QStringLiteral("centred"), centred).toBool();
    normaliseRows = settings.value(QStringLiteral("normaliseRows"), normaliseRows).toBool();
    const int storedAggregate = settings.value(QStringLiteral("aggregate"), static_cast<int>(aggregate)).toInt();
    aggregate = storedAggregate == static_cast<int>(Aggregate::Max) ? Aggregate::Max : Aggregate::Mean;
}

QString describe(const ValueScale& scale) {
    const QString kind = scale.kind == ScaleKind::Linear ? QStringLiteral("linear") : scaleText(scale.kind);
    return QStringLiteral("%1, %2 to %3").arg(kind, QString::number(static_cast<double>(scale.low), 'g', 6),
                                              QString::number(static_cast<double>(scale.high), 'g', 6));
}

ValueScale rangeFor(const HeatmapSettings& settings, std::span<const float> values) {
    const ScaleKind kind = settings.normaliseRows ? ScaleKind::Linear : settings.scale;
    ValueScale scale{settings.fixedLow, settings.fixedHigh, kind};
    if (settings.range == RangeMode::Auto) scale = rangeOf(values, kind);
    if (settings.range == RangeMode::Percentile) scale = percentileRange(values, kLowPercentile, kHighPercentile, kind);
    if (kind != ScaleKind::Log && (settings.normaliseRows || settings.centred) && settings.range != RangeMode::Fixed)
        scale = centred(scale);
    if (kind == ScaleKind::Log && scale.low <= 0) scale.low = std::max(scale.high, 1e-30f) * 1e-4f;
    return scale;
}

}  // namespace ms
