#include "ui/bridge/capture_feed.h"

#include <algorithm>
#include <utility>

namespace ms {

CaptureFeed::CaptureFeed(std::uint64_t memoryCap, QObject* parent)
    : QObject(parent), m_store(std::make_shared<CaptureStore>(memoryCap)),
      m_baseline(std::make_shared<CaptureStore>(memoryCap)) {
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &CaptureFeed::flush);
    m_sinceFlush.start();
}

void CaptureFeed::setRequests(const QObject* view, std::vector<CaptureRequest> requests) {
    if (m_requests.value(view) == requests) return;
    if (!m_requests.contains(view))
        connect(view, &QObject::destroyed, this, [this, view] {
            if (!m_requests.take(view).empty()) Q_EMIT requestsChanged();
        });
    m_requests[view] = std::move(requests);
    Q_EMIT requestsChanged();
}

std::vector<CaptureRequest> CaptureFeed::requests() const {
    std::vector<CaptureRequest> all;
    for (const std::vector<CaptureRequest>& ofView : m_requests)
        for (const CaptureRequest& request : ofView)
            if (std::find(all.begin(), all.end(), request) == all.end()) all.push_back(request);
    return all;
}

void CaptureFeed::pushFrame(const CaptureFrame& frame) {
    m_store->append(frame);
    markRange(frame);
}

void CaptureFeed::pushBaselineFrame(const CaptureFrame& frame) {
    m_baseline->append(frame);
    markRange(frame);
}

void CaptureFeed::markRange(const CaptureFrame& frame) {
    {
        const std::lock_guard lock(m_mutex);
        const qint64 first = frame.first.value;
        const qint64 end = first + frame.tokens;
        const bool empty = m_pending.first == m_pending.end;
        m_pending.first = empty ? first : std::min(m_pending.first, first);
        m_pending.end = empty ? end : std::max(m_pending.end, end);
    }
    markDirty();
}

void CaptureFeed::pushToken(const TokenRow& row) {
    {
        const std::lock_guard lock(m_mutex);
        m_rows.push_back(row);
    }
    markDirty();
}

void CaptureFeed::pushTokens(const TokenRows& rows, qint64 end) {
    {
        const std::lock_guard lock(m_mutex);
        m_rows.extend(rows, static_cast<std::size_t>(end));
    }
    markDirty();
}

TokenRows CaptureFeed::rows() const {
    const std::lock_guard lock(m_mutex);
    return m_rows;
}

void CaptureFeed::pushPiece(TokenId id, QString text) {
    const std::lock_guard lock(m_mutex);
    m_pending.pieces.emplace_back(id, std::move(text));
}

void CaptureFeed::truncate(qint64 tokens) {
    if (m_beforeCut) m_beforeCut();
    m_store->truncate(TokenPos(tokens));
    m_baseline->truncate(TokenPos(tokens));
    {
        const std::lock_guard lock(m_mutex);
        m_rows.truncate(static_cast<std::size_t>(tokens));
        if (tokens < m_shownRows && !m_pending.restarted)
            m_pending.truncateTo = m_pending.truncateTo < 0 ? tokens : std::min(m_pending.truncateTo, tokens);
        m_pending.end = std::min(m_pending.end, tokens);
        m_pending.first = std::min(m_pending.first, m_pending.end);
        m_pending.cut = m_pending.cut < 0 ? tokens : std::min(m_pending.cut, tokens);
    }
    markDirty();
}

void CaptureFeed::restart() {
    if (m_beforeCut) m_beforeCut();
    m_store->clear();
    m_baseline->clear();
    {
        const std::lock_guard lock(m_mutex);
        m_rows.clear();
        m_pending.first = m_pending.end = 0;
        m_pending.truncateTo = m_pending.cut = -1;
        m_pending.restarted = true;
    }
    markDirty();
}

void CaptureFeed::markDirty() {
    if (m_dirty.exchange(true)) return;  // a flush is on its way
    QMetaObject::invokeMethod(this, [this] {
        const qint64 wait = frameMilliseconds() - m_sinceFlush.elapsed();
        m_timer.start(static_cast<int>(std::clamp<qint64>(wait, 0, kSlowFrameMilliseconds)));
    }, Qt::QueuedConnection);
}

int CaptureFeed::frameMilliseconds() const {
    return static_cast<int>(std::clamp<qint64>(2 * m_flushCost, kFrameMilliseconds, kSlowFrameMilliseconds));
}

void CaptureFeed::flush() {
    m_sinceFlush.restart();
    // After the paint events that what follows posts.
    QTimer::singleShot(0, this, [this] { m_flushCost = m_sinceFlush.elapsed(); });
    m_dirty = false;
    Pending pending;
    TokenRows rows;
    {
        const std::lock_guard lock(m_mutex);
        pending = std::exchange(m_pending, {});
        rows = m_rows;
        m_shownRows = static_cast<qint64>(rows.size());
    }
    m_tokens.addPieces(pending.pieces);
    if (pending.restarted) {
        m_tokens.clear();
        Q_EMIT restarted();
    }
    if (pending.truncateTo >= 0) m_tokens.truncate(pending.truncateTo);
    // What was cut before it was ever shown is nobody's loss.
    if (pending.cut >= 0) Q_EMIT truncated(std::min(pending.cut, m_tokens.size()));
    m_tokens.growTo(rows);
    if (pending.first != pending.end) Q_EMIT rangeChanged(pending.first, pending.end);
}

}  // namespace ms
