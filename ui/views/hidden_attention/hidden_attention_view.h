// The attention that the selected layer computes without writing it down: a tile of it, and the row of one token.
#pragma once

#include <QTimer>
#include <optional>

#include "ui/models/background_task.h"
#include "ui/plot/measure_settings.h"
#include "ui/views/base/pace.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/hidden_attention/attention_task.h"

class QCheckBox;
class QComboBox;
class QSplitter;
class QToolButton;

namespace ms {

class ElidedLabel;
class HeatmapMenu;
class LayerBox;
class MatrixPlot;
class RowCurve;

class HiddenAttentionView : public ScopeView {
    Q_OBJECT
public:
    explicit HiddenAttentionView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] MatrixPlot* plot() const { return m_plot; }
    [[nodiscard]] RowCurve* curve() const { return m_curve; }
    [[nodiscard]] RankedTokens* chips() const { return m_chips; }
    [[nodiscard]] LayerIndex layer() const;
    /// What is shown now; empty until there is something.
    [[nodiscard]] const std::optional<AttentionTile>& tile() const { return m_tile; }
    [[nodiscard]] const std::optional<AttentionRow>& row() const { return m_row; }
    void setForm(AttentionForm form);
    [[nodiscard]] AttentionForm form() const;
    void setTileSize(qint64 tokens);
    /// Back to the cursor's token, at the chosen size.
    void centre();
    void setSettings(const HeatmapSettings& settings);

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;

protected:
    void modelChanged() override;
    void activeChanged() override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] QWidget* makeChoices();
    [[nodiscard]] QWidget* makeSide();
    void connectPlots();
    void follow();

    /// The query whose row is shown: the cursor's token, else the newest; -1: there is none.
    [[nodiscard]] qint64 reference() const;
    [[nodiscard]] qint64 tileSize() const;
    /// Nothing when a channel is wanted and none is selected.
    [[nodiscard]] std::optional<AttentionQuery> query() const;
    void changed();
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
    void showNote();
    void showReadout(const QString& text);
    void showRowReadout(qint64 token);
    [[nodiscard]] QString textOf(qint64 token) const;
    [[nodiscard]] QString emptyText(const QString& why) const;

    LayerBox* m_layers;
    QComboBox* m_sizes;
    QComboBox* m_forms;
    QCheckBox* m_channelOnly;
    QToolButton* m_centre;
    QToolButton* m_cancel;
    ElidedLabel* m_note;
    ElidedLabel* m_rowTitle;
    MatrixPlot* m_plot;
    RowCurve* m_curve;
    RankedTokens* m_chips;
    QSplitter* m_splitter;
    HeatmapMenu* m_menu;

    MeasureSettings m_settings;
    Compare m_compare = Compare::Changed;
    Pace m_tilePace, m_rowPace;
    BackgroundTask<AttentionTile> m_tileTask;
    BackgroundTask<AttentionRow> m_rowTask;
    Percent m_percent;
    QTimer m_progress;           // looks how far the tile is
    std::optional<AttentionTile> m_tile;
    std::optional<AttentionRow> m_row;
    std::shared_ptr<const RowSums> m_rowSums;
    QRectF m_window;             // what is or shall be visible; x: keys, y: queries
    bool m_follows = true;       // the window stays around the reference token
    bool m_placing = false;      // the window moves, but not by the user's hand
    bool m_cancelled = false;
    qint64 m_keyColumn = -1;     // of the cell that was clicked
    std::pair<qint64, qint64> m_hoverCell{-1, -1};
};

}  // namespace ms
