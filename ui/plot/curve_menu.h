// The menu behind the settings button of curves: range and scale of the y axis.
#pragma once

#include <QMenu>
#include <span>

#include "ui/plot/range_settings.h"

namespace ms {

class RangeSection;

struct CurveSettings : RangeSettings {
    bool operator==(const CurveSettings&) const = default;

    void load(const QSettings& store);
    /// Limits over `values`; low == high: let the plot fit its data.
    [[nodiscard]] ValueScale limits(std::span<const float> values) const;
};

class CurveMenu : public QMenu {
    Q_OBJECT
public:
    explicit CurveMenu(QWidget* parent = nullptr);

    void setSettings(const CurveSettings& settings);

Q_SIGNALS:
    void settingsChanged(const ms::CurveSettings& settings);

private:
    RangeSection* m_range;
};

/// "1–99 % · log", for the button.
[[nodiscard]] QString summaryOf(const CurveSettings& settings);

}  // namespace ms
