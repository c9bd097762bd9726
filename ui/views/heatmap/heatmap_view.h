// One live heatmap of a probe point: all layers, or, after a double click, the channels of one.
#pragma once

#include <optional>

#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/scope_view.h"

class QToolButton;

namespace ms {

class HeatmapCanvas;
class HeatmapMenu;

class HeatmapView : public ScopeView {
    Q_OBJECT
public:
    HeatmapView(ProbePoint point, const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] HeatmapCanvas* canvas() const { return m_canvas; }
    [[nodiscard]] std::optional<LayerIndex> layer() const { return m_layer; }

    /// Channels × tokens of one layer, or layers × tokens.
    void showLayer(std::optional<LayerIndex> layer);
    void setSettings(const HeatmapSettings& settings);
    [[nodiscard]] const HeatmapSettings& settings() const;

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] FigureTitles figureTitles() const override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;

protected:
    void modelChanged() override;

private:
    void updateSource();

    ProbePoint m_point;
    std::optional<LayerIndex> m_layer;
    Compare m_compare = Compare::Changed;
    HeatmapCanvas* m_canvas;
    HeatmapMenu* m_menu;
    QToolButton* m_allLayers;
};

}  // namespace ms
