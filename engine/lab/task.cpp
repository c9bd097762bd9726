#include "engine/lab/task.h"

#include <algorithm>
#include <array>
#include <string>

namespace ms {

namespace {

constexpr TokenId kNoise = 14, kMarker = 15, kTrigger = 15;
constexpr std::array kNames{std::string_view("selective-copying"), std::string_view("induction-heads"), std::string_view("parity")};

/// Uniform in [0, limit); of std::uniform_int_distribution each library has its own. The bias of 2^-64 limit is no matter here.
std::uint64_t below(std::mt19937_64& random, std::int64_t limit) { return random() % static_cast<std::uint64_t>(limit); }

TokenId symbol(std::mt19937_64& random, std::int64_t limit) { return static_cast<TokenId>(below(random, limit)); }

TaskSequence selectiveCopying(std::int64_t length, std::mt19937_64& random) {
    TaskSequence task{std::vector<TokenId>(static_cast<std::size_t>(length), kNoise), {}};
    const std::int64_t places = length - kCopied;
    // Floyd's choice of kCopied different places.
    std::vector<std::int64_t> chosen;
    for (std::int64_t last = places - kCopied; last < places; ++last) {
        const auto place = static_cast<std::int64_t>(below(random, last + 1));
        chosen.push_back(std::find(chosen.begin(), chosen.end(), place) == chosen.end() ? place : last);
    }
    std::sort(chosen.begin(), chosen.end());
    for (std::int64_t i = 0; i < kCopied; ++i) {
        const TokenId data = symbol(random, kNoise);
        task.input[static_cast<std::size_t>(chosen[static_cast<std::size_t>(i)])] = data;
        task.input[static_cast<std::size_t>(places + i)] = kMarker;
        task.questions.push_back({places + i, data});
    }
    return task;
}

TaskSequence inductionHeads(std::int64_t length, std::mt19937_64& random) {
    TaskSequence task;
    for (std::int64_t i = 0; i < length; ++i) task.input.push_back(symbol(random, kTrigger));
    const auto where = static_cast<std::size_t>(below(random, length - 2));  // the symbol behind it is before the last place
    task.input[where] = task.input.back() = kTrigger;
    task.questions.push_back({length - 1, task.input[where + 1]});
    return task;
}

TaskSequence parity(std::int64_t length, std::mt19937_64& random) {
    TaskSequence task;
    TokenId odd = 0;
    for (std::int64_t i = 0; i < length; ++i) {
        task.input.push_back(symbol(random, 2));
        odd ^= task.input.back();
        if (i >= length - length / 4) task.questions.push_back({i, odd});
    }
    return task;
}

}  // namespace

std::string_view taskName(TaskKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<TaskKind> taskNamed(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<TaskKind>(found - kNames.begin());
}

std::int64_t shortestTask(TaskKind kind) {
    switch (kind) {
        case TaskKind::SelectiveCopying: return 2 * kCopied;
        case TaskKind::InductionHeads: return 3;
        case TaskKind::Parity: return 4;
    }
    return 0;
}

Result<TaskSequence> makeTask(TaskKind kind, std::int64_t length, std::mt19937_64& random) {
    if (length < shortestTask(kind))
        return Error{ErrorCode::InvalidArgument, std::string(taskName(kind)) + ": sequences of " + std::to_string(shortestTask(kind)) +
                                                     " symbols at least are needed, not " + std::to_string(length)};
    switch (kind) {
        case TaskKind::SelectiveCopying: return selectiveCopying(length, random);
        case TaskKind::InductionHeads: return inductionHeads(length, random);
        case TaskKind::Parity: return parity(length, random);
    }
    return Error{ErrorCode::InvalidArgument, "unknown task"};
}

}  // namespace ms
