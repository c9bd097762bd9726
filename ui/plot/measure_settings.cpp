#include "ui/plot/measure_settings.h"

#include <QSettings>

namespace ms {

HeatmapSettings MeasureSettings::of(const QString& measure, bool isSigned) const {
    const auto chosen = m_chosen.constFind(measure);
    return chosen != m_chosen.constEnd() ? *chosen : HeatmapSettings::forSign(isSigned);
}

void MeasureSettings::save(QSettings& store) const {
    store.beginGroup(QStringLiteral("measures"));
    for (auto it = m_chosen.constBegin(); it != m_chosen.constEnd(); ++it) {
        store.beginGroup(it.key());
        it->save(store);
        store.endGroup();
    }
    store.endGroup();
}

void MeasureSettings::load(QSettings& store) {
    store.beginGroup(QStringLiteral("measures"));
    for (const QString& measure : store.childGroups()) {
        HeatmapSettings settings;
        store.beginGroup(measure);
        settings.load(store);
        store.endGroup();
        m_chosen.insert(measure, settings);
    }
    store.endGroup();
}

}  // namespace ms
