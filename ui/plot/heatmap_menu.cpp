#include "ui/plot/heatmap_menu.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QPainter>

#include "ui/plot/range_section.h"

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
    parts << rangeText(s.range);
    if (s.normaliseRows) parts << tr("rows ÷ σ");
    else if (s.scale != ScaleKind::Linear) parts << scaleText(s.scale);
    return parts.join(QStringLiteral(" · "));
}

HeatmapMenu::HeatmapMenu(QWidget* parent)
    : QMenu(parent), m_range(new RangeSection(this, tr("What is not positive is drawn as the least value"))) {
    setObjectName(QStringLiteral("heatmapMenu"));
    connect(m_range, &RangeSection::changed, this, [this](const RangeSettings& range) {
        change([&range](HeatmapSettings& s) { static_cast<RangeSettings&>(s) = range; });
    });
    using S = HeatmapSettings;
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

void HeatmapMenu::hideAggregates() {
    for (QAction* action : m_aggregates) action->setVisible(false);
}

void HeatmapMenu::setSettings(const HeatmapSettings& settings) {
    m_settings = settings;
    for (const Choice& choice : m_choices) choice.action->setChecked(choice.isChosen(settings));
    m_range->show(settings);
}

void HeatmapMenu::change(const std::function<void(HeatmapSettings&)>& apply) {
    HeatmapSettings changed = m_settings;
    apply(changed);
    if (changed == m_settings) return setSettings(m_settings);
    setSettings(changed);
    Q_EMIT settingsChanged(changed);
}

}  // namespace ms
