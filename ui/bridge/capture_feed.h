// From the engine thread to the views: what was captured and which tokens came, at most one signal a frame.
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QObject>
#include <QTimer>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/probe/capture_store.h"
#include "ui/models/token_log.h"

namespace ms {

class CaptureFeed : public QObject {
    Q_OBJECT
public:
    /// Shortest time between two rangeChanged signals, and the longest that views which paint slowly make of it: they get at
    /// most half of the thread's time, the engine needs the cores too.
    static constexpr int kFrameMilliseconds = 16, kSlowFrameMilliseconds = 33;

    explicit CaptureFeed(std::uint64_t memoryCap = CaptureStore::kDefaultCap, QObject* parent = nullptr);

    // --- GUI thread ---
    [[nodiscard]] std::shared_ptr<const CaptureStore> store() const { return m_store; }
    /// The same tokens read without the interventions; empty while there are none.
    [[nodiscard]] std::shared_ptr<const CaptureStore> baseline() const { return m_baseline; }
    [[nodiscard]] TokenLog& tokens() { return m_tokens; }
    /// What `view` needs from now on; empty when it is hidden. The union over all views goes to the engine.
    void setRequests(const QObject* view, std::vector<CaptureRequest> requests);
    [[nodiscard]] std::vector<CaptureRequest> requests() const;
    /// Tells now what waits for the next frame.
    void showNow() { flush(); }

    // --- any one thread that drives a session; never waits for the GUI ---
    void pushFrame(const CaptureFrame& frame);
    void pushBaselineFrame(const CaptureFrame& frame);
    void pushToken(const TokenRow& row);
    /// Tokens of another sequence that has the same first ones: up to and without `end`. They share their storage.
    void pushTokens(const TokenRows& rows, qint64 end);
    /// All tokens pushed and not cut; shares their storage.
    [[nodiscard]] TokenRows rows() const;
    void pushPiece(TokenId id, QString text);
    /// A new sequence begins: forgets captures and tokens.
    void restart();
    /// The sequence went back to its first `tokens` tokens.
    void truncate(qint64 tokens);
    /// Called on that thread before values are given up: somebody may still be reading them.
    void setBeforeCut(std::function<void()> beforeCut) { m_beforeCut = std::move(beforeCut); }

Q_SIGNALS:
    /// Captured values of tokens [first, end) are new or changed; tokens() has grown before this is sent.
    void rangeChanged(qint64 first, qint64 end);
    /// The sequence began anew.
    void restarted();
    /// The sequence went back: tokens from `count` on are gone, with what was captured of them.
    void truncated(qint64 count);
    void requestsChanged();

private:
    void markDirty();
    void markRange(const CaptureFrame& frame);
    void flush();
    /// Time between two flushes, by what the last one cost with all the painting that followed it.
    [[nodiscard]] int frameMilliseconds() const;

    struct Pending {
        std::vector<TokenLog::Piece> pieces;
        qint64 first = 0, end = 0;  // of captured tokens; empty when equal
        qint64 truncateTo = -1;           // the log, before it grows; -1: not at all
        qint64 cut = -1;                  // tokens that were left when the sequence went back farthest
        bool restarted = false;
    };

    std::shared_ptr<CaptureStore> m_store, m_baseline;
    TokenLog m_tokens;
    QHash<const QObject*, std::vector<CaptureRequest>> m_requests;
    QTimer m_timer;
    QElapsedTimer m_sinceFlush;
    qint64 m_flushCost = 0;  // milliseconds
    mutable std::mutex m_mutex;  // guards m_rows, m_pending and m_shownRows
    TokenRows m_rows;        // the sequence as it is; the log follows at the next flush
    Pending m_pending;
    qint64 m_shownRows = 0;  // rows the log has, or will have once the flush under way is done
    std::atomic<bool> m_dirty = false;
    std::function<void()> m_beforeCut;
};

}  // namespace ms
