// A dock's title bar that also carries the view's own controls: one strip instead of two.
#pragma once

#include <QWidget>

class QDockWidget;

namespace ms {

class DockTitleBar : public QWidget {
    Q_OBJECT
public:
    /// `content` is shown between the edges and takes all the room.
    DockTitleBar(QDockWidget* dock, QWidget* content);

protected:
    void paintEvent(QPaintEvent*) override;
};

}  // namespace ms
