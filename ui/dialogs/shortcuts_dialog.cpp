#include "ui/dialogs/shortcuts_dialog.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace ms {

ShortcutsDialog::ShortcutsDialog(const QList<QAction*>& actions, QWidget* parent) : QDialog(parent) {
    setObjectName(QStringLiteral("shortcutsDialog"));
    setWindowTitle(tr("Keyboard shortcuts"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* list = new QTreeWidget;
    list->setObjectName(QStringLiteral("shortcutList"));
    list->setAccessibleName(tr("Keyboard shortcuts"));
    list->setRootIsDecorated(false);
    list->setHeaderLabels({tr("Key"), tr("What it does")});
    const auto add = [&](const QString& keys, const QString& what) { new QTreeWidgetItem(list, {keys, what}); };
    for (const QAction* action : actions)
        if (!action->shortcut().isEmpty())
            add(action->shortcut().toString(QKeySequence::NativeText), action->text().remove(QLatin1Char('&')));
    add(tr("Ctrl+Return"), tr("In the prompt: run"));
    add(tr("Space"), tr("In a heatmap: run, pause or go on"));
    add(tr("← →"), tr("In a heatmap or the tokens: move the cursor (Shift in a heatmap: ten steps)"));
    add(tr("↑ ↓"), tr("In a heatmap: previous or next layer or channel"));
    add(tr("Return, double click"), tr("In a heatmap: channels of the layer"));
    add(tr("Esc"), tr("In a heatmap: back to all layers"));
    add(tr("+ −, wheel"), tr("In a heatmap: zoom about the cursor"));
    add(tr("0"), tr("In a heatmap: show all tokens"));
    add(tr("Home, End"), tr("In a heatmap: first token, follow the newest"));
    add(tr("Page Up, Page Down"), tr("In a heatmap: scroll by a page"));
    add(tr("Shift+wheel, drag"), tr("In a heatmap: scroll"));
    list->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(list);
    layout->addWidget(buttons);
    resize(560, 520);
}

}  // namespace ms
