#include "ui/lab/model_list.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace ms {

namespace {

constexpr int kPath = Qt::UserRole;

QString lastPart(const QString& path, int parts) { return path.section(QLatin1Char('/'), -parts, -1, QString::SectionSkipEmpty); }

QStringList localPaths(const QMimeData* data) {
    QStringList paths;
    for (const QUrl& url : data->urls())
        if (url.isLocalFile()) paths.append(url.toLocalFile());
    return paths;
}

}  // namespace

ModelList::ModelList(const QString& name, QWidget* parent)
    : QWidget(parent), m_list(new QListWidget), m_add(new QPushButton(tr("&Add…"))), m_remove(new QPushButton(tr("Remo&ve"))) {
    setAcceptDrops(true);
    for (QPushButton* button : {m_add, m_remove}) button->setAutoDefault(false);  // Enter is for what has the focus
    m_list->setObjectName(name);
    m_list->setAccessibleName(tr("Models in the experiment"));
    m_add->setObjectName(name + QStringLiteral("Add"));
    m_add->setToolTip(tr("Take part with another checkpoint: a folder or a file of weights, also by dropping it here"));
    m_remove->setObjectName(name + QStringLiteral("Remove"));
    m_remove->setToolTip(tr("Take the current model off the list"));
    auto* label = new QLabel(tr("&Models"));
    label->setBuddy(m_list);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_add);
    buttons->addWidget(m_remove);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(label);
    layout->addWidget(m_list, 1);
    layout->addLayout(buttons);
    connect(m_list, &QListWidget::itemChanged, this, &ModelList::changed);
    connect(m_list, &QListWidget::currentRowChanged, this, &ModelList::changed);
    connect(m_add, &QPushButton::clicked, this, &ModelList::choose);
    connect(m_remove, &QPushButton::clicked, this, &ModelList::removeCurrent);
}

QStringList ModelList::all() const {
    QStringList paths;
    for (int i = 0; i < m_list->count(); ++i) paths.append(m_list->item(i)->data(kPath).toString());
    return paths;
}

void ModelList::add(const QStringList& paths, bool ticked) {
    QStringList known = all();
    for (const QString& path : paths) {
        if (path.isEmpty() || known.contains(path)) continue;
        known.append(path);
        insert(m_list->count(), path, ticked);
    }
    rename();
    Q_EMIT changed();
}

void ModelList::insert(int row, const QString& path, bool ticked) {
    auto* item = new QListWidgetItem;
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setData(kPath, path);
    item->setToolTip(path);
    item->setCheckState(ticked ? Qt::Checked : Qt::Unchecked);
    m_list->insertItem(row, item);
}

void ModelList::provide(const QStringList& paths) {
    for (int row = m_list->count() - 1; row >= 0; --row)
        if (m_provided.contains(m_list->item(row)->data(kPath).toString())) delete m_list->takeItem(row);
    const QStringList known = all();
    int row = 0;
    m_provided.clear();
    for (const QString& path : paths) {
        if (known.contains(path)) continue;
        insert(row++, path, true);
        m_provided.append(path);
    }
    if (row > 0) m_list->setCurrentRow(0);
    rename();
    Q_EMIT changed();
}

void ModelList::rename() {
    for (int i = 0; i < m_list->count(); ++i) m_list->item(i)->setText(nameOf(m_list->item(i)->data(kPath).toString()));
}

QString ModelList::nameOf(const QString& path) const {
    const QStringList paths = all();
    const auto same = std::count_if(paths.begin(), paths.end(), [&](const QString& other) { return lastPart(other, 1) == lastPart(path, 1); });
    return lastPart(path, same > 1 ? 2 : 1);
}

QStringList ModelList::ticked() const {
    QStringList paths;
    for (int i = 0; i < m_list->count(); ++i)
        if (m_list->item(i)->checkState() == Qt::Checked) paths.append(m_list->item(i)->data(kPath).toString());
    return paths;
}

QString ModelList::current() const {
    if (const QListWidgetItem* item = m_list->currentItem()) return item->data(kPath).toString();
    return ticked().value(0);
}

void ModelList::choose() {
    const QString path = QFileDialog::getExistingDirectory(this, tr("Folder of a checkpoint"));
    if (!path.isEmpty()) add({path}, true);
}

void ModelList::removeCurrent() {
    delete m_list->currentItem();
    rename();
    Q_EMIT changed();
}

void ModelList::dragEnterEvent(QDragEnterEvent* event) {
    if (!localPaths(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void ModelList::dropEvent(QDropEvent* event) {
    add(localPaths(event->mimeData()), true);
    event->acceptProposedAction();
}

}  // namespace ms
