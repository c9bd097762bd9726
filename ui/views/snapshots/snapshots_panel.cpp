#include "ui/views/snapshots/snapshots_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/models/layer_tree_model.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
enum Column { Name, Tokens, Last, Size };
}

SnapshotsPanel::SnapshotsPanel(Selection& selection, QWidget* parent)
    : QWidget(parent), m_selection(selection), m_list(new QTreeWidget), m_distances(new QTreeWidget), m_hint(new QLabel) {
    setObjectName(QStringLiteral("snapshotsPanel"));
    createButtons();
    setUpLists();
    connectLists();
    connectButtons();
    m_hint->setWordWrap(true);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    connect(&m_selection, &Selection::tokenChanged, this, &SnapshotsPanel::updateState);
    auto* buttons = new QHBoxLayout;
    for (QToolButton* b : {m_take, m_back, m_goTo, m_compare, m_swap, m_remove, m_save, m_load}) buttons->addWidget(b);
    buttons->addStretch(1);
    auto* lists = new QHBoxLayout;
    lists->addWidget(m_list, 1);
    lists->addWidget(m_distances, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 6);
    layout->addLayout(buttons);
    layout->addLayout(lists, 1);
    layout->addWidget(m_hint);
    updateState();
}

void SnapshotsPanel::createButtons() {
    m_take = addButton(QStringLiteral("snapshotTake"), tr("Keep"), tr("Keep the session as it is at the selected token, else at the newest"));
    m_back = addButton(QStringLiteral("snapshotBack"), tr("Back to token"), tr("Go back to just behind the selected token; the present end is kept for undo"));
    m_goTo = addButton(QStringLiteral("snapshotGoTo"), tr("Go to"), tr("Return to the chosen snapshot and write on from there"));
    m_compare = addButton(QStringLiteral("snapshotCompare"), tr("Compare"), tr("Distance of two chosen snapshots, layer by layer"));
    m_swap = addButton(QStringLiteral("snapshotSwap"), tr("Swap in"), tr("The chosen snapshot's state of the selected layer (of all without one) becomes the session's"));
    m_remove = addButton(QStringLiteral("snapshotRemove"), tr("Remove"), tr("Remove the chosen snapshots"));
    m_save = addButton(QStringLiteral("snapshotSave"), tr("Save…"), tr("Save the chosen snapshot to a file"));
    m_load = addButton(QStringLiteral("snapshotLoad"), tr("Load…"), tr("Load a snapshot of this model from a file"));
}

void SnapshotsPanel::setUpLists() {
    m_list->setObjectName(QStringLiteral("snapshotList"));
    m_list->setAccessibleName(tr("Snapshots"));
    m_list->setHeaderLabels({tr("Snapshot"), tr("Tokens"), tr("Last token"), tr("Size")});
    m_list->setRootIsDecorated(false);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    for (const int column : {Tokens, Last, Size}) m_list->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_distances->setObjectName(QStringLiteral("snapshotDistances"));
    m_distances->setAccessibleName(tr("Distance of two snapshots by layer"));
    m_distances->setHeaderLabels({tr("Layer"), tr("‖b − a‖"), tr("of ‖a‖"), tr("cosine"), tr("channels that differ most")});
    m_distances->setRootIsDecorated(false);
    m_distances->hide();
}

void SnapshotsPanel::connectLists() {
    connect(m_list, &QTreeWidget::itemSelectionChanged, this, &SnapshotsPanel::updateState);
    connect(m_list, &QTreeWidget::itemDoubleClicked, this, [this](QTreeWidgetItem*, int column) {
        if (column != Name && m_frameSeconds <= 0) Q_EMIT goToRequested(current());
    });
    connect(m_list, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item, int column) {
        if (!m_filling && column == Name) Q_EMIT renameRequested(item->data(Name, Qt::UserRole).toLongLong(), item->text(Name));
    });
    connect(m_distances, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) {
        m_selection.setLayer(item->data(0, Qt::UserRole).toLongLong());
        if (item->data(4, Qt::UserRole).isValid()) m_selection.setChannel(item->data(4, Qt::UserRole).toLongLong());
    });
}

void SnapshotsPanel::connectButtons() {
    connect(m_take, &QToolButton::clicked, this, [this] {
        const qint64 token = m_selection.token();
        const QString where = m_frameSeconds > 0 ? timeText(static_cast<double>(token) * m_frameSeconds, 2) : tr("token %1").arg(token);
        const QString number = tr("Snapshot %1").arg(++m_taken);
        Q_EMIT takeRequested(token < 0 ? number : tr("%1, %2").arg(number, where), token);
    });
    connect(m_back, &QToolButton::clicked, this, [this] { Q_EMIT goToTokenRequested(m_selection.token()); });
    connect(m_goTo, &QToolButton::clicked, this, [this] { Q_EMIT goToRequested(current()); });
    connect(m_compare, &QToolButton::clicked, this, [this] {
        const QList<QTreeWidgetItem*> chosen = m_list->selectedItems();
        if (chosen.size() == 2)
            Q_EMIT compareRequested(chosen[0]->data(Name, Qt::UserRole).toLongLong(), chosen[1]->data(Name, Qt::UserRole).toLongLong());
    });
    connect(m_swap, &QToolButton::clicked, this, [this] {
        Q_EMIT swapRequested(current(), m_selection.layer() < 0 ? std::vector<qint64>{} : std::vector<qint64>{m_selection.layer()});
    });
    connect(m_remove, &QToolButton::clicked, this, [this] {
        for (const QTreeWidgetItem* item : m_list->selectedItems()) Q_EMIT removeRequested(item->data(Name, Qt::UserRole).toLongLong());
    });
    connect(m_save, &QToolButton::clicked, this, [this] { Q_EMIT saveRequested(current()); });
    connect(m_load, &QToolButton::clicked, this, &SnapshotsPanel::loadRequested);
}

QToolButton* SnapshotsPanel::addButton(const QString& name, const QString& text, const QString& help) {
    auto* button = new QToolButton;
    button->setObjectName(name);
    button->setText(text);
    button->setToolTip(help);
    button->setAccessibleName(help);
    return button;
}

void SnapshotsPanel::setSnapshots(const std::vector<SnapshotSummary>& snapshots) {
    m_filling = true;
    const qint64 chosen = current();
    m_list->clear();
    for (const SnapshotSummary& s : snapshots) {
        QString last = s.lastText;
        last.replace(QLatin1Char('\n'), QChar(0x21B5));
        auto* item = new QTreeWidgetItem(m_list, {s.name, m_frameSeconds > 0 ? timeText(static_cast<double>(s.tokens) * m_frameSeconds, 2) : groupedText(s.tokens), QStringLiteral("“%1”").arg(last), formatBytes(s.bytes)});
        item->setData(Name, Qt::UserRole, s.id);
        item->setFlags(item->flags() | Qt::ItemIsEditable);
        item->setTextAlignment(Tokens, Qt::AlignRight | Qt::AlignVCenter);
        item->setTextAlignment(Size, Qt::AlignRight | Qt::AlignVCenter);
        if (s.id == chosen) m_list->setCurrentItem(item);
    }
    if (snapshots.empty()) m_distances->hide();
    m_filling = false;
    updateState();
}

void SnapshotsPanel::showComparison(const SnapshotComparison& comparison) {
    m_distances->clear();
    m_distances->show();
    m_distances->setToolTip(tr("a: %1, b: %2").arg(comparison.first, comparison.second));
    for (const SnapshotLayerDistance& d : comparison.layers) {
        QStringList channels;
        for (const auto& [channel, distance] : d.topChannels) channels << tr("%1 (%2)").arg(channel).arg(shortText(distance));
        auto* item = new QTreeWidgetItem(m_distances, {QString::number(d.layer), shortText(d.distance),
                                                       QStringLiteral("%1 %").arg(shortText(100 * d.relative)), shortText(d.cosine),
                                                       channels.join(QStringLiteral(", "))});
        item->setData(0, Qt::UserRole, d.layer);
        if (!d.topChannels.empty()) item->setData(4, Qt::UserRole, d.topChannels.front().first);
    }
    for (int column = 0; column < 4; ++column) m_distances->resizeColumnToContents(column);
}

void SnapshotsPanel::setTokenCount(qint64 tokens) {
    m_tokens = tokens;
    updateState();
}

qint64 SnapshotsPanel::current() const {
    const QList<QTreeWidgetItem*> chosen = m_list->selectedItems();
    return chosen.isEmpty() ? 0 : chosen.first()->data(Name, Qt::UserRole).toLongLong();
}

void SnapshotsPanel::updateState() {
    const qsizetype chosen = m_list->selectedItems().size();
    m_take->setEnabled(m_tokens > 0);
    const bool hears = m_frameSeconds > 0;
    m_back->setEnabled(!hears && m_selection.token() >= 0 && m_selection.token() < m_tokens);
    for (QToolButton* button : {m_goTo, m_swap}) button->setEnabled(!hears && chosen == 1);
    m_save->setEnabled(chosen == 1);
    m_remove->setEnabled(chosen > 0);
    m_compare->setEnabled(chosen == 2);
    m_hint->setText(hint());
}

QString SnapshotsPanel::hint() const {
    const bool none = m_list->topLevelItemCount() == 0;
    if (m_frameSeconds > 0) {
        if (m_tokens == 0 && none) return tr("Record or open a sound file; then the state at any time can be kept, compared and saved.");
        return tr("Select a time and press Keep; choose two to compare them. A recording cannot be gone back in: sound only goes on.");
    }
    if (m_tokens == 0) return tr("Run a prompt; then any token's state can be kept, returned to and compared.");
    if (none) return tr("Select a token and press Keep, or go back to it and write on from there. Ctrl+Z returns.");
    return tr("Choose one to go to it, two to compare them. F2 renames.");
}

void SnapshotsPanel::setModel(const ModelSummaryPtr& model) {
    m_frameSeconds = model && model->speech ? model->speech->frameSeconds : 0;
    const bool hears = m_frameSeconds > 0;
    m_list->setHeaderLabels({tr("Snapshot"), hears ? tr("Time") : tr("Tokens"), hears ? tr("Symbol") : tr("Last token"), tr("Size")});
    m_take->setToolTip(hears ? tr("Keep the state as it is at the cursor, else at the newest frame")
                             : tr("Keep the session as it is at the selected token, else at the newest"));
    m_take->setAccessibleName(m_take->toolTip());
    updateState();
}

}  // namespace ms
