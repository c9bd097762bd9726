// The state matrix h of one layer at one token, and how it differs from another token's: heatmap and landscape.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ui/plot/heatmap_settings.h"
#include "ui/plot/matrix_plot.h"
#include "ui/views/base/compared_settings.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/state/state_source.h"

class QComboBox;
class QSplitter;

namespace ms {

class CellReadout;
class ElidedLabel;
class HeatmapMenu;
class LandscapePlot;
class LayerBox;

/// What is shown, and what it is compared with.
enum class StateForm { Heatmap, Landscape, Both };
enum class StateReference { None, TokenBefore, Pinned, Zero };

class StateView : public ScopeView {
    Q_OBJECT
public:
    explicit StateView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] MatrixPlot* heatmap() const { return m_heatmap; }
    [[nodiscard]] LandscapePlot* landscape() const { return m_landscape; }
    /// ‖h‖, or the norm of the change; 0 while nothing is shown.
    [[nodiscard]] double norm() const { return m_norm; }
    [[nodiscard]] std::optional<qint64> pinned() const { return m_pinned; }
    /// Channel in a row of the plots.
    [[nodiscard]] qint64 channelAt(qint64 row) const;

    void setForm(StateForm form);
    void setReference(StateReference reference);
    /// Pins the token looked at, to compare others with it.
    void pin();
    void setSortedByNorm(bool sorted);
    void setSettings(const HeatmapSettings& settings);

    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] QString shownText() const override;
    [[nodiscard]] bool isBusy() const override { return m_source->pending(); }
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;
    void activeChanged() override;

private:
    QWidget* buildControls();
    void buildMenu();
    void connectPlots();
    /// Token looked at: the cursor's, else the newest; -1 without tokens.
    [[nodiscard]] qint64 token() const;
    [[nodiscard]] bool usesReference(qint64 token) const;
    [[nodiscard]] bool comparesWithZero() const;
    void refresh(bool streaming);
    void tokensCut(qint64 count);
    void unpin();
    void arrange();       // new values or another order
    /// A run's state, or its change against the reference.
    [[nodiscard]] std::vector<float> valuesOf(StateSource::Run run) const;
    [[nodiscard]] QString detailsOf(qint64 row, qint64 column) const;
    void applySettings();
    void drawMatrix();    // the same rows with other settings
    void updateTitle();
    void updateCursor();
    void updateNote();
    void clear(const QString& text);
    [[nodiscard]] MatrixAxes axes() const;

    QWidget* m_controls = nullptr;
    StateSource* m_source;
    MatrixPlot* m_heatmap;
    CellReadout* m_readout;
    LandscapePlot* m_landscape;
    QSplitter* m_splitter;
    HeatmapMenu* m_menu;
    QAction* m_sortAction = nullptr;
    LayerBox* m_layerBox;
    QComboBox* m_formBox;
    QComboBox* m_referenceBox;
    QWidget* m_pinButton = nullptr;
    ElidedLabel* m_magnitude;
    QTimer m_slow;  // says that it is reading when an answer takes long
    ComparedSettings<HeatmapSettings> m_settings{HeatmapSettings::forSign(true), HeatmapSettings::forSign(true)};
    Compare m_compare = Compare::Changed;  // as chosen; shown is what the source has
    StateForm m_form = StateForm::Heatmap;
    StateReference m_reference = StateReference::None;
    std::optional<qint64> m_pinned;
    bool m_sorted = false;
    qint64 m_state = -1;                 // column of the cursor
    std::vector<float> m_values;         // [d_inner, d_state] as shown
    std::vector<float> m_changed, m_baseline;  // what a difference of the two runs is made of, else empty
    std::vector<int> m_order;            // row -> channel
    std::shared_ptr<const Matrix> m_matrix;
    double m_norm = 0;
};

}  // namespace ms
