#include "engine/audio/log_mel.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "engine/audio/sample.h"

namespace ms {

namespace {

constexpr double kHzPerMel = 200.0 / 3.0, kBreakHz = 1000.0, kBreakMel = kBreakHz / kHzPerMel;
const double kLogStep = std::log(6.4) / 27.0;

}  // namespace

double slaneyMel(double hz) { return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep; }

double slaneyHz(double mel) {
    return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp((mel - kBreakMel) * kLogStep);
}

Result<LogMel> LogMel::create(const FeatureConfig& config) {
    MS_CHECK(config.validate());
    return LogMel(config);
}

LogMel::LogMel(const FeatureConfig& config)
    : m_config(config),
      m_fft(config.fft),
      m_window(static_cast<std::size_t>(config.window)),
      m_power(static_cast<std::size_t>(config.fft / 2 + 1)),
      m_filters(static_cast<std::size_t>(config.mels)) {
    for (std::size_t n = 0; n < m_window.size(); ++n)
        m_window[n] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(n) / config.window);

    const double low = slaneyMel(config.low_hz), step = (slaneyMel(config.high_hz) - low) / (config.mels + 1);
    for (std::size_t b = 0; b < m_filters.size(); ++b) {
        const double left = slaneyHz(low + step * static_cast<double>(b)),
                     peak = slaneyHz(low + step * static_cast<double>(b + 1)),
                     right = slaneyHz(low + step * static_cast<double>(b + 2));
        Filter& filter = m_filters[b];
        for (std::size_t k = 0; k < m_power.size(); ++k) {
            const double hz = static_cast<double>(k) * config.sample_rate / config.fft;
            const double weight = std::min((hz - left) / (peak - left), (right - hz) / (right - peak));
            if (!(weight > 0.0)) continue;
            if (filter.weights.empty()) filter.first = k;
            filter.weights.push_back(weight);
        }
    }
}

void LogMel::appendRow(const float* frame, std::vector<float>& rows) {
    const std::span<double> input = m_fft.input();  // zero beyond the window since it was made
    for (std::size_t n = 0; n < m_window.size(); ++n) input[n] = m_window[n] * static_cast<double>(frame[n]);
    const std::span<const std::complex<double>> spectrum = m_fft.transform();
    std::transform(spectrum.begin(), spectrum.end(), m_power.begin(),
                   [](std::complex<double> x) { return std::norm(x); });
    for (const Filter& filter : m_filters) {
        double sum = m_config.floor;
        for (std::size_t i = 0; i < filter.weights.size(); ++i) sum += filter.weights[i] * m_power[filter.first + i];
        rows.push_back(static_cast<float>(std::log(sum)));
    }
}

std::int64_t LogMel::push(std::span<const float> samples, std::vector<float>& rows) {
    const auto hop = static_cast<std::size_t>(m_config.hop);
    m_pending.reserve(m_pending.size() + samples.size());
    for (const float x : samples) m_pending.push_back(usableSample(x));
    std::size_t at = 0;
    std::int64_t made = 0;
    for (; at + m_window.size() <= m_pending.size(); at += hop, ++made) appendRow(m_pending.data() + at, rows);
    m_pending.erase(m_pending.begin(), m_pending.begin() + static_cast<std::ptrdiff_t>(at));
    m_rows += made;
    return made;
}

void LogMel::reset() {
    m_pending.clear();
    m_rows = 0;
}

}  // namespace ms
