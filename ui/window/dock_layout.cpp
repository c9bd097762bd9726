#include "ui/window/dock_layout.h"

#include <QAction>
#include <QCoreApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>
#include <QTabBar>

#include "ui/widgets/dock_title_bar.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::DockLayout", text); }
QString settingsKey(const QString& name) { return QStringLiteral("layouts/") + QString::fromLatin1(name.toUtf8().toHex()); }

}  // namespace

QDockWidget* DockLayout::add(const QString& id, const QString& title, QWidget* content, QWidget* header) {
    auto* dock = new QDockWidget(title, m_window);
    dock->setObjectName(id + QStringLiteral("Dock"));
    dock->setAccessibleName(title);
    dock->setWidget(content);
    if (header == nullptr) {
        auto* label = new ElidedLabel(title);
        label->setObjectName(id + QStringLiteral("DockTitle"));
        QFont bold = label->font();
        bold.setBold(true);
        label->setFont(bold);
        header = label;
    }
    dock->setTitleBarWidget(new DockTitleBar(dock, header));
    dock->toggleViewAction()->setObjectName(QStringLiteral("action_show_") + id);
    m_toggles->addAction(dock->toggleViewAction());
    m_docks.insert(id, dock);
    return dock;
}

const std::vector<Arrangement>& DockLayout::arrangements() {
    const auto s = [](const char* ids) { return QString::fromLatin1(ids).split(QLatin1Char(' ')); };
    static const std::vector<Arrangement> all{
        {QStringLiteral("live"), tr("Live"), tr("Watch Δ, the state and selectivity while the model writes"),
         {{300, {s("model")}, {1}},
          {1100, {s("dt"), s("state_norm"), s("selectivity overview channel_map traces"), s("prompt interventions snapshots")},
           {190, 190, 190, 250}}}},
        {QStringLiteral("layer"), tr("One layer"), tr("Channels, curves, state and time scales of the selected layer"),
         {{560, {s("overview"), s("channel_map"), s("traces")}, {220, 320, 260}},
          {560, {s("state"), s("time_scales"), s("prompt interventions snapshots")}, {320, 280, 240}}}},
        {QStringLiteral("memory"), tr("Memory"), tr("What each token wrote, what is left of it, and who reads it"),
         {{560, {s("memory_ruler"), s("directions"), s("overview dt")}, {280, 300, 220}},
          {560, {s("hidden_attention"), s("prompt interventions snapshots")}, {560, 250}}}},
        {QStringLiteral("predictions"), tr("Predictions"), tr("What the model would say after each layer"),
         {{620, {s("logit_lens"), s("prompt")}, {520, 280}}, {500, {s("overview"), s("interventions"), s("snapshots")}, {300, 250, 250}}}},
        {QStringLiteral("speech"), tr("Speech"), tr("Sound, spectrogram, posteriors and words over what the model does"),
         {{760, {s("waveform"), s("words"), s("spectrogram"), s("posteriors"), s("dt overview channel_map traces"), s("state_norm selectivity")},
           {110, 70, 150, 170, 150, 130}},
          {420, {s("audio"), s("model prompt interventions snapshots")}, {460, 300}}}},
        {QStringLiteral("weights"), tr("Weights"), tr("The architecture as a graph, tensors as pictures and numbers"),
         {{320, {s("model")}, {1}}, {560, {s("architecture")}, {1}}, {560, {s("tensor"), s("time_scales")}, {480, 320}}}},
    };
    return all;
}

const Arrangement* DockLayout::arrangement(const QString& id) {
    for (const Arrangement& each : arrangements())
        if (each.id == id) return &each;
    return nullptr;
}

void DockLayout::arrange(const Arrangement& arrangement) {
    m_window->setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    m_window->setDockNestingEnabled(true);
    m_window->setUpdatesEnabled(false);
    takeAllAway();
    QList<QDockWidget*> heads;
    QList<int> widths;
    for (const Arrangement::Column& column : arrangement.columns) {
        QDockWidget* head = placeColumn(column, heads);
        if (head == nullptr) continue;
        heads.append(head);
        widths.append(column.width);
    }
    // Tabs only now: a dock that shares its place cannot be split.
    for (const Arrangement::Column& column : arrangement.columns)
        for (const Arrangement::Cell& cell : column.cells) fillCell(cell);
    m_window->resizeDocks(heads, widths, Qt::Horizontal);
    for (const Arrangement::Column& column : arrangement.columns) resizeCells(column);
    nameAllTabs();
    m_window->setUpdatesEnabled(true);
}

void DockLayout::nameAllTabs() const {
    for (QTabBar* tabs : m_window->findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly)) nameTabs(tabs);
}

void DockLayout::takeAllAway() {
    for (QDockWidget* dock : std::as_const(m_docks)) {
        dock->setFloating(false);
        dock->hide();  // before: Qt keeps the place of one that is removed while it is seen, and saves it with the state
        m_window->removeDockWidget(dock);
    }
}

QDockWidget* DockLayout::headOf(const Arrangement::Cell& cell) const {
    for (const QString& id : cell)
        if (QDockWidget* found = dock(id)) return found;
    return nullptr;
}

QDockWidget* DockLayout::placeColumn(const Arrangement::Column& column, const QList<QDockWidget*>& columnHeads) {
    QDockWidget* first = nullptr;
    QDockWidget* above = nullptr;
    for (const Arrangement::Cell& cell : column.cells) {
        QDockWidget* next = headOf(cell);
        if (next == nullptr) continue;
        if (above != nullptr) m_window->splitDockWidget(above, next, Qt::Vertical);
        else if (columnHeads.isEmpty()) m_window->addDockWidget(Qt::LeftDockWidgetArea, next);
        else if (columnHeads.size() == 1) m_window->addDockWidget(Qt::RightDockWidgetArea, next);
        else m_window->splitDockWidget(columnHeads.last(), next, Qt::Horizontal);
        if (first == nullptr) first = next;
        above = next;
    }
    return first;
}

void DockLayout::fillCell(const Arrangement::Cell& cell) {
    QDockWidget* top = headOf(cell);
    if (top == nullptr) return;
    for (const QString& id : cell) {
        QDockWidget* found = dock(id);
        if (found == nullptr) continue;
        if (found != top) m_window->tabifyDockWidget(top, found);
        found->show();
    }
    top->raise();
}

void DockLayout::resizeCells(const Arrangement::Column& column) {
    QList<QDockWidget*> heads;
    for (const Arrangement::Cell& cell : column.cells)
        if (QDockWidget* head = headOf(cell)) heads.append(head);
    if (heads.size() == static_cast<qsizetype>(column.heights.size()))
        m_window->resizeDocks(heads, QList<int>(column.heights.begin(), column.heights.end()), Qt::Vertical);
}

void DockLayout::nameTabs(QTabBar* tabs) { tabs->setAccessibleName(tr("Panels in this place")); }

QStringList DockLayout::savedNames() {
    QSettings settings;
    settings.beginGroup(QStringLiteral("layouts"));
    QStringList names;
    for (const QString& key : settings.childKeys()) names.append(QString::fromUtf8(QByteArray::fromHex(key.toLatin1())));
    names.sort(Qt::CaseInsensitive);
    return names;
}

void DockLayout::saveAs(const QString& name) const { QSettings().setValue(settingsKey(name), m_window->saveState(kLayoutVersion)); }

bool DockLayout::restore(const QString& name) { return restoreState(QSettings().value(settingsKey(name)).toByteArray()); }

bool DockLayout::restoreState(const QByteArray& state) {
    const QByteArray before = m_window->saveState(kLayoutVersion);
    takeAllAway();  // Qt leaves docks that a state does not name where they are
    const bool restored = m_window->restoreState(state, kLayoutVersion);
    if (!restored) m_window->restoreState(before, kLayoutVersion);
    nameAllTabs();
    return restored;
}

void DockLayout::remove(const QString& name) { QSettings().remove(settingsKey(name)); }

}  // namespace ms
