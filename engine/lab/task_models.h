// The small trained models that come with the program: resources/models/tasks/TASK/ARCHITECTURE.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/lab/task.h"

namespace ms {

/// Longest sequence of the shipped models' training.
[[nodiscard]] std::int64_t trainedLength(TaskKind kind);
/// Lengths to measure: from below the training's to far beyond it.
[[nodiscard]] std::vector<std::int64_t> usualLengths(TaskKind kind);
/// Folders of the models under `folder` (resources/models/tasks) that were trained on the task: recurrent ones first, what costs
/// the square of the length last. Empty where there are none.
[[nodiscard]] std::vector<std::filesystem::path> taskModels(const std::filesystem::path& folder, TaskKind kind);

}  // namespace ms
