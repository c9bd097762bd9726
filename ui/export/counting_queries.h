// The window's queries for one figure, counted: it is complete when nothing is asked any more.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "ui/models/model_queries.h"

namespace ms {

/// Hands every question on. As there, an asker's newer question replaces its older one of the same kind.
class CountingQueries final : public ModelQueries {
public:
    explicit CountingQueries(ModelQueries& queries) : m_queries(queries), m_open(std::make_shared<Open>()) {}

    void tokenValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) override;
    void baselineValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) override;
    void logitLens(QObject* asker, qint64 token, int predictions, const Answered<LensTable>& answered) override;
    void tensorTile(QObject* asker, const TensorTileQuery& query, const Answered<TensorPart>& answered) override;
    void tensorStatistics(QObject* asker, const QString& name, const Answered<TensorStatistics>& answered) override;
    void cancel(QObject* asker) override;

    /// Questions without an answer yet.
    [[nodiscard]] std::size_t open() const { return m_open->size(); }

private:
    using Open = std::map<std::pair<const QObject*, int>, quint64>;  // number of the asker's newest question of a kind

    template <class T>
    Answered<T> counted(const QObject* asker, int kind, const Answered<T>& answered);

    ModelQueries& m_queries;
    std::shared_ptr<Open> m_open;  // answers may come when this is gone
    quint64 m_numbers = 0;
};

}  // namespace ms
