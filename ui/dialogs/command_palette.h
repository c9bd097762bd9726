// Every action of the program by typing a few letters of its name.
#pragma once

#include <QFrame>
#include <QList>

class QAction;
class QLineEdit;
class QListWidget;

namespace ms {

class CommandPalette : public QFrame {
    Q_OBJECT
public:
    /// A child of `window`, over its content; goes when something was chosen, on Escape, or on losing the focus.
    CommandPalette(const QList<QAction*>& actions, QWidget* window);

    /// Actions that match the text, best first.
    [[nodiscard]] QList<QAction*> matching(const QString& text) const;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill(const QString& text);
    void choose();

    QList<QAction*> m_actions;
    QList<QAction*> m_shown;
    QLineEdit* m_edit;
    QListWidget* m_list;
};

/// How well `text` matches `name`: every letter in order, better at beginnings of words and in runs; 0: not at all.
[[nodiscard]] int paletteScore(const QString& text, const QString& name);

/// An action's name as a menu path: "View › Layout › Live".
[[nodiscard]] QString actionPath(const QAction* action);

}  // namespace ms
