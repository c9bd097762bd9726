#include "ui/lab/task_table.h"

#include <set>

#include "engine/export/number_table.h"

namespace ms {

QString csvOf(const std::vector<TaskRow>& rows) {
    std::string text = "model,source,symbols,right_percent,right,asked,sequences\n";
    for (const TaskRow& row : rows)
        for (const TaskRow::Cell& cell : row.cells) {
            appendCsvField(text, row.name.toStdString());
            text += row.published ? ",Gu & Dao 2023," : ",measured,";
            text += QStringLiteral("%1,%2,").arg(cell.length).arg(cell.percent, 0, 'g', 6).toStdString();
            text += row.published ? ",,\n" : QStringLiteral("%1,%2,%3\n").arg(cell.right).arg(cell.asked).arg(cell.sequences).toStdString();
        }
    return QString::fromStdString(text);
}

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
            item->setToolTip(shown.published ? tr("As printed in Gu and Dao (2023)")
                                             : tr("%1 of %2 answers in %3 sequences").arg(cell.right).arg(cell.asked).arg(cell.sequences));
            QFont font = item->font();
            font.setItalic(shown.published);
            item->setFont(font);
            setItem(row, static_cast<int>(std::distance(lengths.begin(), lengths.find(cell.length))), item);
        }
    }
    resizeColumnsToContents();
}

}  // namespace ms
