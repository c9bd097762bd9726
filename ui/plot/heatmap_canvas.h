// The interactive plot of one heatmap: mouse, keyboard, hover; painting is HeatmapPainter's.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <functional>
#include <optional>

#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/models/token_log.h"
#include "ui/plot/heatmap_painter.h"
#include "ui/plot/heatmap_raster.h"
#include "ui/plot/readout_plot.h"
#include "ui/plot/token_axis_input.h"

class QSettings;

namespace ms {

/// What a row of a heatmap is, and so what a click on it selects.
enum class RowKind { Layer, Channel, State };

/// What the rows of a source are called, by the channel (or layer) that they show.
struct RowNames {
    std::function<QString(qint64 channel)> label;    ///< short: beside the axis
    std::function<QString(qint64 channel)> readout;  ///< "layer 3, channel 17"
};

class HeatmapCanvas : public ReadoutPlot {
    Q_OBJECT
public:
    HeatmapCanvas(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);
    ~HeatmapCanvas() override;

    /// Layers for a source of all layers, channels otherwise; `kind` State: rows select nothing outside this plot.
    void setSource(const SeriesSource& source, std::optional<RowKind> kind = std::nullopt);
    /// Symbol and unit in read-outs; those of the source's probe point until set.
    void setMeasure(const QString& symbol, const QString& unit);
    [[nodiscard]] const SeriesSource& source() const { return m_raster.source(); }
    void setSettings(const HeatmapSettings& settings);
    [[nodiscard]] const HeatmapSettings& settings() const { return m_settings; }
    /// A few letters in the plot's corner, where a view has several heatmaps.
    void setCaption(const QString& caption);
    /// What rows are called; their numbers until set.
    void setRowNames(RowNames names);
    /// Tokens are frames of so much audio: axis and read-outs tell times. 0: tokens are counted.
    void setFrameSeconds(double seconds);
    void dataChanged(qint64 first, qint64 end);

    /// The rows drawn: as many as asked for if the source has them, four at least.
    void setVisibleRows(qint64 first, qint64 count);
    /// The visible rows, unless they are all: for ScopeView::saveShown.
    void saveRows(QSettings& store) const;
    void loadRows(const QSettings& store);
    /// Of the colours as drawn last.
    [[nodiscard]] const ValueScale& valueScale() const { return m_scale; }
    void showAllRows() { setVisibleRows(0, rows()); }
    /// Scrolls as little as possible.
    void ensureRowVisible(qint64 row);
    [[nodiscard]] qint64 firstVisibleRow() const { return m_firstRow; }
    [[nodiscard]] qint64 visibleRows() const { return m_visibleRows; }

    [[nodiscard]] QString readout() const override;
    bool settle() override;
    /// What to draw now; brings the raster up to date.
    [[nodiscard]] HeatmapScene scene();
    [[nodiscard]] HeatmapLayout layoutNow() const;
    /// Token and row at a point of the plot; -1 outside.
    [[nodiscard]] qint64 tokenAt(const QPoint& position) const;
    [[nodiscard]] qint64 rowAt(const QPoint& position) const;
    /// Paint events so far, for measurements.
    [[nodiscard]] qint64 paintCount() const { return m_paintCount; }
    [[nodiscard]] double lastPaintMilliseconds() const { return m_lastPaint; }

    [[nodiscard]] QSize sizeHint() const override { return {640, 180}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 60}; }

Q_SIGNALS:
    void rowActivated(qint64 row);  ///< double click or Return
    void visibleRowsChanged(qint64 first, qint64 count);

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void keyPressEvent(QKeyEvent*) override;

private:
    void select(const QPoint& position);
    void setCursorRow(qint64 row);
    [[nodiscard]] qint64 cursorRow() const;
    [[nodiscard]] QString rowText(qint64 row) const;
    [[nodiscard]] QString tokenText(qint64 token) const;
    void moveCursorRow(qint64 rows);
    [[nodiscard]] qint64 rows() const { return m_raster.source().rows(); }
    void zoomRows(int steps, double share);
    bool rowKey(QKeyEvent* event);
    void reportWidth();
    /// Columns of the image in one of the plot.
    [[nodiscard]] int finer(const TimeScale& scale) const;

    TokenLog& m_tokens;
    TimeAxis& m_axis;
    Selection& m_selection;
    HeatmapRaster m_raster;
    HeatmapSettings m_settings;
    QString m_symbol, m_unit, m_caption;
    RowNames m_rowNames;
    double m_frameSeconds = 0;
    RowKind m_rowKind = RowKind::Layer;
    qint64 m_state = -1;  // the cursor among states
    qint64 m_firstRow = 0, m_visibleRows = 0;

    ValueScale m_scale;
    QElapsedTimer m_sinceRange;
    bool m_rangeStale = true;
    bool m_incomplete = true;  // the last scene left something for later
    QTimer m_again;  // repaints when something was left for later

    TokenAxisInput m_input;
    qint64 m_pressRow = 0;  // first visible row when the button went down
    int m_rowWheel = 0;
    qint64 m_paintCount = 0;
    double m_lastPaint = 0;
};

}  // namespace ms
