// Any weight of the open model: heatmap, histogram, statistics.
#pragma once

#include <memory>

#include "engine/analysis/tensor_statistics.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/scope_view.h"

class QCheckBox;
class QComboBox;
class QLabel;

namespace ms {

class AdaptiveSplitter;
class CurvePlot;
class HeatmapMenu;
class TensorPlot;

class TensorView : public ScopeView {
    Q_OBJECT
public:
    explicit TensorView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] TensorPlot* plot() const { return m_plot; }
    [[nodiscard]] CurvePlot* histogram() const { return m_histogram; }
    void setSettings(const HeatmapSettings& settings);

    void dataChanged(qint64, qint64) override {}  // weights stay as they are
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] QString shownText() const override { return m_shown; }
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;
    void activeChanged() override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void buildSide();
    void buildChooser();
    void choose(const QString& name);
    void refresh();
    void showStatistics(const Answer<TensorStatistics>& answer);
    void drawHistogram();
    void hoverHistogram(double x);
    [[nodiscard]] const TensorSummary* tensor(const QString& name) const;

    TensorPlot* m_plot;
    HeatmapMenu* m_menu;
    QComboBox* m_chooser;
    AdaptiveSplitter* m_splitter;
    QWidget* m_side;
    QLabel* m_shape;
    QLabel* m_numbers;
    QCheckBox* m_logCounts;
    CurvePlot* m_histogram;
    QString m_shown;  // the tensor that is shown or asked for
    std::shared_ptr<const TensorStatistics> m_statistics;
};

}  // namespace ms
