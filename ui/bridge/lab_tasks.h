// The synthetic tasks as the lab's window sees them.
#pragma once

#include <QString>
#include <QStringList>
#include <vector>

namespace ms {

/// A figure that a paper prints.
struct LabPublishedPoint {
    qint64 length;
    double accuracy;      ///< share of right answers
};

struct LabPublished {
    QString model;        ///< as the paper names it
    QString counterpart;  ///< the folder of the shipped model most like it; empty: none is
    std::vector<LabPublishedPoint> points;
};

struct LabTask {
    QString name;                      ///< "selective-copying", …
    qint64 trainedLength = 0;          ///< longest sequence in the training of the models that come with the program
    std::vector<qint64> usualLengths;  ///< from below that to far beyond
    std::vector<LabPublished> published;
};

/// Selective copying, induction heads, parity.
[[nodiscard]] const std::vector<LabTask>& labTasks();

/// Models of a task below `folder`, one folder a task; none where there is no such folder.
[[nodiscard]] QStringList labTaskModels(const QString& folder, const QString& task);

/// Token ids of one sequence, by `seed`. `length` is enough for every task from 64 on; empty: for this one it is not.
[[nodiscard]] QStringList labExample(const QString& task, qint64 length, quint64 seed);

}  // namespace ms
