// Share of right answers by model and length: measured ones, and below them those that a paper prints.
#pragma once

#include <QTableWidget>
#include <vector>

namespace ms {

struct TaskRow {
    QString name;
    struct Cell {
        qint64 length;
        double percent;
        QString toolTip;
    };
    std::vector<Cell> cells;  ///< by length
    bool published = false;   ///< in a paper; not measured here
};

class TaskTable final : public QTableWidget {
    Q_OBJECT
public:
    explicit TaskTable(QWidget* parent = nullptr);

    void show(const std::vector<TaskRow>& rows);
};

}  // namespace ms
