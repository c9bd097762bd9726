// How long a layer remembers: its time constants, and the half-lives that the measured step sizes make of them.
#pragma once

#include <optional>
#include <vector>

#include "ui/models/background_task.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/compared_settings.h"
#include "ui/views/base/pace.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/time_scales/time_scale_values.h"

class QComboBox;
class QSplitter;

namespace ms {

class CellReadout;
class CurvePlot;
class ElidedLabel;
class HeatmapMenu;
class LayerBox;
class MatrixPlot;

class TimeScalesView : public ScopeView {
    Q_OBJECT
public:
    enum class Part { All, Spectrum, Histogram, Map };

    explicit TimeScalesView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] CurvePlot* spectrum() const { return m_spectrum; }
    [[nodiscard]] CurvePlot* histogram() const { return m_histogram; }
    [[nodiscard]] MatrixPlot* map() const { return m_map; }
    [[nodiscard]] LayerIndex layer() const;
    /// What is shown now; empty until there is something.
    [[nodiscard]] const std::optional<TimeScales>& values() const { return m_values; }
    void setPart(Part part);
    void countAllLayers(bool all);
    void setSettings(const HeatmapSettings& settings);

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] QString shownText() const override;
    [[nodiscard]] bool isBusy() const override { return m_pace.busy() || m_task.running() || m_spectraTask.running(); }
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;
    void activeChanged() override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] QWidget* makeChoices();
    void connectPlots();
    [[nodiscard]] bool allLayers() const;
    /// Which run the values on show are of; without any, the one that is wanted.
    [[nodiscard]] Compare shownCompare() const;
    void updateTexts();
    void applySettings();
    [[nodiscard]] QString detailsOf(qint64 row, qint64 column) const;
    void layerChanged();
    void forgetSums();
    void choose();
    void compute();
    void receive(Result<TimeScales> result);
    void clearMeasured(const QString& why);
    void drawSpectrum();
    void drawHistogram();
    void markChannel();
    void hoverHistogram(double x);
    void pickLayer(double percent, double constant);
    void showNote();
    [[nodiscard]] QString emptyText() const;

    QWidget* m_choices = nullptr;
    LayerBox* m_layers;
    QComboBox* m_parts;
    QComboBox* m_scope;
    ElidedLabel* m_note;
    CurvePlot* m_spectrum;
    CurvePlot* m_histogram;
    MatrixPlot* m_map;
    CellReadout* m_readout;
    QSplitter* m_columns;
    QSplitter* m_curves;
    HeatmapMenu* m_menu;

    ComparedSettings<HeatmapSettings> m_settings{{}, HeatmapSettings::forSign(true)};
    Compare m_compare = Compare::Changed;
    Pace m_pace;
    BackgroundTask<TimeScales> m_task;
    BackgroundTask<std::vector<Spectrum>> m_spectraTask;
    std::vector<Spectrum> m_spectra;
    std::optional<TimeScales> m_values;
    QString m_problem;                     // why there are no values
    bool m_slow = false;
    qint64 m_marked = -1;                  // row of the map's cursor
    KnownSteps m_steps, m_baselineSteps;
    TokenRange m_changed;                  // what was captured while the task ran
};

}  // namespace ms
