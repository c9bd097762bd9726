// The menu behind a heatmap's settings button.
#pragma once

#include <QMenu>
#include <functional>
#include <vector>

#include "ui/plot/heatmap_settings.h"

class QActionGroup;

namespace ms {

class RangeSection;

class HeatmapMenu : public QMenu {
    Q_OBJECT
public:
    explicit HeatmapMenu(QWidget* parent = nullptr);

    void setSettings(const HeatmapSettings& settings);
    /// Of a matrix whose rows are no series: there is nothing to normalise.
    void hideRowNormalisation() { m_normalise->setVisible(false); }
    /// Where every value has a place of its own.
    void hideAggregates();

Q_SIGNALS:
    void settingsChanged(const ms::HeatmapSettings& settings);

private:
    QAction* addChoice(QActionGroup* group, const QString& text, const std::function<void(HeatmapSettings&)>& apply,
                       const std::function<bool(const HeatmapSettings&)>& isChosen);
    void change(const std::function<void(HeatmapSettings&)>& apply);

    struct Choice {
        QAction* action;
        std::function<bool(const HeatmapSettings&)> isChosen;
    };
    RangeSection* m_range;
    HeatmapSettings m_settings;
    std::vector<Choice> m_choices;
    QAction* m_normalise = nullptr;
    std::vector<QAction*> m_aggregates;
};

/// The settings in a few words, for the button: "Viridis, 1–99 %".
[[nodiscard]] QString summaryOf(const HeatmapSettings& settings);

}  // namespace ms
