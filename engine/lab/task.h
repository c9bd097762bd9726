// The field's synthetic tasks: sequences of 16 symbols with questions whose answers are known. What the small models under
// resources/models/tasks were trained on (tools/training/tasks/data.py draws the same).
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "engine/base/typed_index.h"
#include "engine/base/result.h"

namespace ms {

enum class TaskKind {
    SelectiveCopying,  ///< Gu & Dao 2023, section 4.1.1: 16 data symbols among noise, asked for in order at 16 markers at the end
    InductionHeads,    ///< section 4.1.2: what followed the trigger when it came before
    Parity,            ///< whether the number of ones so far is odd, asked for at every place
};

/// Symbols of every task.
inline constexpr std::int64_t kTaskVocab = 16;
/// Data symbols in a sequence of selective copying.
inline constexpr std::int64_t kCopied = 16;

/// "selective-copying", "induction-heads", "parity".
[[nodiscard]] std::string_view taskName(TaskKind kind);
[[nodiscard]] std::optional<TaskKind> taskNamed(std::string_view name);
/// Shortest sequence that the task can ask something in.
[[nodiscard]] std::int64_t shortestTask(TaskKind kind);

struct TaskQuestion {
    std::int64_t position;  ///< the answer is the prediction at this token
    TokenId answer;
};

struct TaskSequence {
    std::vector<TokenId> input;           ///< [length]
    std::vector<TaskQuestion> questions;  ///< by position
};

/// One sequence. Of parity the last quarter asks: what comes before is as easy at any length. InvalidArgument for a length below
/// shortestTask(). The same on every machine for the same generator state.
Result<TaskSequence> makeTask(TaskKind kind, std::int64_t length, std::mt19937_64& random);

}  // namespace ms
