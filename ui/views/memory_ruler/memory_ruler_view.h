// What is left of each earlier token in a layer's state: how much of its write, and its share of the whole.
#pragma once

#include <array>
#include <optional>

#include "ui/models/background_task.h"
#include "ui/plot/curve_menu.h"
#include "ui/views/base/compared_settings.h"
#include "ui/views/base/layer_token_view.h"
#include "ui/views/base/pace.h"
#include "ui/views/memory_ruler/ruler_task.h"

class QToolButton;

namespace ms {

class TokenCurvePlot;

class MemoryRulerView : public LayerTokenView {
    Q_OBJECT
public:
    explicit MemoryRulerView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] TokenCurvePlot* retained() const { return m_retained; }
    [[nodiscard]] TokenCurvePlot* share() const { return m_share; }
    /// What is shown now; empty until there is something.
    [[nodiscard]] const std::optional<RulerResult>& result() const { return m_result; }
    void setSettings(const CurveSettings& settings);

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;
    void saveShown(QSettings& store) const override;
    void loadShown(QSettings& store) override;
    [[nodiscard]] NumberSource numbers(TokenRange tokens) const override;
    [[nodiscard]] ShownValues shownValues() const override;
    [[nodiscard]] QString shownText() const override;
    [[nodiscard]] bool isBusy() const override { return m_pace.busy() || m_task.running(); }
    void setControlsShown(bool shown) override;

protected:
    void modelChanged() override;
    void activeChanged() override;
    void chosen(Choice choice) override;
    void chipHovered(qint64 token) override;
    void showNote() override;

private:
    /// A run's state before its captures begin, asked for where they begin later than the session.
    struct Past {
        std::shared_ptr<const KnownState> state;
        qint64 askedFor = -1;  // token whose state was asked for
        QString error;
    };
    [[nodiscard]] QWidget* makeChoices();
    void connectPlots();
    void follow();
    /// The token whose state is taken apart: the pinned one, else the cursor's, else the newest; -1: there is none.
    [[nodiscard]] qint64 reference() const;
    void choose();
    void compute();
    void receive(Result<RulerResult> result);
    void askForStatesBefore(const RulerResult& result);
    void askForStateBefore(const RunRuler& ruler, Compare run);
    [[nodiscard]] Past& past(Compare run) { return m_past[run == Compare::Baseline ? 1 : 0]; }
    void forgetState();
    void clear(const QString& why);
    void draw();
    void updateTexts();
    void showReadout();
    [[nodiscard]] QString readoutOf(qint64 token) const;
    [[nodiscard]] QString textOf(qint64 token) const;
    /// Which run the result on show is of; without any, the one that is wanted.
    [[nodiscard]] Compare shownCompare() const { return m_result ? m_shownCompare : compare(); }

    QWidget* m_choices = nullptr;
    QToolButton* m_pin;
    TokenCurvePlot* m_retained;
    TokenCurvePlot* m_share;
    CurveMenu* m_menu;

    ComparedSettings<CurveSettings> m_settings;
    Compare m_shownCompare = Compare::Changed;
    Pace m_pace;
    BackgroundTask<RulerResult> m_task;
    std::optional<RulerResult> m_result;
    std::array<Past, 2> m_past;  // of the changed run, of the baseline
    qint64 m_pinned = -1;
    qint64 m_hoverChip = -1;
    bool m_slow = false;
};

}  // namespace ms
