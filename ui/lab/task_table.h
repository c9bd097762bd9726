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
        qint64 right = 0, asked = 0, sequences = 0;  ///< of what was measured
    };
    std::vector<Cell> cells;  ///< by length
    bool published = false;   ///< in a paper; not measured here
    int place = 0;            ///< of its curve among the palette's colours
};

/// Header and a line a cell; the source is "measured" or the paper.
[[nodiscard]] QString csvOf(const std::vector<TaskRow>& rows);

class TaskTable final : public QTableWidget {
    Q_OBJECT
public:
    explicit TaskTable(QWidget* parent = nullptr);

    void show(const std::vector<TaskRow>& rows);
};

}  // namespace ms
