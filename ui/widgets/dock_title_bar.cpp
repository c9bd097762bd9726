#include "ui/widgets/dock_title_bar.h"

#include <QDockWidget>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

#include "ui/style/icons.h"

namespace ms {

DockTitleBar::DockTitleBar(QDockWidget* dock, QWidget* content) : QWidget(dock) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 1, 2, 1);
    layout->setSpacing(1);
    layout->addWidget(content, 1);
    const auto button = [&](const QString& iconName, const QString& text, const QString& name) {
        auto* b = new QToolButton;
        b->setObjectName(dock->objectName() + name);
        b->setAutoRaise(true);
        b->setIcon(icon(iconName));
        b->setIconSize({12, 12});
        b->setToolTip(text);
        b->setAccessibleName(text);
        b->setFocusPolicy(Qt::TabFocus);
        layout->addWidget(b);
        return b;
    };
    connect(button(QStringLiteral("float"), tr("Float or dock %1").arg(dock->windowTitle()), QStringLiteral("Float")),
            &QToolButton::clicked, dock, [dock] { dock->setFloating(!dock->isFloating()); });
    connect(button(QStringLiteral("close"), tr("Hide %1 (View menu brings it back)").arg(dock->windowTitle()),
                   QStringLiteral("Hide")),
            &QToolButton::clicked, dock, &QDockWidget::close);
}

void DockTitleBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Midlight));
}

}  // namespace ms
