#include "engine/models/feature_window.h"

#include <cassert>

namespace ms {

void normaliseFeatures(const FeatureStatistics& statistics, std::span<float> rows) {
    const std::size_t width = statistics.mean.size();
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = (rows[i] - statistics.mean[i % width]) / statistics.std[i % width];
}

FeatureWindow::FeatureWindow(FeatureStatistics statistics, const InputDims& input)
    : m_statistics(std::move(statistics)), m_input(input) {
    assert(static_cast<std::int64_t>(m_statistics.mean.size()) == input.width && m_statistics.std.size() == m_statistics.mean.size());
    reset();
}

void FeatureWindow::reset() {
    m_rows.assign(static_cast<std::size_t>(m_input.before * m_input.width), 0.0f);
    m_consumed = 0;
    m_pushed = m_taken = 0;
    m_finished = false;
}

void FeatureWindow::push(std::span<const float> rows) {
    assert(!m_finished && rows.size() % static_cast<std::size_t>(m_input.width) == 0);
    m_rows.erase(m_rows.begin(), m_rows.begin() + static_cast<std::ptrdiff_t>(m_consumed));
    m_consumed = 0;
    const std::size_t first = m_rows.size();
    m_rows.insert(m_rows.end(), rows.begin(), rows.end());
    normaliseFeatures(m_statistics, std::span(m_rows).subspan(first));
    m_pushed += static_cast<std::int64_t>(rows.size()) / m_input.width;
}

void FeatureWindow::finish() {
    if (m_finished) return;
    m_finished = true;
    const std::int64_t frames = (m_pushed + m_input.step - 1) / m_input.step - m_taken;
    const std::size_t wanted = m_consumed + static_cast<std::size_t>(m_input.rows(frames) * m_input.width);
    if (wanted > m_rows.size()) m_rows.resize(wanted, 0.0f);
}

std::int64_t FeatureWindow::ready() const {
    const std::int64_t all = m_finished ? (m_pushed + m_input.step - 1) / m_input.step
                                        : (m_pushed - m_input.after) / m_input.step;  // below zero rounds to zero
    return all > m_taken ? all - m_taken : 0;
}

std::span<const float> FeatureWindow::take(std::int64_t frames) {
    assert(frames >= 1 && frames <= ready());
    const std::size_t first = m_consumed;
    m_consumed += static_cast<std::size_t>(frames * m_input.step * m_input.width);
    m_taken += frames;
    return std::span<const float>(m_rows).subspan(first, static_cast<std::size_t>(m_input.rows(frames) * m_input.width));
}

}  // namespace ms
