#include "ui/views/base/pace.h"

#include <algorithm>

namespace ms {

namespace {
using namespace std::chrono_literals;

constexpr auto kSlow = 150ms;
constexpr auto kLongestRest = 5s;
}  // namespace

Pace::Pace(std::chrono::milliseconds settle, std::chrono::milliseconds between, QObject* parent)
    : QObject(parent), m_settle(settle), m_between(between) {
    m_timer.setSingleShot(true);
    m_slow.setSingleShot(true);
    m_slow.setInterval(kSlow);
    connect(&m_timer, &QTimer::timeout, this, &Pace::due);
    connect(&m_slow, &QTimer::timeout, this, &Pace::slow);
}

void Pace::choose() {
    m_stale = false;
    m_timer.start(m_settle);
}

void Pace::refresh() {
    if (m_timer.isActive()) return;
    if (m_running) {
        m_stale = true;
        return;
    }
    auto wait = m_sinceStart.isValid() ? m_between - std::chrono::milliseconds(m_sinceStart.elapsed()) : 0ms;
    if (m_sinceFinish.isValid()) wait = std::max(wait, m_rest - std::chrono::milliseconds(m_sinceFinish.elapsed()));
    m_timer.start(std::max(wait, 0ms));
}

void Pace::stop() {
    m_timer.stop();
    m_slow.stop();
    m_running = m_stale = false;
}

void Pace::started() {
    m_running = true;
    m_sinceStart.start();
    m_slow.start();
}

void Pace::finished() {
    m_running = false;
    m_slow.stop();
    m_sinceFinish.start();
    // A computation that takes long leaves the processor to the model for as long again.
    m_rest = std::min(std::chrono::milliseconds(m_sinceStart.elapsed()), std::chrono::milliseconds(kLongestRest));
    if (!m_stale) return;
    m_stale = false;
    refresh();
}

}  // namespace ms
