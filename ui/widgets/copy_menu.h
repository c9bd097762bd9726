// A context menu of texts to copy.
#pragma once

#include <QMenu>

namespace ms {

class CopyMenu : public QMenu {
    Q_OBJECT
public:
    /// `id` begins the object names of the menu and its entries; it is gone when it was closed.
    CopyMenu(const QString& id, QWidget* parent);

    /// Copies `text` as it is now: once the menu is open the mouse is elsewhere. Nothing to copy: disabled.
    void add(const QString& title, const QString& name, const QString& text);

private:
    QString m_id;
};

}  // namespace ms
