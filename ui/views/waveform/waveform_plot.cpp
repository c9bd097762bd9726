#include "ui/views/waveform/waveform_plot.h"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "engine/audio/level_meter.h"
#include "ui/plot/curve.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

constexpr int kTick = 3;
constexpr int kClipMark = 5;  // pixels high
constexpr double kExactBlocks = 8;               // blocks of a column from which on their rounding is not seen
constexpr std::int64_t kExactSamples = 1 << 17;  // read for one read-out

struct Mark {
    float amplitude;
    const char* text;
};
constexpr std::array kLinearMarks{Mark{0, "0"},      Mark{1, "1"},     Mark{-1, "\u22121"},
                                  Mark{0.5f, "0.5"}, Mark{-0.5f, "\u22120.5"}};
constexpr std::array kDecibelMarks{Mark{0, "\u2264 \u221260"},   Mark{1, "0"},           Mark{-1, "0"},
                                   Mark{0.1f, "\u221220"},       Mark{-0.1f, "\u221220"},
                                   Mark{0.01f, "\u221240"},      Mark{-0.01f, "\u221240"}};

std::span<const Mark> marksOf(AmplitudeScale scale) {
    if (scale == AmplitudeScale::Linear) return kLinearMarks;
    return kDecibelMarks;
}

float decibels(float amplitude) { return 20 * std::log10(amplitude); }
SoundPeaks joined(std::span<const SoundPeaks> parts) {
    SoundPeaks all;
    for (const SoundPeaks& part : parts) all = {std::min(all.low, part.low), std::max(all.high, part.high)};
    return all;
}
bool isClipped(const SoundPeaks& peaks) { return peaks.high >= LevelMeter::kClip || peaks.low <= -LevelMeter::kClip; }

}  // namespace

WaveformPlot::WaveformPlot(TimeAxis& axis, Selection& selection, QWidget* parent) : TokenStrip(axis, selection, parent) {}

void WaveformPlot::setSound(std::shared_ptr<const SoundTrack> sound) {
    m_sound = std::move(sound);
    soundChanged();
}

void WaveformPlot::soundChanged() {
    m_stretch = {};
    update();
    tellReadout();
}

void WaveformPlot::setAmplitudeScale(AmplitudeScale scale) {
    m_scale = scale;
    update();
}

bool WaveformPlot::hasData() const { return m_sound && frameSeconds() > 0 && m_sound->samples() > 0; }

double WaveformPlot::samplesPerToken() const { return frameSeconds() * m_sound->sampleRate(); }

WaveformPlot::Stretch WaveformPlot::stretch() const {
    const TokenColumns drawn = columns();
    return {static_cast<double>(drawn.firstToken()) * samplesPerToken(), samplesPerToken() / drawn.pixelsPerToken() / finer(),
            drawn.plot.width() * finer(), m_sound->samples()};
}

int WaveformPlot::finer() const { return figure() ? std::max(1, static_cast<int>(std::ceil(figure()->resolution))) : 1; }

const std::vector<SoundPeaks>& WaveformPlot::peaks() {
    if (!hasData()) {
        m_peaks.clear();
        return m_peaks;
    }
    const Stretch wanted = stretch();
    if (wanted == m_stretch) return m_peaks;
    m_stretch = wanted;
    m_peaks.resize(static_cast<std::size_t>(wanted.count));
    const double blocks = wanted.step / std::max(1, m_sound->sampleRate() / 100);
    if (blocks <= 1 || blocks >= kExactBlocks || blocks == std::floor(blocks)) {
        m_sound->peaks(std::llround(wanted.begin), wanted.step, m_peaks);
        return m_peaks;
    }
    // Near, blocks at both ends of a column would show its neighbours' sound in it: read closer and join.
    const auto parts = static_cast<std::size_t>(std::ceil(blocks));
    std::vector<SoundPeaks> close(m_peaks.size() * parts);
    m_sound->peaks(std::llround(wanted.begin), wanted.step / static_cast<double>(parts), close);
    for (std::size_t i = 0; i < m_peaks.size(); ++i) m_peaks[i] = joined(std::span(close).subspan(i * parts, parts));
    return m_peaks;
}

float WaveformPlot::heightOf(float amplitude) const {
    if (m_scale == AmplitudeScale::Linear || amplitude == 0) return amplitude;
    return std::copysign(std::max(0.0f, 1 - decibels(std::abs(amplitude)) / kFloor), amplitude);
}

int WaveformPlot::yOf(float height, const QRect& plot) const {
    return plot.top() + static_cast<int>(std::lround((1 - static_cast<double>(height)) / 2 * (plot.height() - 1)));
}

void WaveformPlot::paintData(QPainter& painter, const TokenColumns& columns) {
    const QRect& plot = columns.plot;
    for (const Mark& mark : marksOf(m_scale)) {
        QColor line = colours().frame;
        line.setAlpha(mark.amplitude == 0 ? 255 : 90);
        painter.fillRect(QRect(plot.left(), yOf(heightOf(mark.amplitude), plot), plot.width(), 1), line);
    }
    const QColor wave = curveColour(0, isDark(palette())), warning(kNanColour);
    const double width = 1.0 / finer();
    double x = plot.left();
    for (const SoundPeaks& column : peaks()) {
        if (column.low <= column.high) {
            const int top = yOf(heightOf(column.high), plot), bottom = yOf(heightOf(column.low), plot);
            painter.fillRect(QRectF(x, top, width, bottom - top + 1), wave);
            if (column.high >= LevelMeter::kClip) painter.fillRect(QRectF(x - 1, plot.top(), 3, kClipMark), warning);
            if (column.low <= -LevelMeter::kClip) painter.fillRect(QRectF(x - 1, plot.bottom() - kClipMark + 1, 3, kClipMark), warning);
        }
        x += width;
    }
}

void WaveformPlot::paintSides(QPainter& painter, const HeatmapLayout& layout) {
    const QRect& area = layout.rowAxis;
    const int height = painter.fontMetrics().height();
    QList<int> taken;  // a mark that has no room is left out: the first ones matter most
    for (const Mark& mark : marksOf(m_scale)) {
        const int y = yOf(heightOf(mark.amplitude), layout.plot);
        if (std::any_of(taken.begin(), taken.end(), [&](int other) { return std::abs(other - y) < height; })) continue;
        taken.append(y);
        painter.setPen(colours().frame);
        painter.drawLine(area.right() - kTick, y, area.right() - 1, y);
        painter.setPen(colours().axis);
        const int top = std::clamp(y - height / 2, area.top() - 3, area.bottom() - height + 3);
        painter.drawText(QRect(area.left(), top, area.width() - kTick - 3, height), Qt::AlignRight | Qt::AlignVCenter,
                         QString::fromUtf8(mark.text));
    }
    painter.drawText(layout.colourBar, Qt::AlignLeft | Qt::AlignTop, m_scale == AmplitudeScale::Decibels ? tr("dBFS") : tr("of full\nscale"));
}

SoundPeaks WaveformPlot::exactPeaks(double begin, double step) const {
    const std::int64_t first = std::llround(begin);
    const std::int64_t end = std::min(std::max<std::int64_t>(std::llround(begin + step), first + 1), m_sound->samples());
    SoundPeaks found;
    if (end - first > kExactSamples) {
        m_sound->peaks(first, step, {&found, 1});
        return found;
    }
    std::vector<float> samples(static_cast<std::size_t>(std::max<std::int64_t>(0, end - first)));
    m_sound->read(first, samples);
    for (const float x : samples) found = {std::min(found.low, x), std::max(found.high, x)};
    return found;
}

QString WaveformPlot::peaksText(double begin, double step) const {
    const SoundPeaks found = exactPeaks(begin, step);
    if (found.low > found.high) return {};
    const float most = std::max(std::abs(found.low), std::abs(found.high));
    QString text = tr("%1 to %2").arg(exactText(found.low), exactText(found.high));
    text += most > 0 ? tr("   peak %1 dBFS").arg(shortText(std::round(static_cast<double>(decibels(most)) * 100) / 100)) : tr("   silence");
    if (isClipped(found)) text += tr("   clipped");
    return text + QStringLiteral("   ") + timeText(begin / m_sound->sampleRate());
}

QString WaveformPlot::readout() const {
    if (!hasData()) return {};
    const TokenColumns drawn = columns();
    if (hovered().x() < 0) {
        const qint64 token = selection().token(), perColumn = drawn.scale.tokensPerColumn;
        if (token < 0) return {};
        return peaksText(static_cast<double>(token / perColumn * perColumn) * samplesPerToken(),
                         samplesPerToken() * static_cast<double>(perColumn));
    }
    if (!drawn.plot.contains(hovered())) return {};
    const Stretch now = stretch();
    return peaksText(now.begin + now.step * (hovered().x() - drawn.plot.left()), now.step);
}

}  // namespace ms
