#include "ui/window/stream_bench.h"

#include <unistd.h>

#include <QCoreApplication>
#include <QFile>
#include <algorithm>
#include <bit>
#include <cstdio>
#include <limits>

#include "ui/plot/heatmap_canvas.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/views/prompt_panel/prompt_panel.h"

namespace ms {

quint64 residentBytes() {
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly)) return 0;
    return file.readAll().split(' ').value(1).toULongLong() * static_cast<quint64>(sysconf(_SC_PAGESIZE));
}

StreamBench::StreamBench(MainWindow& window, std::int64_t tokens) : m_window(window), m_tokens(tokens) {
    connect(&window.engine(), &EngineHost::modelChanged, this, [this](const ModelSummaryPtr& model) {
        if (!model || m_started) return;
        m_started = true;
        RunRequest request = m_window.promptPanel().request();
        request.maxNew = m_tokens;
        request.stopAtEnd = false;
        m_time.start();
        m_window.engine().run(request);
    }, Qt::QueuedConnection);
    connect(&window.engine().feed().tokens(), &TokenLog::appended, this, &StreamBench::onTokens);
    connect(&window.engine(), &EngineHost::failed, this, [](const QString& message) {
        std::fprintf(stderr, "mambascope: %s\n", qUtf8Printable(message));
        QCoreApplication::exit(1);
    });
}

qint64 StreamBench::paints() const {
    // The slowest of the three counts: each view is promised 30 repaints a second.
    qint64 fewest = std::numeric_limits<qint64>::max();
    for (const HeatmapView* view : m_window.heatmaps()) fewest = std::min(fewest, view->canvas()->paintCount());
    return fewest;
}

void StreamBench::onTokens() {
    for (const HeatmapView* view : m_window.heatmaps())
        m_worstPaint = std::max(m_worstPaint, view->canvas()->lastPaintMilliseconds());
    const qint64 count = m_window.engine().feed().tokens().size();
    if (m_window.selection().token() != kCursor && count > kCursor) {  // once, after the restart cleared it
        m_window.selection().setToken(kCursor);
        m_window.selection().setLayer(0);
        m_cursorValue = m_window.heatmaps()[0]->canvas()->source().at(kCursor, 0);
    }
    if (count >= m_nextReport) report();
    if (count >= m_tokens) finish();
}

void StreamBench::report() {
    const qint64 count = m_window.engine().feed().tokens().size();
    const qint64 now = m_time.elapsed(), elapsed = now - m_millisecondsBefore;
    if (m_nextReport > 0 && elapsed > 0) {
        const double rate = 1000.0 * static_cast<double>(paints() - m_paintsBefore) / static_cast<double>(elapsed);
        m_worstRate = std::min(m_worstRate, rate);
        const RunStatistics& s = m_window.engine().statistics();
        std::printf(
            "%8lld tokens  %8.1f tokens/s  %5.1f repaints/s  slowest repaint %5.2f ms  resident %6.1f MB  captures "
            "%6.1f MB + %6.1f MB on disk\n",
            static_cast<long long>(count),
            1000.0 * static_cast<double>(count - m_tokensBefore) / static_cast<double>(elapsed), rate, m_worstPaint,
            static_cast<double>(residentBytes()) / 1e6, static_cast<double>(s.captureMemoryBytes) / 1e6,
            static_cast<double>(s.captureSpilledBytes) / 1e6);
        std::fflush(stdout);
    }
    m_worstPaint = 0;
    m_paintsBefore = paints();
    m_millisecondsBefore = now;
    m_tokensBefore = count;
    m_nextReport += std::max<std::int64_t>(1, m_tokens / 10);
}

void StreamBench::finish() {
    const float value = m_window.heatmaps()[0]->canvas()->source().at(kCursor, 0);
    const bool kept = m_window.selection().token() == kCursor &&
                      std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(m_cursorValue);
    std::printf("cursor %s, %lld rows lost, at least %.1f repaints/s\n", kept ? "kept" : "DROPPED",
                static_cast<long long>(m_window.engine().statistics().lostRows), m_worstRate);
    QCoreApplication::exit(kept ? 0 : 1);
}

}  // namespace ms
