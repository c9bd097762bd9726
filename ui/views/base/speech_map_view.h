// The base of views that draw values of every frame of speech as a heatmap.
#pragma once

#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/scope_view.h"

namespace ms {

class HeatmapCanvas;
class HeatmapMenu;

class SpeechMapView : public ScopeView {
    Q_OBJECT
public:
    /// `name` begins accessible names; `settings` hold until the user chooses others.
    SpeechMapView(const QString& id, const QString& name, const HeatmapSettings& settings, const ViewContext& context,
                  QWidget* parent = nullptr);

    [[nodiscard]] HeatmapCanvas* canvas() const { return m_canvas; }
    void setSettings(const HeatmapSettings& settings);
    [[nodiscard]] const HeatmapSettings& settings() const;

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] FigureTitles figureTitles() const override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;

protected:
    void modelChanged() override { updateSource(); }
    /// What is drawn; only asked with a speech model open.
    [[nodiscard]] virtual SeriesSource source() const = 0;
    /// A derived class calls it at the end of its constructor and when source() says something else. The canvas keeps its
    /// measure and row names.
    void updateSource();
    /// In read-outs and figures; `rowTitle`: what the rows are.
    void setMeasure(const QString& symbol, const QString& unit, const QString& rowTitle);

private:
    QString m_symbol, m_unit, m_rowTitle;
    HeatmapCanvas* m_canvas;
    HeatmapMenu* m_menu;
};

}  // namespace ms
