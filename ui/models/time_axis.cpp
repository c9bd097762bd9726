#include "ui/models/time_axis.h"

#include <algorithm>
#include <array>

namespace ms {

namespace {

constexpr std::array kScales{
    TimeScale{1024, 1}, TimeScale{512, 1}, TimeScale{256, 1}, TimeScale{128, 1}, TimeScale{64, 1}, TimeScale{32, 1},
    TimeScale{16, 1},   TimeScale{8, 1},   TimeScale{4, 1},   TimeScale{2, 1},   TimeScale{1, 1},  TimeScale{1, 2},
    TimeScale{1, 3},    TimeScale{1, 4},   TimeScale{1, 6},   TimeScale{1, 8},   TimeScale{1, 12}, TimeScale{1, 16},
    TimeScale{1, 24},   TimeScale{1, 32},  TimeScale{1, 48},  TimeScale{1, 72},
};

qint64 floorTo(qint64 value, qint64 step) { return value / step * step; }

}  // namespace

std::span<const TimeScale> TimeAxis::scales() { return kScales; }

qint64 TimeAxis::visibleTokens() const {
    const TimeScale s = scale();
    return std::max<qint64>(1, m_viewport / s.columnPixels) * s.tokensPerColumn;
}

qint64 TimeAxis::lastFirst() const {
    const qint64 step = scale().tokensPerColumn;
    const qint64 past = m_count - visibleTokens();
    return past <= 0 ? 0 : floorTo(past + step - 1, step);
}

void TimeAxis::place(qint64 first) {
    if (m_held) return;
    m_first = floorTo(std::clamp<qint64>(first, 0, lastFirst()), scale().tokensPerColumn);
    Q_EMIT changed();
}

void TimeAxis::setTokenCount(qint64 count) {
    if (count == m_count || m_held) return;
    m_count = count;
    place(m_follow ? lastFirst() : m_first);
}

void TimeAxis::hold(qint64 first, qint64 end, int step) {
    m_held = true;
    m_follow = false;
    m_step = std::clamp(step, 0, static_cast<int>(kScales.size()) - 1);
    m_count = end;
    m_first = floorTo(std::max<qint64>(0, first), scale().tokensPerColumn);
    Q_EMIT changed();
}

void TimeAxis::setViewport(const QObject* view, int pixels) {
    if (pixels > 0) m_viewports[view] = pixels;
    else m_viewports.remove(view);
    measureViewport();
}

void TimeAxis::setSeen(const QObject* view, bool seen) {
    if (seen) m_unseen.remove(view);
    else m_unseen.insert(view);
    connect(view, &QObject::destroyed, this, &TimeAxis::forget, Qt::UniqueConnection);
    measureViewport();
}

void TimeAxis::measureViewport() {
    int narrowest = 0;
    for (auto it = m_viewports.constBegin(); it != m_viewports.constEnd(); ++it) {
        const QObject* ancestor = it.key();
        while (ancestor != nullptr && !m_unseen.contains(ancestor)) ancestor = ancestor->parent();
        if (ancestor == nullptr && (narrowest == 0 || *it < narrowest)) narrowest = *it;
    }
    if (narrowest == m_viewport) return;
    m_viewport = narrowest;
    place(m_follow ? lastFirst() : m_first);
}

void TimeAxis::zoom(int steps, qint64 token) {
    const int step = std::clamp(m_step + steps, 0, static_cast<int>(kScales.size()) - 1);
    if (step == m_step) return;
    const TimeScale before = scale();
    const bool anchored = token >= 0;
    const qint64 fixed = anchored ? token : m_first + visibleTokens() / 2;
    const qint64 pixels = (fixed - m_first) * before.columnPixels / before.tokensPerColumn;
    m_step = step;
    const TimeScale now = scale();
    if (m_follow && !anchored) return place(lastFirst());
    place(fixed - pixels * now.tokensPerColumn / now.columnPixels);
    setFollow(m_first >= lastFirst());
}

void TimeAxis::fitAll() {
    int step = static_cast<int>(kScales.size()) - 1;
    while (step > 0 && m_count * kScales[static_cast<std::size_t>(step)].columnPixels >
                           qint64(m_viewport) * kScales[static_cast<std::size_t>(step)].tokensPerColumn)
        --step;
    m_step = step;
    place(m_follow ? lastFirst() : 0);
}

void TimeAxis::scrollTo(qint64 firstToken) {
    place(firstToken);
    setFollow(m_first >= lastFirst());
}

void TimeAxis::setFollow(bool follow) {
    if (follow != m_follow) {
        m_follow = follow;
        Q_EMIT followChanged(follow);
    }
    if (m_follow && m_first != lastFirst()) place(lastFirst());
}

void TimeAxis::ensureVisible(qint64 token) {
    if (token < 0) return;
    if (token < m_first) scrollTo(token);
    else if (token >= m_first + visibleTokens()) scrollTo(token - visibleTokens() + 1 + scale().tokensPerColumn - 1);
}

}  // namespace ms
