#include "ui/plot/curve_menu.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QDoubleValidator>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QWidgetAction>

namespace ms {

void CurveSettings::save(QSettings& store) const {
    store.setValue(QStringLiteral("range"), static_cast<int>(range));
    store.setValue(QStringLiteral("fixedLow"), static_cast<double>(fixedLow));
    store.setValue(QStringLiteral("fixedHigh"), static_cast<double>(fixedHigh));
    store.setValue(QStringLiteral("logarithmic"), logarithmic);
}

void CurveSettings::load(const QSettings& store) {
    const int stored = store.value(QStringLiteral("range"), static_cast<int>(range)).toInt();
    if (stored >= 0 && stored <= static_cast<int>(RangeMode::Fixed)) range = static_cast<RangeMode>(stored);
    const float low = store.value(QStringLiteral("fixedLow"), static_cast<double>(fixedLow)).toFloat();
    const float high = store.value(QStringLiteral("fixedHigh"), static_cast<double>(fixedHigh)).toFloat();
    if (low < high) {
        fixedLow = low;
        fixedHigh = high;
    }
    logarithmic = store.value(QStringLiteral("logarithmic"), logarithmic).toBool();
}

ValueScale CurveSettings::limits(std::span<const float> values) const {
    const ScaleKind kind = logarithmic ? ScaleKind::Log : ScaleKind::Linear;
    if (range == RangeMode::Percentile) return percentileRange(values, kLowPercentile, kHighPercentile, kind);
    if (range == RangeMode::Fixed && !(logarithmic && fixedLow <= 0)) return {fixedLow, fixedHigh, kind};
    return {0, 0, kind};
}

QString summaryOf(const CurveSettings& settings) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("ms::CurveMenu", text); };
    const QString range = settings.range == RangeMode::Auto         ? tr("min–max")
                          : settings.range == RangeMode::Percentile ? tr("1–99 %")
                                                                    : tr("fixed");
    return settings.logarithmic ? range + tr(" · log") : range;
}

CurveMenu::CurveMenu(QWidget* parent) : QMenu(parent) {
    setObjectName(QStringLiteral("curveMenu"));
    addSection(tr("Range"));
    auto* ranges = new QActionGroup(this);
    const auto add = [this](QActionGroup* group, const QString& text, auto apply) {
        QAction* action = addAction(text);
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, apply] {
            CurveSettings changed = m_settings;
            apply(changed);
            change(changed);
        });
        return action;
    };
    const auto addRange = [&](RangeMode mode, const QString& text) {
        m_ranges[static_cast<int>(mode)] = add(ranges, text, [mode](CurveSettings& s) { s.range = mode; });
    };
    addRange(RangeMode::Auto, tr("Least to greatest of what is visible"));
    addRange(RangeMode::Percentile, tr("Percentiles 1–99 of what is visible"));
    addRange(RangeMode::Fixed, tr("Fixed:"));
    addFixedRange();
    addSection(tr("Scale"));
    auto* scales = new QActionGroup(this);
    m_scales[0] = add(scales, tr("Linear"), [](CurveSettings& s) { s.logarithmic = false; });
    m_scales[1] = add(scales, tr("Logarithmic"), [](CurveSettings& s) { s.logarithmic = true; });
    m_scales[1]->setToolTip(tr("What is not positive is not drawn"));
    setToolTipsVisible(true);
    setSettings({});
}

void CurveMenu::addFixedRange() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(32, 2, 12, 2);
    const auto edit = [&](const QString& objectName, const QString& label) {
        auto* field = new QLineEdit;
        auto* validator = new QDoubleValidator(field);
        validator->setLocale(QLocale::c());
        field->setValidator(validator);
        field->setObjectName(objectName);
        field->setAccessibleName(label);
        field->setMaximumWidth(90);
        layout->addWidget(field);
        connect(field, &QLineEdit::editingFinished, this, [this] {
            CurveSettings changed = m_settings;
            changed.fixedLow = m_low->text().toFloat();
            changed.fixedHigh = m_high->text().toFloat();
            if (changed == m_settings) return;
            if (!(changed.fixedLow < changed.fixedHigh)) return setSettings(m_settings);
            changed.range = RangeMode::Fixed;
            change(changed);
        });
        return field;
    };
    m_low = edit(QStringLiteral("curveLow"), tr("Lower limit"));
    layout->addWidget(new QLabel(tr("to")));
    m_high = edit(QStringLiteral("curveHigh"), tr("Upper limit"));
    auto* action = new QWidgetAction(this);
    action->setDefaultWidget(row);
    addAction(action);
}

void CurveMenu::setSettings(const CurveSettings& settings) {
    m_settings = settings;
    m_ranges[static_cast<int>(settings.range)]->setChecked(true);
    m_scales[settings.logarithmic ? 1 : 0]->setChecked(true);
    m_low->setText(QString::number(static_cast<double>(settings.fixedLow)));
    m_high->setText(QString::number(static_cast<double>(settings.fixedHigh)));
}

void CurveMenu::change(const CurveSettings& settings) {
    setSettings(settings);
    Q_EMIT settingsChanged(settings);
}

}  // namespace ms
