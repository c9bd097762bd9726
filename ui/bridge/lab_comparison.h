// Several models read one input in lock step, and tell afterwards which of its pieces had to do with which.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "engine/base/result.h"
#include "ui/models/lab_values.h"

namespace ms {

class Backend;
class LockStep;
class Model;

/// Works on one thread, the lab's; asked from another.
class LabComparison {
public:
    /// Called on the thread that calls `read` and `answer`, from inside them. None is null.
    struct Listener {
        std::function<void(const QString& what)> progressed;
        std::function<void(const QString& model, const Error& error)> modelFailed;  ///< it does not take part
        std::function<void(const LabPieces& pieces)> cut;                           ///< once, before the first reading
        std::function<void(const LabReadings& readings)> read;                      ///< at most twenty times a second
        std::function<void(const LabInfluence& influence)> influenced;
    };

    LabComparison(QStringList models, LabInput input);
    ~LabComparison();

    /// Opens the models and reads until nothing is left. Errors: Cancelled when stopped, what was read stays; those of a step. No
    /// error where no model is left to read: each was told why.
    Result<void> read(const std::shared_ptr<Backend>& backend, const Listener& listener, const std::stop_token& stop);
    /// Waits for questions and answers them until `closing`.
    void answer(const Listener& listener, const std::stop_token& closing);

    /// What had to do with the output at the end of `piece`, which was read. Takes the place of what was asked and not answered
    /// yet. From any thread.
    void ask(qint64 piece);

private:
    Result<std::shared_ptr<const Model>> open(const QString& path, const std::shared_ptr<Backend>& backend, const std::stop_token& stop) const;
    Result<void> step(const Listener& listener, const std::stop_token& stop);
    void answerPending(const Listener& listener, const std::stop_token& closing);

    QStringList m_models;                  // once they are open: those that take part
    LabInput m_input;
    std::unique_ptr<LockStep> m_lockStep;  // null until the models are open

    std::mutex m_mutex;                    // guards what follows
    std::condition_variable_any m_asked;
    std::optional<qint64> m_question;
    std::stop_source m_answering;          // of the answer under way
};

}  // namespace ms
