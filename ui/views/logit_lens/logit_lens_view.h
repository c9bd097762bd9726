// The logit lens at the cursor's token: what each layer's residual stream would predict.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <memory>

#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/logit_lens/lens_table_model.h"

class QComboBox;
class QLabel;
class QSpinBox;
class QStackedWidget;

namespace ms {

class AdaptiveSplitter;
class CurvePlot;
class HeatmapMenu;
class LensTableView;
class ProbabilityBar;

class LogitLensView : public ScopeView {
    Q_OBJECT
public:
    explicit LogitLensView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] LensTableModel* table() const { return m_model; }
    [[nodiscard]] LensTableView* tableView() const { return m_table; }
    /// The cursor's token, or the newest; -1: there is none.
    /// The model hears: its head says what a frame holds, not what comes next.
    [[nodiscard]] bool ofFrames() const;
    [[nodiscard]] qint64 wantedToken() const;
    void setSettings(const HeatmapSettings& settings);
    void setRows(LensRows rows);

    void dataChanged(qint64 first, qint64 end) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] bool isBusy() const override { return m_timer.isActive() || m_pending; }

protected:
    void modelChanged() override;
    void activeChanged() override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void buildControls();
    void buildCurves();
    void follow();
    void followStream(qint64 first);
    void askSoon();
    void ask();
    void receive(const Answer<LensTable>& answer);
    void showMessage(const QString& text);
    void showCaption();
    void drawCurves();
    void showLayer();

    LensTableModel* m_model;
    LensTableView* m_table;
    ProbabilityBar* m_bar;
    HeatmapMenu* m_menu;
    QComboBox* m_choice;
    QSpinBox* m_count;
    QLabel* m_caption;
    QLabel* m_message;
    QStackedWidget* m_pages;
    AdaptiveSplitter* m_splitter;
    CurvePlot* m_entropy;
    CurvePlot* m_probability;
    HeatmapSettings m_settings;
    QTimer m_timer;              // until the next question
    QElapsedTimer m_asked;       // since the last one
    bool m_pending = false;      // a question is open
    bool m_again = false;        // tokens came meanwhile
};

}  // namespace ms
