#include "ui/views/base/cell_readout.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QToolTip>

#include "ui/plot/matrix_plot.h"

namespace ms {

CellReadout::CellReadout(MatrixPlot* plot) : QObject(plot), m_plot(plot) {
    plot->installEventFilter(this);
    connect(plot, &MatrixPlot::readoutChanged, this, [this] { Q_EMIT changed(text()); });
}

void CellReadout::setDetails(Details details) {
    m_details = std::move(details);
    Q_EMIT changed(text());
}

QString CellReadout::text() const {
    const QString text = m_plot->readout();
    if (!m_details || text.isEmpty()) return text;
    auto [row, column] = m_hover;
    if (row < 0) {
        const MatrixScene scene = m_plot->scene();
        std::tie(row, column) = std::pair(scene.cursorRow, scene.cursorColumn);
    }
    const QString details = m_details(row, column);
    return details.isEmpty() ? text : text + QStringLiteral("   ") + details;
}

void CellReadout::hover(std::pair<qint64, qint64> cell) {
    m_hover = cell;
    Q_EMIT hovered(cell.first, cell.second);
}

/// Comes before the plot's own handler, whose read-out is then of this cell.
bool CellReadout::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::MouseMove: hover(m_plot->cellAt(static_cast<QMouseEvent*>(event)->position().toPoint())); break;
        case QEvent::Leave: hover({-1, -1}); break;
        case QEvent::ToolTip:
            QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), text(), m_plot);
            return true;
        default: break;
    }
    return QObject::eventFilter(watched, event);
}

}  // namespace ms
