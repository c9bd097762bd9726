// What is left of each earlier token in a layer's state: how much of its write, and its share of the whole.
#pragma once

#include <optional>

#include "ui/models/background_task.h"
#include "ui/plot/curve_menu.h"
#include "ui/views/base/pace.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/memory_ruler/ruler_task.h"

class QCheckBox;
class QToolButton;

namespace ms {

class ElidedLabel;
class LayerBox;
class TokenCurvePlot;

class MemoryRulerView : public ScopeView {
    Q_OBJECT
public:
    explicit MemoryRulerView(const ViewContext& context, QWidget* parent = nullptr);

    [[nodiscard]] TokenCurvePlot* retained() const { return m_retained; }
    [[nodiscard]] TokenCurvePlot* share() const { return m_share; }
    [[nodiscard]] RankedTokens* chips() const { return m_chips; }
    [[nodiscard]] LayerIndex layer() const;
    /// What is shown now; empty until there is something.
    [[nodiscard]] const std::optional<RulerResult>& result() const { return m_result; }
    void setSettings(const CurveSettings& settings);

    [[nodiscard]] std::vector<CaptureRequest> requests() const override;
    void dataChanged(qint64 first, qint64 end) override;
    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;

protected:
    void modelChanged() override;
    void activeChanged() override;

private:
    [[nodiscard]] QWidget* makeChoices();
    void connectPlots();
    void follow();
    /// The token whose state is taken apart: the pinned one, else the cursor's, else the newest; -1: there is none.
    [[nodiscard]] qint64 reference() const;
    void choose();
    void compute();
    void receive(Result<RulerResult> result);
    void askForStateBefore(const RulerResult& result);
    void forgetState();
    void clear(const QString& why);
    void draw();
    void showNote();
    void showReadout();
    [[nodiscard]] QString textOf(qint64 token) const;
    [[nodiscard]] QString emptyText(const QString& why) const;

    LayerBox* m_layers;
    QCheckBox* m_channelOnly;
    QToolButton* m_pin;
    ElidedLabel* m_note;
    TokenCurvePlot* m_retained;
    TokenCurvePlot* m_share;
    RankedTokens* m_chips;
    CurveMenu* m_menu;

    CurveSettings m_settings;
    Compare m_compare = Compare::Changed;
    Pace m_pace;
    BackgroundTask<RulerResult> m_task;
    std::optional<RulerResult> m_result;
    std::shared_ptr<const KnownState> m_before;
    qint64 m_askedFor = -1;      // token whose state was asked for
    QString m_stateError;
    qint64 m_pinned = -1;
    qint64 m_hoverChip = -1;
    bool m_slow = false;
};

}  // namespace ms
