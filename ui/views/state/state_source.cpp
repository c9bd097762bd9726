#include "ui/views/state/state_source.h"

#include <algorithm>

namespace ms {

StateSource::StateSource(ModelQueries& queries, QObject* parent) : QObject(parent), m_queries(queries) {
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &StateSource::ask);
}

void StateSource::want(const Wish& wish, bool streaming) {
    m_wish = wish;
    if (!streaming) return m_timer.start(kRestMilliseconds);
    // A question that is open is not replaced: while tokens keep coming none would ever be answered.
    if (m_open > 0 || m_timer.isActive()) return;
    const qint64 since = m_sinceAsked.isValid() ? m_sinceAsked.elapsed() : kStreamMilliseconds;
    m_timer.start(static_cast<int>(std::clamp<qint64>(kStreamMilliseconds - since, 0, kStreamMilliseconds)));
}

void StateSource::reset() {
    ++m_round;
    m_queries.cancel(&m_first);
    m_queries.cancel(&m_second);
    m_timer.stop();
    m_open = 0;
    m_wish = m_asked = m_shown = {};
    m_states = m_new = {};
}

void StateSource::ask() {
    if (m_wish.layer < 0 || m_wish.token < 0) return;
    ++m_round;
    m_asked = m_wish;
    m_sinceAsked.restart();
    m_error.clear();
    m_new = {};
    m_open = 1;  // this function's own: answers may come at once
    for (const Run run : {Run::Changed, Run::Baseline}) {
        if (m_asked.compare == (run == Run::Changed ? Compare::Baseline : Compare::Changed)) continue;
        m_open += m_asked.reference ? 2 : 1;
        fetch(&m_first, run, m_asked.token, m_new[index(run)].state);
        if (m_asked.reference) fetch(&m_second, run, *m_asked.reference, m_new[index(run)].reference);
    }
    finish();
}

void StateSource::fetch(QObject* asker, Run run, qint64 token, State& into) {
    for (const State* known : {&m_states[index(run)].state, &m_states[index(run)].reference})
        if (known->is(m_asked.layer, token)) {
            into = *known;
            return finish();
        }
    const SeriesKey key{ProbePoint::State, LayerIndex(m_asked.layer), Reduction::None};
    const CaptureRequest request{ProbePoint::State, {key.layer}, Reduction::None, 1, 0, 0, 1};
    const auto answered = [this, key, token, &into, round = m_round](const Answer<TokenValues>& answer) {
        if (round != m_round) return;
        if (!answer) m_error = answer.error;
        else if (const auto found = answer.value->values.find(key); found != answer.value->values.end())
            into = {key.layer.value, token, found->second};
        else m_error = tr("The engine brought no state of layer %1").arg(key.layer.value);
        finish();
    };
    if (run == Run::Changed) m_queries.tokenValues(asker, token, {request}, answered);
    else m_queries.baselineValues(asker, token, {request}, answered);
}

void StateSource::finish() {
    if (--m_open > 0) return;
    const bool moved = !(m_wish == m_asked);
    if (!m_error.isEmpty()) {
        Q_EMIT failed(m_error);
    } else {
        m_shown = m_asked;
        m_states = std::move(m_new);
        Q_EMIT arrived();
    }
    if (moved && !m_timer.isActive()) want(m_wish, true);
}

}  // namespace ms
