#include "ui/export/counting_queries.h"

namespace ms {

template <class T>
Answered<T> CountingQueries::counted(const QObject* asker, int kind, const Answered<T>& answered) {
    const std::pair slot(asker, kind);
    const quint64 number = ++m_numbers;
    (*m_open)[slot] = number;
    return [open = m_open, slot, number, answered](const Answer<T>& answer) {
        if (const auto found = open->find(slot); found != open->end() && found->second == number) open->erase(found);
        answered(answer);
    };
}

void CountingQueries::tokenValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) {
    m_queries.tokenValues(asker, token, requests, counted(asker, 0, answered));
}

void CountingQueries::baselineValues(QObject* asker, qint64 token, const std::vector<CaptureRequest>& requests, const Answered<TokenValues>& answered) {
    m_queries.baselineValues(asker, token, requests, counted(asker, 1, answered));
}

void CountingQueries::logitLens(QObject* asker, qint64 token, int predictions, const Answered<LensTable>& answered) {
    m_queries.logitLens(asker, token, predictions, counted(asker, 2, answered));
}

void CountingQueries::tensorTile(QObject* asker, const TensorTileQuery& query, const Answered<TensorPart>& answered) {
    m_queries.tensorTile(asker, query, counted(asker, 3, answered));
}

void CountingQueries::tensorStatistics(QObject* asker, const QString& name, const Answered<TensorStatistics>& answered) {
    m_queries.tensorStatistics(asker, name, counted(asker, 4, answered));
}

void CountingQueries::cancel(QObject* asker) {
    std::erase_if(*m_open, [asker](const auto& entry) { return entry.first.first == asker; });
    m_queries.cancel(asker);
}

}  // namespace ms
