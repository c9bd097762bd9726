#include "ui/lab/task_table.h"

#include <set>

namespace ms {

TaskTable::TaskTable(QWidget* parent) : QTableWidget(parent) {
    setObjectName(QStringLiteral("labTaskTable"));
    setAccessibleName(tr("Share of right answers by model and length"));
    setEditTriggers(QAbstractItemView::NoEditTriggers);
}

void TaskTable::show(const std::vector<TaskRow>& rows) {
    std::set<qint64> lengths;
    QStringList columns, names;
    for (const TaskRow& row : rows) {
        names.append(row.name);
        for (const TaskRow::Cell& cell : row.cells) lengths.insert(cell.length);
    }
    for (const qint64 length : lengths) columns.append(QString::number(length));
    clear();
    setRowCount(static_cast<int>(rows.size()));
    setColumnCount(static_cast<int>(lengths.size()));
    setHorizontalHeaderLabels(columns);
    setVerticalHeaderLabels(names);
    for (int row = 0; row < rowCount(); ++row) {
        const TaskRow& shown = rows[static_cast<std::size_t>(row)];
        for (const TaskRow::Cell& cell : shown.cells) {
            auto* item = new QTableWidgetItem(tr("%1 %").arg(cell.percent, 0, 'f', 1));
            item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            item->setToolTip(cell.toolTip);
            QFont font = item->font();
            font.setItalic(shown.published);
            item->setFont(font);
            setItem(row, static_cast<int>(std::distance(lengths.begin(), lengths.find(cell.length))), item);
        }
    }
    resizeColumnsToContents();
}

}  // namespace ms
