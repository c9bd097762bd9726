// Answers the views' questions: about tokens on the engine thread, about weights on a pool thread.
#pragma once

#include <QHash>
#include <QPointer>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "engine/formats/checkpoint.h"
#include "ui/bridge/engine_host.h"
#include "ui/models/model_queries.h"

namespace ms {

/// Lives in the GUI thread.
class EngineQueries final : public ModelQueries {
public:
    explicit EngineQueries(EngineHost& host) : m_host(host) {}
    ~EngineQueries() override;

    void tokenValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests,
                     const Answered<TokenValues>& answered) override;
    void baselineValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests,
                        const Answered<TokenValues>& answered) override;
    void logitLens(QObject* asker, qint64 token, int predictions, const Answered<LensTable>& answered) override;
    void tensorTile(QObject* asker, const TensorTileQuery& query, const Answered<TensorPart>& answered) override;
    void tensorStatistics(QObject* asker, const QString& name, const Answered<TensorStatistics>& answered) override;
    void cancel(QObject* asker) override;

    /// The weights of the model that is now open; open questions about the one before are dropped.
    void setCheckpoint(std::optional<Checkpoint> checkpoint);

private:
    enum class Kind { TokenValues, BaselineValues, LogitLens, TensorTile, TensorStatistics };
    struct Open {
        quint64 number = 0;
        std::stop_source stop;
    };
    using Slot = std::pair<QObject*, int>;

    void forget(QObject* asker);
    /// Registers a question, which replaces the asker's older one of this kind.
    Open begin(QObject* asker, Kind kind);
    /// Hands the answer to the asker if the question still stands. From any thread.
    template <class T>
    void deliver(const Slot& slot, quint64 number, Result<T> result, const Answered<T>& answered);
    /// Runs `work` on the engine thread.
    template <class T>
    void askWorker(QObject* asker, Kind kind, const Answered<T>& answered, std::function<Result<T>(EngineWorker&, std::stop_token)> work);
    /// Runs `work` on a pool thread with the tensor's bytes.
    template <class T>
    void askTensor(QObject* asker, Kind kind, const QString& name, const Answered<T>& answered,
                   std::function<Result<T>(const TensorInfo&, std::stop_token)> work);

    EngineHost& m_host;
    std::optional<Checkpoint> m_checkpoint;
    QHash<Slot, Open> m_open;
    quint64 m_numbers = 0;
};

}  // namespace ms
