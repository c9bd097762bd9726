#include "ui/plot/heatmap_menu.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QDoubleValidator>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QWidgetAction>

namespace ms {

namespace {

QIcon swatch(ColourMapId id) {
    QPixmap pixmap(48, 12);
    QPainter painter(&pixmap);
    for (int x = 0; x < pixmap.width(); ++x)
        painter.fillRect(x, 0, 1, pixmap.height(), QColor(ColourMap::get(id).at(static_cast<float>(x) / 47.0f)));
    return QIcon(pixmap);
}

}  // namespace

QString summaryOf(const HeatmapSettings& s) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("ms::HeatmapMenu", text); };
    QStringList parts{name(s.colourMap).section(QLatin1Char(' '), 0, 2)};
    parts << (s.range == RangeMode::Auto         ? tr("min–max")
              : s.range == RangeMode::Percentile ? tr("1–99 %")
                                                 : tr("fixed"));
    if (s.normaliseRows) parts << tr("rows ÷ σ");
    else if (s.scale == ScaleKind::Log) parts << tr("log");
    else if (s.scale == ScaleKind::Symlog) parts << tr("symlog");
    return parts.join(QStringLiteral(" · "));
}

HeatmapMenu::HeatmapMenu(QWidget* parent) : QMenu(parent) {
    setObjectName(QStringLiteral("heatmapMenu"));
    setToolTipsVisible(true);
    using S = HeatmapSettings;
    auto* range = new QActionGroup(this);
    addSection(tr("Range"));
    addChoice(range, tr("Percentiles 1–99 of what is visible"), [](S& s) { s.range = RangeMode::Percentile; },
              [](const S& s) { return s.range == RangeMode::Percentile; });
    addChoice(range, tr("Least to greatest of what is visible"), [](S& s) { s.range = RangeMode::Auto; },
              [](const S& s) { return s.range == RangeMode::Auto; });
    addChoice(range, tr("Fixed:"), [](S& s) { s.range = RangeMode::Fixed; },
              [](const S& s) { return s.range == RangeMode::Fixed; });
    addFixedRange();

    addSection(tr("Scale"));
    auto* scale = new QActionGroup(this);
    const auto addScale = [&](const QString& text, ScaleKind kind) {
        return addChoice(scale, text, [kind](S& s) { s.scale = kind; }, [kind](const S& s) { return s.scale == kind; });
    };
    addScale(tr("Linear"), ScaleKind::Linear);
    addScale(tr("Logarithmic"), ScaleKind::Log)->setToolTip(tr("What is not positive is drawn as the least value"));
    addScale(tr("Symmetric logarithmic"), ScaleKind::Symlog)->setToolTip(tr("Both signs over many magnitudes; linear close to zero"));
    addChoice(nullptr, tr("Zero in the middle"), [](S& s) { s.centred = !s.centred; }, [](const S& s) { return s.centred; });
    m_normalise = addChoice(nullptr, tr("Normalise each row"), [](S& s) {
                  s.normaliseRows = !s.normaliseRows;
                  s.colourMap = s.normaliseRows ? ColourMapId::Diverging : ColourMapId::Viridis;
              }, [](const S& s) { return s.normaliseRows; });
    m_normalise->setToolTip(tr("Each row minus its mean, over its standard deviation, both over the visible tokens"));

    m_aggregates.push_back(addSection(tr("Many values in one pixel")));
    auto* aggregate = new QActionGroup(this);
    m_aggregates.push_back(addChoice(aggregate, tr("Mean"), [](S& s) { s.aggregate = Aggregate::Mean; },
                                     [](const S& s) { return s.aggregate == Aggregate::Mean; }));
    m_aggregates.push_back(addChoice(aggregate, tr("Maximum"), [](S& s) { s.aggregate = Aggregate::Max; },
                                     [](const S& s) { return s.aggregate == Aggregate::Max; }));

    addSection(tr("Colours"));
    auto* maps = new QActionGroup(this);
    for (const ColourMapId id : kColourMaps)
        addChoice(
            maps, name(id), [id](S& s) { s.colourMap = id; }, [id](const S& s) { return s.colourMap == id; })
            ->setIcon(swatch(id));
    setSettings({});
}

QAction* HeatmapMenu::addChoice(QActionGroup* group, const QString& text,
                                const std::function<void(HeatmapSettings&)>& apply,
                                const std::function<bool(const HeatmapSettings&)>& isChosen) {
    QAction* action = addAction(text);
    action->setCheckable(true);
    if (group != nullptr) group->addAction(action);
    connect(action, &QAction::triggered, this, [this, apply] { change(apply); });
    m_choices.push_back({action, isChosen});
    return action;
}

void HeatmapMenu::addFixedRange() {
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
            change([this](HeatmapSettings& s) {
                const float low = m_low->text().toFloat(), high = m_high->text().toFloat();
                if (!(low < high)) return;
                s.fixedLow = low;
                s.fixedHigh = high;
                s.range = RangeMode::Fixed;
            });
        });
        return field;
    };
    m_low = edit(QStringLiteral("fixedLow"), tr("Lower limit"));
    layout->addWidget(new QLabel(tr("to")));
    m_high = edit(QStringLiteral("fixedHigh"), tr("Upper limit"));
    auto* action = new QWidgetAction(this);
    action->setDefaultWidget(row);
    addAction(action);
}

void HeatmapMenu::hideAggregates() {
    for (QAction* action : m_aggregates) action->setVisible(false);
}

void HeatmapMenu::setSettings(const HeatmapSettings& settings) {
    m_settings = settings;
    for (const Choice& choice : m_choices) choice.action->setChecked(choice.isChosen(settings));
    m_low->setText(QString::number(static_cast<double>(settings.fixedLow)));
    m_high->setText(QString::number(static_cast<double>(settings.fixedHigh)));
}

void HeatmapMenu::change(const std::function<void(HeatmapSettings&)>& apply) {
    HeatmapSettings changed = m_settings;
    apply(changed);
    if (changed == m_settings) return setSettings(m_settings);
    setSettings(changed);
    Q_EMIT settingsChanged(changed);
}

}  // namespace ms
