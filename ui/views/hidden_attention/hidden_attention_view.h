// The attention of the selected layer, hidden in a scan or attention itself, which nobody writes down: a tile of it, and the row
// of one token.
#pragma once

#include <QTimer>
#include <optional>

#include "ui/models/background_task.h"
#include "ui/plot/measure_settings.h"
#include "ui/views/base/layer_token_view.h"
#include "ui/views/base/pace.h"
#include "ui/views/hidden_attention/attention_task.h"

class QComboBox;
class QSpinBox;
class QSplitter;
class QToolButton;

namespace ms {

class CellReadout;
class ElidedLabel;
class HeatmapMenu;
class MatrixPlot;
class RowCurve;

class HiddenAttentionView : public LayerTokenView {
    Q_OBJECT
public:
    explicit HiddenAttentionView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] MatrixPlot* plot() const { return m_plot; }
    [[nodiscard]] RowCurve* curve() const { return m_curve; }
    /// What is shown now; empty until there is something.
    [[nodiscard]] const std::optional<AttentionTile>& tile() const { return m_tile; }
    [[nodiscard]] const std::optional<AttentionRow>& row() const { return m_row; }
    void setForm(AttentionForm form);
    [[nodiscard]] AttentionForm form() const;
    void setTileSize(qint64 tokens);
    /// Of a layer of attention, -1: the mean of all; of Mamba-2 one of its heads.
    void setHead(qint64 head);
    /// Back to the cursor's token, at the chosen size.
    void centre();
    void setSettings(const HeatmapSettings& settings);

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] QString shownText() const override;
    [[nodiscard]] bool isBusy() const override { return m_tilePace.busy() || m_rowPace.busy() || m_tileTask.running() || m_rowTask.running(); }
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;
    void activeChanged() override;
    void chosen(Choice choice) override;
    void chipHovered(qint64 token) override { showRowReadout(token); }
    void showNote() override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] QWidget* makeChoices();
    [[nodiscard]] QWidget* makeSide();
    void connectPlots();
    void follow();

    [[nodiscard]] qint64 tileSize() const;
    [[nodiscard]] WeightSource source() const { return weightSourceOf(model(), layer()); }
    [[nodiscard]] bool attends() const { return source() == WeightSource::Attention; }
    [[nodiscard]] bool hasHeads() const { return attends() || source() == WeightSource::ScanHeads; }
    [[nodiscard]] QString symbolOf(AttentionForm form) const;
    /// Controls that make sense for the layer; what was shown of one of another kind is gone.
    void updateSource();
    /// What to compute of a run. Nothing when a channel is wanted and none is selected.
    [[nodiscard]] std::optional<AttentionQuery> query(Compare run) const;
    [[nodiscard]] std::optional<AttentionQuery> otherRun() const;
    void choose(bool tile, bool row);
    void computeTile();
    void computeRow();
    void showTile(Result<AttentionTile> result);
    void showRow(Result<AttentionRow> result);
    void cancel();
    void stopAll();
    void clear(const QString& why);
    void clearRow(const QString& why);
    void place(const QRectF& window);
    void moved();
    void tokenChanged();
    void markCursor();

    void updateForm();
    void updateLabels();
    void showReadout(const QString& text);
    void showRowReadout(qint64 token);
    [[nodiscard]] QString detailsOf(qint64 query, qint64 key) const;
    [[nodiscard]] QString emptyText(const QString& why) const;
    [[nodiscard]] QString capturedText() const;
    /// Which run the tile on show is of; without any, the one that is wanted.
    [[nodiscard]] Compare shownCompare() const { return m_tile ? m_tileCompare : compare(); }

    QWidget* m_choices = nullptr;
    QComboBox* m_sizes;
    QComboBox* m_forms;
    QSpinBox* m_heads;
    QToolButton* m_centre;
    QToolButton* m_cancel;
    ElidedLabel* m_rowTitle;
    MatrixPlot* m_plot;
    CellReadout* m_readout;
    RowCurve* m_curve;
    QSplitter* m_splitter;
    HeatmapMenu* m_menu;

    MeasureSettings m_settings;
    WeightSource m_source = WeightSource::None;  // of the controls
    qint64 m_head = -1;          // wanted, wherever the layer has as many; -1: the mean of all where there is one
    Compare m_tileCompare = Compare::Changed;  // of what is shown
    Pace m_tilePace, m_rowPace;
    BackgroundTask<AttentionTile> m_tileTask;
    BackgroundTask<AttentionRow> m_rowTask;
    Percent m_percent;
    QTimer m_progress;           // looks how far the tile is
    std::optional<AttentionTile> m_tile;
    std::optional<AttentionRow> m_row;
    RunSums m_rowSums;
    QRectF m_window;             // what is or shall be visible; x: keys, y: queries
    bool m_follows = true;       // the window stays around the reference token
    bool m_placing = false;      // the window moves, but not by the user's hand
    bool m_cancelled = false;
    qint64 m_keyColumn = -1;     // of the cell that was clicked
};

}  // namespace ms
