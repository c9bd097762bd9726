// Curves over tokens: channels of a layer, means of layers, or states of B and C.
#pragma once

#include <QTimer>
#include <array>

#include "ui/models/background_task.h"
#include "ui/plot/curve_menu.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/traces/trace_reader.h"

class QComboBox;
class QSpinBox;
class QToolButton;

namespace ms {

class MeasureCombo;
class TokenCurvePlot;
class TraceChips;
struct MeasureInfo;

class TracesView : public ScopeView {
    Q_OBJECT
public:
    enum class Kind { Channels, Layers, B, C };
    static constexpr std::size_t kKinds = 4, kMostCurves = 8;

    explicit TracesView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] TokenCurvePlot* plot() const { return m_plot; }
    [[nodiscard]] Kind kind() const;
    void setKind(Kind kind);
    [[nodiscard]] const MeasureInfo& measure() const;
    void setMeasure(const QString& key);
    /// The channel, layer or state that is drawn until another one is current.
    [[nodiscard]] qint64 current() const;
    void setCurrent(qint64 index);
    void pinCurrent();
    void unpin(qint64 index);
    [[nodiscard]] const std::vector<qint64>& pinned() const { return m_pinned[static_cast<std::size_t>(kind())]; }
    void setSettings(const CurveSettings& settings);
    /// Draws what is due now, not at the next turn of the event loop.
    void refresh();

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
    [[nodiscard]] bool isBusy() const override { return m_due.isActive() || m_task.running(); }
    void setControlsShown(bool shown) override;
    [[nodiscard]] QString shownText() const override;

protected:
    void modelChanged() override;
    void activeChanged() override { m_due.start(); }
    void changeEvent(QEvent* event) override;

private:
    void addControls();
    void followSelection();
    void changed();
    void updateControls();
    void updateTexts();
    void updateEmptyText();
    void draw(const TraceQuery& query, const Traces& traces);
    void updateReadout();
    [[nodiscard]] std::vector<qint64> shown() const;
    [[nodiscard]] SeriesSource source() const;
    [[nodiscard]] qint64 indices() const;
    [[nodiscard]] QString symbol() const;
    [[nodiscard]] QString nameOf(qint64 index) const;
    [[nodiscard]] QColor colourOf(std::size_t place) const;

    LayerIndex m_layer{0};
    Compare m_compare = Compare::Changed;
    CurveSettings m_settings;
    std::array<qint64, kKinds> m_current{};
    std::array<std::vector<qint64>, kKinds> m_pinned;
    QTimer m_due;
    BackgroundTask<Traces> m_task;
    bool m_stale = false;  // something changed while the task was reading
    TokenCurvePlot* m_plot;
    TraceChips* m_chips;
    CurveMenu* m_menu;
    QComboBox* m_kinds;
    MeasureCombo* m_channelMeasures;
    MeasureCombo* m_layerMeasures;
    QSpinBox* m_layers;
    QSpinBox* m_index;
    QToolButton* m_follow;
    QToolButton* m_pin;
};

}  // namespace ms
