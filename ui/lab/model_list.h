// The models that take part in an experiment.
#pragma once

#include <QStringList>
#include <QWidget>

class QListWidget;
class QPushButton;

namespace ms {

/// A list with a tick before each; more come by a button or are dropped on it.
class ModelList : public QWidget {
    Q_OBJECT
public:
    /// `name`: of the list as an object.
    explicit ModelList(const QString& name, QWidget* parent = nullptr);

    /// Adds those that are not there yet, at the end.
    void add(const QStringList& paths, bool ticked);
    /// Puts models that come with the program at the top, ticked, in place of those put there before.
    void provide(const QStringList& paths);
    [[nodiscard]] QStringList ticked() const;
    /// The one that the keyboard or the mouse is on; else the first that is ticked; empty: none.
    [[nodiscard]] QString current() const;
    /// As the list shows it: the folder's name, with its parent's where two are the same.
    [[nodiscard]] QString nameOf(const QString& path) const;

Q_SIGNALS:
    void changed();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void choose();
    void removeCurrent();
    void rename();
    [[nodiscard]] QStringList all() const;
    void insert(int row, const QString& path, bool ticked);

    QListWidget* m_list;
    QStringList m_provided;
    QPushButton *m_add, *m_remove;
};

}  // namespace ms
