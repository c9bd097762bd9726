#include "ui/bridge/lab_tasks.h"

#include <random>

#include "engine/lab/published_results.h"
#include "engine/lab/task_models.h"

namespace ms {

namespace {

QString textOf(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

LabTask taskOf(TaskKind kind) {
    const std::vector<std::int64_t> lengths = usualLengths(kind);
    LabTask task{textOf(taskName(kind)), trainedLength(kind), {lengths.begin(), lengths.end()}, {}};
    for (const PublishedResult& result : publishedResults(kind)) {
        LabPublished published{textOf(result.model), textOf(result.counterpart), {}};
        for (const PublishedPoint& point : result.points) published.points.push_back({point.length, point.accuracy});
        task.published.push_back(std::move(published));
    }
    return task;
}

}  // namespace

const std::vector<LabTask>& labTasks() {
    static const std::vector<LabTask> tasks{taskOf(TaskKind::SelectiveCopying), taskOf(TaskKind::InductionHeads), taskOf(TaskKind::Parity)};
    return tasks;
}

QStringList labTaskModels(const QString& folder, const QString& task) {
    QStringList models;
    const auto kind = taskNamed(task.toStdString());
    if (folder.isEmpty() || !kind) return models;
    for (const auto& path : taskModels(folder.toStdString(), *kind)) models.append(QString::fromStdString(path.string()));
    return models;
}

QStringList labExample(const QString& task, qint64 length, quint64 seed) {
    QStringList ids;
    const auto kind = taskNamed(task.toStdString());
    if (!kind) return ids;
    std::mt19937_64 random(seed);
    if (const auto sequence = makeTask(*kind, length, random))
        for (const TokenId id : sequence->input) ids.append(QString::number(id));
    return ids;
}

}  // namespace ms
