#include "ui/plot/range_section.h"

#include <QActionGroup>
#include <QDoubleValidator>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QWidgetAction>

namespace ms {

RangeSection::RangeSection(QMenu* menu, const QString& belowZero) : QObject(menu), m_menu(menu) {
    menu->setToolTipsVisible(true);
    menu->addSection(tr("Range"));
    auto* ranges = new QActionGroup(this);
    const auto addRange = [&](RangeMode mode, const QString& text) {
        QAction* action = addChoice(ranges, text);
        m_ranges[static_cast<std::size_t>(mode)] = action;
        connect(action, &QAction::triggered, this, [this, mode] {
            RangeSettings chosen = m_settings;
            chosen.range = mode;
            change(chosen);
        });
    };
    addRange(RangeMode::Percentile, tr("Percentiles 1–99 of what is visible"));
    addRange(RangeMode::Auto, tr("Least to greatest of what is visible"));
    addRange(RangeMode::Fixed, tr("Fixed:"));
    addFixedRange();

    menu->addSection(tr("Scale"));
    auto* scales = new QActionGroup(this);
    const auto addScale = [&](ScaleKind kind, const QString& text, const QString& help = {}) {
        QAction* action = addChoice(scales, text);
        if (!help.isEmpty()) action->setToolTip(help);
        m_scales[static_cast<std::size_t>(kind)] = action;
        connect(action, &QAction::triggered, this, [this, kind] {
            RangeSettings chosen = m_settings;
            chosen.scale = kind;
            change(chosen);
        });
    };
    addScale(ScaleKind::Linear, tr("Linear"));
    addScale(ScaleKind::Log, tr("Logarithmic"), belowZero);
    addScale(ScaleKind::Symlog, tr("Symmetric logarithmic"), tr("Both signs over many magnitudes; linear close to zero"));
    show({});
}

QAction* RangeSection::addChoice(QActionGroup* group, const QString& text) {
    QAction* action = m_menu->addAction(text);
    action->setCheckable(true);
    group->addAction(action);
    return action;
}

void RangeSection::addFixedRange() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(32, 2, 12, 2);
    m_low = addLimit(row, QStringLiteral("fixedLow"), tr("Lower limit"));
    layout->addWidget(new QLabel(tr("to")));
    m_high = addLimit(row, QStringLiteral("fixedHigh"), tr("Upper limit"));
    auto* action = new QWidgetAction(this);
    action->setDefaultWidget(row);
    m_menu->addAction(action);
}

QLineEdit* RangeSection::addLimit(QWidget* row, const QString& objectName, const QString& label) {
    auto* field = new QLineEdit;
    auto* validator = new QDoubleValidator(field);
    validator->setLocale(QLocale::c());
    field->setValidator(validator);
    field->setObjectName(objectName);
    field->setAccessibleName(label);
    field->setMaximumWidth(90);
    row->layout()->addWidget(field);
    connect(field, &QLineEdit::editingFinished, this, &RangeSection::applyLimits);
    return field;
}

void RangeSection::applyLimits() {
    RangeSettings chosen = m_settings;
    chosen.fixedLow = m_low->text().toFloat();
    chosen.fixedHigh = m_high->text().toFloat();
    if (chosen == m_settings) return;
    if (!(chosen.fixedLow < chosen.fixedHigh)) return show(m_settings);
    chosen.range = RangeMode::Fixed;
    change(chosen);
}

void RangeSection::show(const RangeSettings& settings) {
    m_settings = settings;
    m_ranges[static_cast<std::size_t>(settings.range)]->setChecked(true);
    m_scales[static_cast<std::size_t>(settings.scale)]->setChecked(true);
    m_low->setText(QString::number(static_cast<double>(settings.fixedLow)));
    m_high->setText(QString::number(static_cast<double>(settings.fixedHigh)));
}

void RangeSection::change(const RangeSettings& settings) {
    if (settings == m_settings) return;
    show(settings);
    Q_EMIT changed(settings);
}

}  // namespace ms
