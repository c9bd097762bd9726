// The base of all views: header with title, controls, read-out and settings; what it asks the engine to capture.
#pragma once

#include <QPointer>
#include <QWidget>
#include <vector>

#include "engine/export/number_source.h"
#include "engine/probe/capture.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"
#include "ui/plot/token_names.h"
#include "ui/views/base/view_context.h"
#include "ui/views/base/view_figure.h"

class QHBoxLayout;
class QMenu;
class QSettings;
class QToolButton;

namespace ms {

class CompareBox;
class ElidedLabel;

class ScopeView : public QWidget {
    Q_OBJECT
public:
    /// `id` names the view in settings, the registry and object names: "channel_map".
    ScopeView(const QString& id, const ViewContext& context, QWidget* parent = nullptr);
    ~ScopeView() override;

    [[nodiscard]] const QString& id() const { return m_id; }
    /// Goes into the dock's title bar; belongs to the view until it is placed there.
    [[nodiscard]] QWidget* header() const { return m_header; }
    [[nodiscard]] const ModelSummaryPtr& model() const { return m_model; }
    [[nodiscard]] bool isActive() const { return m_active; }
    /// The read-out as shown.
    [[nodiscard]] QString readout() const;

    void setModel(const ModelSummaryPtr& model);
    /// A hidden view asks for no captures and computes nothing.
    void setActive(bool active);

    /// What must be captured for the view as it is now set; only asked while active and with a model open.
    [[nodiscard]] virtual std::vector<CaptureRequest> requests() const { return {}; }
    /// Captured values of tokens [first, end) are new or changed. Called for hidden views too: remember, compute later.
    virtual void dataChanged(qint64 first, qint64 end) = 0;
    /// Which of two runs is shown while interventions are on.
    virtual void setCompare(Compare compare);
    /// There is a baseline to compare with, or no longer: the header's box for it comes and goes.
    void setComparable(bool comparable);
    /// Somebody wants to see this measure here, by its key; views without measures stay as they are.
    virtual void showMeasure(const QString&) {}
    /// What the user chose, between sessions; the settings' group is already the view's own.
    virtual void save(QSettings&) const {}
    virtual void load(QSettings&) {}
    /// What the user looks at beyond that, which another model or session makes meaningless: an opened layer, zoomed rows.
    /// Read back once the same model is open.
    virtual void saveShown(QSettings&) const {}
    virtual void loadShown(QSettings&) {}

    // --- figures of the view ---
    [[nodiscard]] QString title() const;
    [[nodiscard]] const QString& definition() const { return m_definition; }
    /// The settings in a few words: "Viridis, 1–99 %".
    [[nodiscard]] QString settingsText() const;
    /// More of what is shown than title and settings say; a part of the caption.
    [[nodiscard]] virtual QString shownText() const { return {}; }
    [[nodiscard]] virtual FigureTitles figureTitles() const { return {}; }
    [[nodiscard]] virtual ShownValues shownValues() const { return {}; }
    /// The values that are shown, as they are and not as drawn, of these tokens where they are of tokens; empty: there are
    /// none. Readers hold what they need: a view may be gone when they are called, on any one thread.
    [[nodiscard]] virtual NumberSource numbers(TokenRange) const { return {}; }
    /// Values are being computed, or will be in a moment: what is drawn now is not what was asked for. Open questions to
    /// ModelQueries, and what plots leave for later (FigurePlot), do not count.
    [[nodiscard]] virtual bool isBusy() const { return false; }
    /// The rows of controls inside the view; what they say of curves the plots say themselves without them.
    virtual void setControlsShown(bool) {}

Q_SIGNALS:
    void requestsChanged();
    void runPauseRequested();
    /// The user wants all views to show this run; setCompare follows.
    void compareChosen(ms::Compare compare);
    /// The user wants a figure or the numbers of the view.
    void exportRequested();
    /// The same, into the clipboard.
    void copyRequested();
    /// The user asked to see something in another view, by its id and the key of a measure that it may have.
    void viewRequested(const QString& id, const QString& measure = {});

protected:
    /// Copy and the context menu: the read-out goes to the clipboard.
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    /// For views with a context menu of their own: what every view's ends with.
    void addExportActions(QMenu& menu);

    [[nodiscard]] const ViewContext& context() const { return m_context; }
    /// How tokens are told; of a speech model, by their time.
    [[nodiscard]] TokenNames names() const;
    /// Of the axis that all time views share.
    [[nodiscard]] QString tokenAxisTitle() const;
    /// `definition`: what the measure is, for the title's tooltip (plain text, one paragraph).
    void setTitle(const QString& title, const QString& definition);
    void setReadout(const QString& text);
    /// A control of the view, between title and read-out; gets an object name "<id>_<name>" and an accessible name.
    void addControl(QWidget* control, const QString& name, const QString& accessibleName);
    /// The box that chooses which of two runs is shown, after the controls so far; unseen until there are two.
    void addCompareBox(const QString& accessibleName);
    /// A button at the right end that opens `menu`; its text follows setSettingsText.
    void setSettingsMenu(QMenu* menu, const QString& accessibleName);
    void setSettingsText(const QString& text);

    /// Another model is open, or none.
    virtual void modelChanged() {}
    /// The view was shown or hidden.
    virtual void activeChanged() {}

private:
    QString m_id, m_definition;
    ViewContext m_context;
    ModelSummaryPtr m_model;
    bool m_active = true;
    QPointer<QWidget> m_header;
    QHBoxLayout* m_headerLayout;
    ElidedLabel* m_title;
    ElidedLabel* m_readout;
    QToolButton* m_settingsButton = nullptr;
    QPointer<CompareBox> m_compareBox;
};

/// Text of a probe table's field.
[[nodiscard]] QString utf8(std::string_view text);

}  // namespace ms
