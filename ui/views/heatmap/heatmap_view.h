// One live heatmap: a strip of controls and the plot. Shows a probe point for all layers, or for the channels of one.
#pragma once

#include <QPointer>
#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "engine/probe/capture_store.h"
#include "ui/models/values.h"
#include "ui/views/heatmap/heatmap_settings.h"

class QSettings;
class QToolButton;

namespace ms {

class ElidedLabel;
class HeatmapCanvas;
class HeatmapMenu;
class Selection;
class TimeAxis;
class TokenLog;

class HeatmapView : public QWidget {
    Q_OBJECT
public:
    HeatmapView(ProbePoint point, std::shared_ptr<const CaptureStore> store, TokenLog& tokens, TimeAxis& axis,
                Selection& selection, QWidget* parent = nullptr);
    ~HeatmapView() override;

    /// Title, drill-down and settings, to be placed in the dock's title bar.
    [[nodiscard]] QWidget* header() const { return m_header; }
    [[nodiscard]] HeatmapCanvas* canvas() const { return m_canvas; }
    [[nodiscard]] std::optional<LayerIndex> layer() const { return m_layer; }

    void setModel(const ModelSummaryPtr& model);
    /// A hidden view asks for no captures.
    void setActive(bool active);
    /// Channels × tokens of one layer, or layers × tokens.
    void showLayer(std::optional<LayerIndex> layer);
    void setSettings(const HeatmapSettings& settings);
    [[nodiscard]] const HeatmapSettings& settings() const;
    void saveSettings(QSettings& store) const;
    void loadSettings(QSettings& store);

    [[nodiscard]] std::vector<CaptureRequest> requests() const;

Q_SIGNALS:
    void requestsChanged();
    void runPauseRequested();

private:
    void buildHeader();
    void updateSource();
    void updateReadout();

    ProbePoint m_point;
    std::shared_ptr<const CaptureStore> m_store;
    ModelSummaryPtr m_model;
    std::optional<LayerIndex> m_layer;
    bool m_active = true;

    HeatmapCanvas* m_canvas;
    QPointer<QWidget> m_header;  // belongs to the dock's title bar once it is there
    ElidedLabel* m_title = nullptr;
    ElidedLabel* m_readout = nullptr;
    QToolButton* m_allLayers = nullptr;
    QToolButton* m_settingsButton = nullptr;
    HeatmapMenu* m_menu = nullptr;
};

}  // namespace ms
