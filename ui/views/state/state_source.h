// Brings the states of one layer at two tokens, of one run or of both, without asking more often than the engine should hear.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <array>
#include <optional>

#include "ui/models/model_queries.h"
#include "ui/models/series_source.h"

namespace ms {

class StateSource : public QObject {
    Q_OBJECT
public:
    /// A moving cursor is asked about when it rests this long; a growing session at most so often.
    static constexpr int kRestMilliseconds = 100, kStreamMilliseconds = 250;

    struct Wish {
        qint64 layer = -1, token = -1;
        std::optional<qint64> reference;      ///< token whose state is compared with
        Compare compare = Compare::Changed;   ///< whose states: one run's, or both runs' for their difference
        bool operator==(const Wish&) const = default;
    };
    enum class Run { Changed, Baseline };

    explicit StateSource(ModelQueries& queries, QObject* parent = nullptr);

    /// `streaming`: the session grew, nobody moved.
    void want(const Wish& wish, bool streaming);
    /// Forgets everything: another model, or the same tokens read anew.
    void reset();

    [[nodiscard]] const Wish& shown() const { return m_shown; }
    /// [d_inner, d_state] of shown().token and of shown().reference; empty where they were not wanted.
    [[nodiscard]] const std::vector<float>& state(Run run) const { return m_states[index(run)].state.values; }
    [[nodiscard]] const std::vector<float>& reference(Run run) const { return m_states[index(run)].reference.values; }
    [[nodiscard]] bool pending() const { return m_open > 0 || m_timer.isActive(); }

Q_SIGNALS:
    void arrived();
    void failed(const QString& message);

private:
    struct State {
        qint64 layer = -1, token = -1;
        std::vector<float> values;
        [[nodiscard]] bool is(qint64 l, qint64 t) const { return !values.empty() && layer == l && token == t; }
    };
    struct States {
        State state, reference;
    };
    static constexpr std::size_t index(Run run) { return static_cast<std::size_t>(run); }
    void ask();
    void fetch(QObject* asker, Run run, qint64 token, State& into);
    void finish();

    ModelQueries& m_queries;
    QObject m_first, m_second;  // askers: the newer question of one does not replace the other's
    QTimer m_timer;
    QElapsedTimer m_sinceAsked;
    Wish m_wish, m_asked, m_shown;
    std::array<States, 2> m_states, m_new;  // by run
    int m_open = 0;      // answers that are still to come
    quint64 m_round = 0;
    QString m_error;
};

}  // namespace ms
