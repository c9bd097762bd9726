// The first part of every plot's settings menu: range, fixed limits, scale.
#pragma once

#include <QObject>
#include <array>

#include "ui/plot/range_settings.h"

class QAction;
class QActionGroup;
class QLineEdit;
class QMenu;

namespace ms {

class RangeSection : public QObject {
    Q_OBJECT
public:
    /// Adds its entries to the end of `menu`, which owns it. `belowZero` says what a logarithmic scale does with values
    /// that are not positive.
    RangeSection(QMenu* menu, const QString& belowZero);

    /// Marks what is chosen; tells nobody.
    void show(const RangeSettings& settings);

Q_SIGNALS:
    /// The user chose something else.
    void changed(const ms::RangeSettings& settings);

private:
    QAction* addChoice(QActionGroup* group, const QString& text);
    void addFixedRange();
    QLineEdit* addLimit(QWidget* row, const QString& objectName, const QString& label);
    void applyLimits();
    void change(const RangeSettings& settings);

    QMenu* m_menu;
    RangeSettings m_settings;
    std::array<QAction*, 3> m_ranges{}, m_scales{};  // by RangeMode and ScaleKind
    QLineEdit* m_low = nullptr;
    QLineEdit* m_high = nullptr;
};

}  // namespace ms
