#include "engine/lab/task_run.h"

#include <algorithm>
#include <chrono>

namespace ms {

Result<TaskRun> TaskRun::create(std::shared_ptr<const Model> model) {
    MS_CHECK(model->expectText());
    if (model->dims().vocab < kTaskVocab)
        return Error{ErrorCode::Unsupported, model->info().path.string() + ": has " + std::to_string(model->dims().vocab) + " symbols, the tasks need " +
                                                 std::to_string(kTaskVocab)};
    MS_TRY(auto session, Session::create(std::move(model)));
    return TaskRun(std::move(session));
}

Result<std::vector<TokenId>> TaskRun::answers(const TaskSequence& task, const std::stop_token& stop) {
    const auto vocab = static_cast<std::size_t>(m_session->model().dims().vocab);
    std::vector<TokenId> answers;
    PrefillOptions options;
    options.stop = stop;
    options.onLogits = [&](TokenPos first, std::span<const float> logits) {
        const auto rows = static_cast<std::int64_t>(logits.size() / vocab);
        while (answers.size() < task.questions.size()) {
            const std::int64_t row = task.questions[answers.size()].position - first.value;
            if (row >= rows) return;
            const auto symbols = logits.subspan(static_cast<std::size_t>(row) * vocab, kTaskVocab);
            answers.push_back(static_cast<TokenId>(std::max_element(symbols.begin(), symbols.end()) - symbols.begin()));
        }
    };
    MS_CHECK(m_session->reset());
    MS_CHECK(m_session->prefill(task.input, options));
    return answers;
}

Result<void> TaskRun::score(const TaskSequence& task, TaskScore& score, const std::stop_token& stop) {
    const auto begin = std::chrono::steady_clock::now();
    MS_TRY(const std::vector<TokenId> said, answers(task, stop));
    score.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    score.length = static_cast<std::int64_t>(task.input.size());
    ++score.sequences;
    score.asked += static_cast<std::int64_t>(said.size());
    for (std::size_t i = 0; i < said.size(); ++i) score.right += said[i] == task.questions[i].answer;
    return {};
}

}  // namespace ms
