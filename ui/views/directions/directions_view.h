// Where in the state a layer's tokens write (B) and read (C), and how one token's reading meets what was written.
#pragma once

#include <QTimer>

#include "ui/models/background_task.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/directions/read_write_cosines.h"

class QSplitter;

namespace ms {

class HeatmapCanvas;
class HeatmapMenu;
class LayerBox;
class TokenCurvePlot;

class DirectionsView : public ScopeView {
    Q_OBJECT
public:
    explicit DirectionsView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] HeatmapCanvas* written() const { return m_written; }
    [[nodiscard]] HeatmapCanvas* read() const { return m_read; }
    [[nodiscard]] TokenCurvePlot* plot() const { return m_plot; }
    [[nodiscard]] LayerIndex layer() const { return m_layer; }
    /// The token whose reading is compared: the cursor's, else the newest.
    [[nodiscard]] qint64 token() const;
    void setSettings(const HeatmapSettings& settings);
    /// Draws the curve that is due now, not at the next turn of the event loop.
    void refresh();

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    [[nodiscard]] FigureTitles figureTitles() const override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] bool isBusy() const override { return m_due.isActive() || m_task.running(); }

protected:
    void modelChanged() override;
    void activeChanged() override { m_due.start(); }

private:
    void connectAll();
    void showLayer();
    void updateSources();
    void draw(const Result<Traces>& traces, qint64 token);
    void updateReadout();
    [[nodiscard]] Directions directions(Compare compare) const;
    [[nodiscard]] CosineQuery query() const;
    [[nodiscard]] QString cosineText(qint64 written) const;

    LayerIndex m_layer{0};
    Compare m_compare = Compare::Changed;
    QTimer m_due;
    BackgroundTask<Traces> m_task;
    bool m_stale = false;  // something changed while the task was reading
    HeatmapCanvas* m_written;
    HeatmapCanvas* m_read;
    TokenCurvePlot* m_plot;
    QSplitter* m_splitter;
    HeatmapMenu* m_menu;
    LayerBox* m_layers;
};

}  // namespace ms
