#include "ui/views/heatmap/heatmap_settings.h"

#include <QSettings>

namespace ms {

void HeatmapSettings::save(QSettings& settings) const {
    settings.setValue(QStringLiteral("colourMap"), settingsKey(colourMap));
    settings.setValue(QStringLiteral("range"), static_cast<int>(range));
    settings.setValue(QStringLiteral("fixedLow"), static_cast<double>(fixedLow));
    settings.setValue(QStringLiteral("fixedHigh"), static_cast<double>(fixedHigh));
    settings.setValue(QStringLiteral("logarithmic"), logarithmic);
    settings.setValue(QStringLiteral("normaliseRows"), normaliseRows);
    settings.setValue(QStringLiteral("aggregate"), static_cast<int>(aggregate));
}

void HeatmapSettings::load(const QSettings& settings) {
    const QString map = settings.value(QStringLiteral("colourMap")).toString();
    for (const ColourMapId id : kColourMaps)
        if (settingsKey(id) == map) colourMap = id;
    const int storedRange = settings.value(QStringLiteral("range"), static_cast<int>(range)).toInt();
    if (storedRange >= 0 && storedRange <= static_cast<int>(RangeMode::Fixed))
        range = static_cast<RangeMode>(storedRange);
    const float low = settings.value(QStringLiteral("fixedLow"), static_cast<double>(fixedLow)).toFloat();
    const float high = settings.value(QStringLiteral("fixedHigh"), static_cast<double>(fixedHigh)).toFloat();
    if (low < high) {
        fixedLow = low;
        fixedHigh = high;
    }
    logarithmic = settings.value(QStringLiteral("logarithmic"), logarithmic).toBool();
    normaliseRows = settings.value(QStringLiteral("normaliseRows"), normaliseRows).toBool();
    const int storedAggregate = settings.value(QStringLiteral("aggregate"), static_cast<int>(aggregate)).toInt();
    aggregate = storedAggregate == static_cast<int>(Aggregate::Max) ? Aggregate::Max : Aggregate::Mean;
}

}  // namespace ms
