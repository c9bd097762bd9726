// The menu behind the settings button of curves: range and scale of the y axis.
#pragma once

#include <QMenu>
#include <span>

#include "ui/plot/heatmap_settings.h"

class QLineEdit;

namespace ms {

struct CurveSettings {
    RangeMode range = RangeMode::Auto;
    float fixedLow = 0, fixedHigh = 1;
    bool logarithmic = false;

    bool operator==(const CurveSettings&) const = default;

    void save(QSettings& store) const;
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
    void addFixedRange();
    void change(const CurveSettings& settings);

    CurveSettings m_settings;
    QAction* m_ranges[3] = {};
    QAction* m_scales[2] = {};
    QLineEdit* m_low = nullptr;
    QLineEdit* m_high = nullptr;
};

/// "1–99 % · log", for the button.
[[nodiscard]] QString summaryOf(const CurveSettings& settings);

}  // namespace ms
