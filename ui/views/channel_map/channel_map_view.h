// Channels × tokens of one layer, in an order that puts what belongs together side by side.
#pragma once

#include <QTimer>
#include <memory>
#include <optional>

#include "ui/models/background_task.h"
#include "ui/plot/measure_settings.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/channel_map/channel_order.h"

class QComboBox;
class QLineEdit;

namespace ms {

class ElidedLabel;
class HeatmapCanvas;
class HeatmapMenu;
class LayerBox;
class MeasureCombo;
struct MeasureInfo;

class ChannelMapView : public ScopeView {
    Q_OBJECT
public:
    explicit ChannelMapView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] HeatmapCanvas* canvas() const { return m_canvas; }
    [[nodiscard]] LayerIndex layer() const { return m_layer; }
    [[nodiscard]] const MeasureInfo& measure() const;
    void setMeasure(const QString& key);
    [[nodiscard]] ChannelSort sort() const;
    void setSort(ChannelSort sort);
    /// The order is that of the moment: this one looks again.
    void sortAgain();
    [[nodiscard]] bool isSorting() const { return m_task.running(); }
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
    [[nodiscard]] QString shownText() const override;
    [[nodiscard]] bool isBusy() const override { return m_task.running() || (m_orderDue && m_retry.isActive()); }
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;
    void activeChanged() override;

private:
    /// What an order depends on besides the values.
    struct SortMoment {
        TokenRange range;
        qint64 token = -1;
    };
    QWidget* makeSortRow();
    void showLayer();
    void changed();
    void updateSource();
    void updateSettings();
    void findChannel();
    [[nodiscard]] OrderQuery orderQuery() const;
    [[nodiscard]] QString orderText(const OrderQuery& query) const;

    LayerIndex m_layer{0};
    Compare m_compare = Compare::Changed;
    MeasureSettings m_settings;
    std::shared_ptr<const std::vector<int>> m_order;
    BackgroundTask<std::vector<int>> m_task;
    std::optional<SortMoment> m_moment;   // of the order that was read back; else that of now
    SortMoment m_sortedAt;                // of the order that is shown
    bool m_orderDue = false;  // hidden, or nothing was captured yet: sort when that changes
    QTimer m_retry;
    QWidget* m_sortRow = nullptr;
    HeatmapCanvas* m_canvas;
    HeatmapMenu* m_menu;
    MeasureCombo* m_measures;
    LayerBox* m_layers;
    QComboBox* m_sorts;
    QLineEdit* m_find;
    ElidedLabel* m_note;
};

}  // namespace ms
