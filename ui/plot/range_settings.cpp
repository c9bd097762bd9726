#include "ui/plot/range_settings.h"

#include <QCoreApplication>
#include <QSettings>

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::RangeSettings", text); }

/// An enumerator from the store, if it is one of those up to `last`.
template <class Enum>
void loadChoice(const QSettings& store, const QString& key, Enum last, Enum& choice) {
    const int stored = store.value(key, static_cast<int>(choice)).toInt();
    if (stored >= 0 && stored <= static_cast<int>(last)) choice = static_cast<Enum>(stored);
}

}  // namespace

void RangeSettings::save(QSettings& store) const {
    store.setValue(QStringLiteral("range"), static_cast<int>(range));
    store.setValue(QStringLiteral("fixedLow"), static_cast<double>(fixedLow));
    store.setValue(QStringLiteral("fixedHigh"), static_cast<double>(fixedHigh));
    store.setValue(QStringLiteral("scale"), static_cast<int>(scale));
}

void RangeSettings::load(const QSettings& store) {
    loadChoice(store, QStringLiteral("range"), RangeMode::Fixed, range);
    loadChoice(store, QStringLiteral("scale"), ScaleKind::Symlog, scale);
    const float low = store.value(QStringLiteral("fixedLow"), static_cast<double>(fixedLow)).toFloat();
    const float high = store.value(QStringLiteral("fixedHigh"), static_cast<double>(fixedHigh)).toFloat();
    if (!(low < high)) return;
    fixedLow = low;
    fixedHigh = high;
}

QString rangeText(RangeMode range) {
    switch (range) {
        case RangeMode::Auto: return tr("min–max");
        case RangeMode::Percentile: return tr("1–99 %");
        case RangeMode::Fixed: return tr("fixed");
    }
    return {};
}

QString scaleText(ScaleKind scale) {
    switch (scale) {
        case ScaleKind::Linear: return {};
        case ScaleKind::Log: return tr("log");
        case ScaleKind::Symlog: return tr("symlog");
    }
    return {};
}

}  // namespace ms
