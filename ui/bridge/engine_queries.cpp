#include "ui/bridge/engine_queries.h"

#include <QThreadPool>

#include "ui/bridge/engine_worker.h"
#include "ui/bridge/summaries.h"

namespace ms {

EngineQueries::~EngineQueries() {
    setCheckpoint(std::nullopt);
    QThreadPool::globalInstance()->waitForDone();
}

EngineQueries::Open EngineQueries::begin(QObject* asker, Kind kind) {
    const Slot slot(asker, static_cast<int>(kind));
    if (const auto old = m_open.find(slot); old != m_open.end()) old->stop.request_stop();
    else QObject::connect(asker, &QObject::destroyed, &m_host, [this, asker] { forget(asker); });
    return m_open[slot] = Open{++m_numbers, {}};
}

void EngineQueries::cancel(QObject* asker) {
    for (auto open = m_open.begin(); open != m_open.end(); ++open)
        if (open.key().first == asker) {
            open->stop.request_stop();
            open->number = 0;
        }
}

/// Another object may come to stand at the same address.
void EngineQueries::forget(QObject* asker) {
    cancel(asker);
    m_open.removeIf([asker](const auto& open) { return open.key().first == asker; });
}

void EngineQueries::setCheckpoint(std::optional<Checkpoint> checkpoint) {
    for (Open& open : m_open) {
        open.stop.request_stop();
        open.number = 0;
    }
    m_checkpoint = std::move(checkpoint);
}

template <class T>
void EngineQueries::deliver(const Slot& slot, quint64 number, Result<T> result, const Answered<T>& answered) {
    auto answer = std::make_shared<Answer<T>>();
    if (result) answer->value = std::make_shared<const T>(std::move(*result));
    else answer->error = messageOf(result.error());
    QMetaObject::invokeMethod(&m_host, [this, slot, number, answer, answered] {
        if (m_open.value(slot).number == number) answered(*answer);
    }, Qt::QueuedConnection);
}

template <class T>
void EngineQueries::askTensor(QObject* asker, Kind kind, const QString& name, const Answered<T>& answered,
                              std::function<Result<T>(const TensorInfo&, std::stop_token)> work) {
    const Open open = begin(asker, kind);
    const Slot slot(asker, static_cast<int>(kind));
    const std::optional<Checkpoint> checkpoint = m_checkpoint;
    const TensorInfo* info = checkpoint ? checkpoint->find(name.toStdString()) : nullptr;
    if (info == nullptr)
        return deliver<T>(slot, open.number, Error{ErrorCode::NotFound, "tensor " + name.toStdString() + " is not in the open model"}, answered);
    QThreadPool::globalInstance()->start([this, slot, open, checkpoint, info, answered, work = std::move(work)] {
        Result<T> result = work(*info, open.stop.get_token());
        if (!open.stop.stop_requested()) deliver<T>(slot, open.number, std::move(result), answered);
    });
}

void EngineQueries::tensorTile(QObject* asker, const TensorTileQuery& q, const Answered<TensorPart>& answered) {
    askTensor<TensorPart>(asker, Kind::TensorTile, q.name, answered,
                          [q](const TensorInfo& info, const std::stop_token& stop) -> Result<TensorPart> {
        TensorPart part;
        part.shape = matrixShape(info);
        part.firstRow = q.firstRow;
        part.firstColumn = q.firstColumn;
        part.rows = q.rows < 0 ? part.shape.rows - q.firstRow : q.rows;
        part.columns = q.columns < 0 ? part.shape.cols - q.firstColumn : q.columns;
        MS_TRY(part.tile, ms::tensorTile(info, part.firstRow, part.rows, part.firstColumn, part.columns, q.outRows, q.outColumns,
                                         q.maximum ? TileAggregate::MaxAbs : TileAggregate::Mean, stop));
        return part;
    });
}

void EngineQueries::tensorStatistics(QObject* asker, const QString& name, const Answered<TensorStatistics>& answered) {
    askTensor<TensorStatistics>(asker, Kind::TensorStatistics, name, answered, [](const TensorInfo& info, const std::stop_token& stop) {
        return ms::tensorStatistics(info, 64, stop);
    });
}

template <class T>
void EngineQueries::askWorker(QObject* asker, Kind kind, const Answered<T>& answered,
                              std::function<Result<T>(EngineWorker&, std::stop_token)> work) {
    const Open open = begin(asker, kind);
    m_host.m_worker->enqueue([this, open, slot = Slot(asker, static_cast<int>(kind)), answered, work = std::move(work)](EngineWorker& w) {
        if (open.stop.stop_requested()) return;
        deliver<T>(slot, open.number, work(w, open.stop.get_token()), answered);
    });
}

void EngineQueries::tokenValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests,
                                const Answered<TokenValues>& answered) {
    askWorker<TokenValues>(asker, Kind::TokenValues, answered, [token, requests](EngineWorker& w, const std::stop_token& stop) {
        return w.tokenValues(token, requests, stop);
    });
}

void EngineQueries::baselineValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests,
                                   const Answered<TokenValues>& answered) {
    askWorker<TokenValues>(asker, Kind::BaselineValues, answered, [token, requests](EngineWorker& w, const std::stop_token& stop) {
        return w.baselineValues(token, requests, stop);
    });
}

void EngineQueries::logitLens(QObject* asker, qint64 token, int predictions, const Answered<LensTable>& answered) {
    askWorker<LensTable>(asker, Kind::LogitLens, answered, [token, predictions](EngineWorker& w, const std::stop_token& stop) {
        return w.lens(token, predictions, stop);
    });
}

}  // namespace ms
