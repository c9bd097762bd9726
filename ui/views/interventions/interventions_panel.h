// The list of changes to the running model, and which of the two runs the views show.
#pragma once

#include <QWidget>

#include "ui/models/intervention_model.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"
#include "ui/models/values.h"

class QButtonGroup;
class QLabel;
class QLayout;
class QMenu;
class QTableView;
class QToolButton;

namespace ms {

class InterventionsPanel : public QWidget {
    Q_OBJECT
public:
    InterventionsPanel(InterventionModel& model, Selection& selection, QWidget* parent = nullptr);

    void setModel(const ModelSummaryPtr& model);
    /// The engine runs with this list now: comparing makes sense when something in it is on.
    void setApplied(const InterventionList& list);
    [[nodiscard]] Compare compare() const;
    /// As if its button had been pressed; nothing without a baseline.
    void chooseCompare(Compare compare);

Q_SIGNALS:
    void compareChanged(ms::Compare compare);
    /// There is a baseline to compare with, or no longer.
    void comparableChanged(bool comparable);
    void refused(const QString& message);

private:
    void setUpTable();
    void setUpButtons();
    QMenu* kindMenu();      ///< what can be added
    QLayout* compareRow();  ///< which run the views show
    /// A new one for the selected layer and channel.
    void add(InterventionValue::Kind kind);
    void updateState();

    InterventionModel& m_list;
    Selection& m_selection;
    QTableView* m_table;
    QToolButton *m_add, *m_remove, *m_clear;
    QButtonGroup* m_compare;
    QLabel* m_hint;
    bool m_hasModel = false, m_applied = false;
};

}  // namespace ms
