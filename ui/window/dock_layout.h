// The docks and how they stand: built-in arrangements for a task each, and the user's own by name.
#pragma once

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>
#include <vector>

class QDockWidget;
class QMainWindow;
class QMenu;
class QTabBar;
class QWidget;

namespace ms {

/// A built-in arrangement: docks at the left above each other, then columns of docks; docks of a cell share it as tabs.
struct Arrangement {
    using Cell = QStringList;           ///< dock ids, the first one on top
    struct Column {
        int width;                      ///< relative
        std::vector<Cell> cells;
        std::vector<int> heights;       ///< relative, one a cell
    };
    QString id, title, purpose;
    std::vector<Column> columns;
};

class DockLayout {
public:
    explicit DockLayout(QMainWindow* window, QMenu* toggles) : m_window(window), m_toggles(toggles) {}

    /// `header`, when given, replaces the plain title in the dock's title bar.
    QDockWidget* add(const QString& id, const QString& title, QWidget* content, QWidget* header = nullptr);
    [[nodiscard]] QDockWidget* dock(const QString& id) const { return m_docks.value(id); }

    [[nodiscard]] static const std::vector<Arrangement>& arrangements();
    [[nodiscard]] static const Arrangement* arrangement(const QString& id);  ///< null: there is none
    /// Shows the docks of an arrangement where it says and hides the others.
    void arrange(const Arrangement& arrangement);

    /// As QMainWindow::saveState told it; docks that it does not name are away afterwards. False: it is no such state, and nothing
    /// has changed.
    bool restoreState(const QByteArray& state);

    /// Qt makes the tabs of docks that share a place by itself; a screen reader wants to know what they are.
    static void nameTabs(QTabBar* tabs);

    /// The user's own layouts, kept in the settings.
    [[nodiscard]] static QStringList savedNames();
    void saveAs(const QString& name) const;
    bool restore(const QString& name);
    static void remove(const QString& name);

private:
    void takeAllAway();
    void nameAllTabs() const;
    /// The dock on top of a cell; null: none of its docks is there.
    [[nodiscard]] QDockWidget* headOf(const Arrangement::Cell& cell) const;
    /// Places a column's cells below each other, without their tabs, beside the columns that `columnHeads` begin: the first
    /// column goes to the left area, all others to the right one. Its topmost dock; null: it has none.
    QDockWidget* placeColumn(const Arrangement::Column& column, const QList<QDockWidget*>& columnHeads);
    /// Shows a cell's docks as tabs on its head.
    void fillCell(const Arrangement::Cell& cell);
    void resizeCells(const Arrangement::Column& column);

    QMainWindow* m_window;
    QMenu* m_toggles;
    QHash<QString, QDockWidget*> m_docks;
};

/// Raised when docks are added or renamed: an older layout would not fit.
inline constexpr int kLayoutVersion = 3;

}  // namespace ms
