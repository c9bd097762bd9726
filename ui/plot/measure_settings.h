// How each measure of a view is coloured: what the user chose for it, until then what fits its sign.
#pragma once

#include <QHash>
#include <QString>

#include "ui/plot/heatmap_settings.h"

namespace ms {

class MeasureSettings {
public:
    [[nodiscard]] HeatmapSettings of(const QString& measure, bool isSigned) const;
    void choose(const QString& measure, const HeatmapSettings& settings) { m_chosen.insert(measure, settings); }

    void save(QSettings& store) const;
    void load(QSettings& store);

private:
    QHash<QString, HeatmapSettings> m_chosen;
};

}  // namespace ms
