// A table of actions and their keys; a key is changed by pressing it.
#pragma once

#include <QList>
#include <QWidget>
#include <functional>

class QAction;
class QKeySequenceEdit;
class QLabel;
class QTreeWidget;
class QTreeWidgetItem;

namespace ms {

class ShortcutEditor : public QWidget {
    Q_OBJECT
public:
    struct Keys {
        std::function<QKeySequence(const QAction*)> standard;
        std::function<void(QAction*, const QKeySequence&)> set;
    };
    ShortcutEditor(const QList<QAction*>& actions, Keys keys, QWidget* parent = nullptr);

    /// Gives `action` the key; another action that had it loses it, and the note says so.
    void assign(QAction* action, const QKeySequence& keys);
    [[nodiscard]] QString note() const;

private:
    [[nodiscard]] QAction* current() const;
    void refresh();
    void filter(const QString& text);

    QList<QAction*> m_actions;
    Keys m_keys;
    QTreeWidget* m_list;
    QKeySequenceEdit* m_edit;
    QLabel* m_note;
};

}  // namespace ms
