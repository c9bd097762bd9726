// How values are shown, and how their difference from the baseline is: chosen and kept each on its own.
#pragma once

#include <QSettings>

#include "ui/models/series_source.h"

namespace ms {

template <class Settings>
struct ComparedSettings {
    Settings values, difference;

    [[nodiscard]] Settings& of(Compare compare) { return compare == Compare::Difference ? difference : values; }
    [[nodiscard]] const Settings& of(Compare compare) const { return compare == Compare::Difference ? difference : values; }

    void save(QSettings& store) const {
        values.save(store);
        store.beginGroup(QStringLiteral("difference"));
        difference.save(store);
        store.endGroup();
    }
    void load(QSettings& store) {
        values.load(store);
        store.beginGroup(QStringLiteral("difference"));
        difference.load(store);
        store.endGroup();
    }
};

}  // namespace ms
