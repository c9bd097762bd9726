// A model at a task: how many of the questions it answers right.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "engine/lab/task.h"
#include "engine/runtime/session.h"

namespace ms {

struct TaskScore {
    std::int64_t length = 0;     ///< symbols a sequence
    std::int64_t sequences = 0;
    std::int64_t asked = 0, right = 0;
    double seconds = 0;          ///< of reading the sequences
    [[nodiscard]] double accuracy() const { return asked > 0 ? static_cast<double>(right) / static_cast<double>(asked) : 0; }
};

/// Measures one model. Driven by the thread that drives the model's backend.
class TaskRun {
public:
    /// Unsupported for a model that reads no tokens or has fewer than kTaskVocab symbols. Errors as Session::create.
    static Result<TaskRun> create(std::shared_ptr<const Model> model);

    /// What the model predicts at each question of a sequence, read from the empty state: the most probable of the kTaskVocab
    /// symbols, of equals the first. Errors as Session::prefill.
    Result<std::vector<TokenId>> answers(const TaskSequence& task, const std::stop_token& stop = {});

    /// Adds one sequence to a score.
    Result<void> score(const TaskSequence& task, TaskScore& score, const std::stop_token& stop = {});

private:
    explicit TaskRun(std::unique_ptr<Session> session) : m_session(std::move(session)) {}

    std::unique_ptr<Session> m_session;
};

}  // namespace ms
