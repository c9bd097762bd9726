#include "engine/lab/task_models.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ms {

namespace {

constexpr std::array<std::string_view, 6> kOrder{"mamba", "s4d", "lstm", "gru", "rnn", "llama"};

}  // namespace

std::int64_t trainedLength(TaskKind kind) { return kind == TaskKind::Parity ? 64 : 256; }

std::vector<std::int64_t> usualLengths(TaskKind kind) {
    switch (kind) {
        case TaskKind::SelectiveCopying: return {64, 128, 256, 512, 1024, 4096};
        case TaskKind::InductionHeads: return {64, 256, 1024, 4096, 16384};
        case TaskKind::Parity: return {16, 64, 256, 1024};
    }
    return {};
}

std::vector<std::filesystem::path> taskModels(const std::filesystem::path& folder, TaskKind kind) {
    std::vector<std::filesystem::path> models;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(folder / taskName(kind), unreadable))
        if (std::filesystem::exists(entry.path() / "config.json", unreadable)) models.push_back(entry.path());
    const auto place = [](const std::filesystem::path& path) { return std::find(kOrder.begin(), kOrder.end(), path.filename().string()); };
    std::sort(models.begin(), models.end(), [&](const auto& a, const auto& b) { return std::pair(place(a), a) < std::pair(place(b), b); });
    return models;
}

}  // namespace ms
