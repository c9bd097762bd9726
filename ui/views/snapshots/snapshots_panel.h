// The time machine: kept states of the session by name; return, fork, compare, swap in, save and load.
#pragma once

#include <QWidget>
#include <vector>

#include "ui/models/selection.h"
#include "ui/models/session_values.h"
#include "ui/models/values.h"

class QLabel;
class QToolButton;
class QTreeWidget;

namespace ms {

class SnapshotsPanel : public QWidget {
    Q_OBJECT
public:
    explicit SnapshotsPanel(Selection& selection, QWidget* parent = nullptr);

    void setSnapshots(const std::vector<SnapshotSummary>& snapshots);
    void showComparison(const SnapshotComparison& comparison);
    /// Of a speech model states can be kept, compared and saved, but not returned to. Null: no model.
    void setModel(const ModelSummaryPtr& model);
    /// Whether anything was read that could be kept.
    void setTokenCount(qint64 tokens);
    /// The one chosen, 0: none.
    [[nodiscard]] qint64 current() const;

Q_SIGNALS:
    /// `token` -1: the newest.
    void takeRequested(const QString& name, qint64 token);
    void goToRequested(qint64 id);
    void goToTokenRequested(qint64 token);
    void renameRequested(qint64 id, const QString& name);
    void removeRequested(qint64 id);
    void compareRequested(qint64 first, qint64 second);
    void swapRequested(qint64 id, const std::vector<qint64>& layers);
    void saveRequested(qint64 id);
    void loadRequested();

private:
    void createButtons();
    void setUpLists();
    void connectLists();
    void connectButtons();
    QToolButton* addButton(const QString& name, const QString& text, const QString& help);
    void updateState();
    [[nodiscard]] QString hint() const;

    Selection& m_selection;
    QTreeWidget* m_list;
    QTreeWidget* m_distances;
    QLabel* m_hint;
    QToolButton *m_take, *m_back, *m_goTo, *m_compare, *m_swap, *m_remove, *m_save, *m_load;
    qint64 m_tokens = 0;
    double m_frameSeconds = 0;  // of a speech model
    int m_taken = 0;
    bool m_filling = false;
};

}  // namespace ms
