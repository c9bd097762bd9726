#include "ui/window/dock_layout.h"

#include <QAction>
#include <QDockWidget>
#include <QMainWindow>
#include <QMenu>

#include "ui/widgets/dock_title_bar.h"
#include "ui/widgets/elided_label.h"

namespace ms {

QDockWidget* DockLayout::add(const QString& name, const QString& title, QWidget* content, QWidget* header) {
    auto* dock = new QDockWidget(title, m_window);
    dock->setObjectName(name);
    dock->setAccessibleName(title);
    dock->setWidget(content);
    if (header == nullptr) {
        auto* label = new ElidedLabel(title);
        label->setObjectName(name + QStringLiteral("Title"));
        QFont bold = label->font();
        bold.setBold(true);
        label->setFont(bold);
        header = label;
    }
    dock->setTitleBarWidget(new DockTitleBar(dock, header));
    m_toggles->addAction(dock->toggleViewAction());
    return dock;
}

void DockLayout::arrange(QDockWidget* model, QDockWidget* prompt, const std::array<QDockWidget*, 3>& heatmaps) {
    m_window->setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    m_window->setDockNestingEnabled(true);
    for (QDockWidget* dock : {model, heatmaps[0], heatmaps[1], heatmaps[2], prompt}) {
        dock->setFloating(false);
        m_window->removeDockWidget(dock);
    }
    m_window->addDockWidget(Qt::LeftDockWidgetArea, model);
    m_window->addDockWidget(Qt::RightDockWidgetArea, heatmaps[0]);
    m_window->splitDockWidget(heatmaps[0], heatmaps[1], Qt::Vertical);
    m_window->splitDockWidget(heatmaps[1], heatmaps[2], Qt::Vertical);
    m_window->splitDockWidget(heatmaps[2], prompt, Qt::Vertical);
    for (QDockWidget* dock : {model, heatmaps[0], heatmaps[1], heatmaps[2], prompt}) dock->show();
    m_window->resizeDocks({model, heatmaps[0]}, {300, 1100}, Qt::Horizontal);
    m_window->resizeDocks({heatmaps[0], heatmaps[1], heatmaps[2], prompt}, {190, 190, 190, 250}, Qt::Vertical);
}

}  // namespace ms
