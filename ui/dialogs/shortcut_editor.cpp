#include "ui/dialogs/shortcut_editor.h"

#include <QAction>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/dialogs/command_palette.h"

namespace ms {

ShortcutEditor::ShortcutEditor(const QList<QAction*>& actions, Keys keys, QWidget* parent)
    : QWidget(parent), m_actions(actions), m_keys(std::move(keys)), m_list(new QTreeWidget), m_edit(new QKeySequenceEdit),
      m_note(new QLabel) {
    auto* search = new QLineEdit;
    search->setObjectName(QStringLiteral("shortcutSearch"));
    search->setAccessibleName(tr("Search the actions"));
    search->setPlaceholderText(tr("Search"));
    search->setClearButtonEnabled(true);
    connect(search, &QLineEdit::textChanged, this, &ShortcutEditor::filter);
    m_list->setObjectName(QStringLiteral("shortcutTable"));
    m_list->setAccessibleName(tr("Actions and their keys"));
    m_list->setRootIsDecorated(false);
    m_list->setHeaderLabels({tr("Action"), tr("Key")});
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    for (const QAction* action : m_actions) new QTreeWidgetItem(m_list, {actionPath(action), QString()});
    m_edit->setObjectName(QStringLiteral("shortcutKeys"));
    m_edit->setAccessibleName(tr("New key for the chosen action"));
    m_edit->setToolTip(tr("Click here, then press the keys"));
    auto* standard = new QPushButton(tr("&Standard key"));
    standard->setObjectName(QStringLiteral("shortcutStandard"));
    standard->setAccessibleName(tr("Give the chosen action its standard key"));
    auto* none = new QPushButton(tr("&No key"));
    none->setObjectName(QStringLiteral("shortcutNone"));
    none->setAccessibleName(tr("Take the chosen action's key away"));
    auto* all = new QPushButton(tr("&All standard"));
    all->setObjectName(QStringLiteral("shortcutAllStandard"));
    all->setAccessibleName(tr("Give every action its standard key"));
    m_note->setObjectName(QStringLiteral("shortcutNote"));
    m_note->setWordWrap(true);
    connect(m_list, &QTreeWidget::currentItemChanged, this, [this] {
        if (current() != nullptr) m_edit->setKeySequence(current()->shortcut());
    });
    connect(m_edit, &QKeySequenceEdit::editingFinished, this, [this] {
        if (current() != nullptr && m_edit->keySequence() != current()->shortcut()) assign(current(), m_edit->keySequence());
    });
    connect(standard, &QPushButton::clicked, this, [this] {
        if (current() != nullptr) assign(current(), m_keys.standard(current()));
    });
    connect(none, &QPushButton::clicked, this, [this] {
        if (current() != nullptr) assign(current(), {});
    });
    connect(all, &QPushButton::clicked, this, [this] {
        for (QAction* action : m_actions) m_keys.set(action, m_keys.standard(action));
        m_note->setText(tr("Every action has its standard key."));
        refresh();
    });
    auto* row = new QHBoxLayout;
    row->addWidget(m_edit, 1);
    for (QPushButton* button : {standard, none, all}) row->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(search);
    layout->addWidget(m_list, 1);
    layout->addLayout(row);
    layout->addWidget(m_note);
    refresh();
    m_list->setCurrentItem(m_list->topLevelItem(0));
}

QAction* ShortcutEditor::current() const {
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    return row < 0 ? nullptr : m_actions[row];
}

void ShortcutEditor::assign(QAction* action, const QKeySequence& keys) {
    m_note->clear();
    for (QAction* other : m_actions)
        if (other != action && !keys.isEmpty() && other->shortcut() == keys) {
            m_keys.set(other, {});
            m_note->setText(tr("“%1” had %2 and has no key now.").arg(actionPath(other), keys.toString(QKeySequence::NativeText)));
        }
    m_keys.set(action, keys);
    refresh();
}

QString ShortcutEditor::note() const { return m_note->text(); }

void ShortcutEditor::refresh() {
    for (int row = 0; row < m_list->topLevelItemCount(); ++row) {
        const QKeySequence keys = m_actions[row]->shortcut();
        QTreeWidgetItem* item = m_list->topLevelItem(row);
        item->setText(1, keys.toString(QKeySequence::NativeText));
        QFont font = item->font(1);
        font.setBold(keys != m_keys.standard(m_actions[row]));
        item->setFont(1, font);
    }
    if (current() != nullptr) m_edit->setKeySequence(current()->shortcut());
}

void ShortcutEditor::filter(const QString& text) {
    for (int row = 0; row < m_list->topLevelItemCount(); ++row) {
        QTreeWidgetItem* item = m_list->topLevelItem(row);
        item->setHidden(!text.isEmpty() && !item->text(0).contains(text, Qt::CaseInsensitive) && !item->text(1).contains(text, Qt::CaseInsensitive));
    }
}

}  // namespace ms
