// Layers × tokens of any measure, under a strip of the tokens' surprisal.
#pragma once

#include "ui/plot/measure_settings.h"
#include "ui/views/base/scope_view.h"

namespace ms {

class HeatmapCanvas;
class HeatmapMenu;
class MeasureCombo;
class SurprisalStrip;
struct MeasureInfo;

class OverviewView : public ScopeView {
    Q_OBJECT
public:
    explicit OverviewView(const ViewContext& context, QWidget* parent = nullptr);
    ~OverviewView() override;

    [[nodiscard]] HeatmapCanvas* canvas() const { return m_canvas; }
    [[nodiscard]] SurprisalStrip* strip() const { return m_strip; }
    [[nodiscard]] const MeasureInfo& measure() const;
    /// By its key in the table of measures.
    void setMeasure(const QString& key);
    /// Of the measure shown; kept for it.
    void setSettings(const HeatmapSettings& settings);

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void showMeasure(const QString& key) override { setMeasure(key); }
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
    void updateSettings();
    void updateReadout();

    MeasureSettings m_settings;
    Compare m_compare = Compare::Changed;
    SurprisalStrip* m_strip;
    HeatmapCanvas* m_canvas;
    HeatmapMenu* m_menu;
    MeasureCombo* m_measures;
};

}  // namespace ms
