#include "ui/widgets/copy_menu.h"

#include <QClipboard>
#include <QGuiApplication>

namespace ms {

CopyMenu::CopyMenu(const QString& id, QWidget* parent) : QMenu(parent), m_id(id) {
    setObjectName(id + QStringLiteral("_contextMenu"));
    setAttribute(Qt::WA_DeleteOnClose);
}

void CopyMenu::add(const QString& title, const QString& name, const QString& text) {
    QAction* action = addAction(title, this, [text] { QGuiApplication::clipboard()->setText(text); });
    action->setObjectName(m_id + QLatin1Char('_') + name);
    action->setEnabled(!text.isEmpty());
}

}  // namespace ms
