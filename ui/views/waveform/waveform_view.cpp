#include "ui/views/waveform/waveform_view.h"

#include <QComboBox>
#include <QSettings>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/waveform/waveform_plot.h"

namespace ms {

WaveformView::WaveformView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("waveform"), context, parent), m_plot(new WaveformPlot(context.axis, context.selection)),
      m_scales(new QComboBox) {
    setTitle(tr("Waveform"),
             tr("Smallest and largest sample of each pixel column, in 16 bits with full scale at ±1. Marks at the upper and lower edge: "
                "samples at full scale, which were probably clipped. A column holds the same frames as in the views above and below. "
                "Double-click or Return plays from there, or the selected range."));
    m_plot->setObjectName(QStringLiteral("plot_waveform"));
    m_plot->setAccessibleName(tr("Waveform of what was heard over time"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    setFocusProxy(m_plot);
    m_scales->addItem(tr("linear"), static_cast<int>(AmplitudeScale::Linear));
    m_scales->addItem(tr("dBFS"), static_cast<int>(AmplitudeScale::Decibels));
    m_scales->setToolTip(tr("Scale of the amplitude: linear, or decibels relative to full scale, 20 log₁₀ |amplitude|, from −60 dB up"));
    addControl(m_scales, QStringLiteral("scale"), tr("Waveform: scale of the amplitude"));
    connect(m_scales, &QComboBox::currentIndexChanged, this,
            [this] { m_plot->setAmplitudeScale(static_cast<AmplitudeScale>(m_scales->currentData().toInt())); });

    connect(m_plot, &WaveformPlot::readoutChanged, this, &WaveformView::setReadout);
    connect(m_plot, &WaveformPlot::runPauseRequested, this, &WaveformView::runPauseRequested);
    connect(m_plot, &WaveformPlot::escapePressed, this, [this] { this->context().selection.setRange({}); });
    connect(m_plot, &WaveformPlot::activated, this, &WaveformView::play);
    if (context.speech != nullptr) connect(context.speech, &SpeechLog::begun, this, &WaveformView::showSound);
    showSound();
}

void WaveformView::modelChanged() { showSound(); }

void WaveformView::showSound() {
    const bool hears = model() && model()->speech && context().speech != nullptr;
    m_plot->setFrameSeconds(frameSecondsOf(model()));
    m_plot->setEmptyText(nothingHeardText(model()));
    m_plot->setSound(hears ? context().speech->sound() : nullptr);
}

void WaveformView::dataChanged(qint64, qint64) { m_plot->soundChanged(); }

void WaveformView::play(qint64 token) {
    if (context().speech == nullptr || !context().speech->sound()) return;
    const double frame = m_plot->frameSeconds(), end = context().speech->sound()->seconds();
    const TokenRange range = context().selection.range();
    if (!range.empty() && token >= range.first && token < range.end)
        Q_EMIT playRequested(static_cast<double>(range.first) * frame, std::min(end, static_cast<double>(range.end) * frame));
    else Q_EMIT playRequested(static_cast<double>(token) * frame, end);
}

void WaveformView::save(QSettings& store) const {
    store.setValue(QStringLiteral("decibels"), m_plot->amplitudeScale() == AmplitudeScale::Decibels);
}

void WaveformView::load(QSettings& store) {
    const bool decibels = store.value(QStringLiteral("decibels"), false).toBool();
    m_scales->setCurrentIndex(m_scales->findData(static_cast<int>(decibels ? AmplitudeScale::Decibels : AmplitudeScale::Linear)));
}

FigureTitles WaveformView::figureTitles() const { return {tokenAxisTitle(), tr("amplitude"), {}}; }

/// Every sample of the tokens' time, in portions: an hour is 57 million.
NumberSource WaveformView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    const auto sound = context().speech != nullptr && model() && model()->speech ? context().speech->sound() : nullptr;
    if (!sound || sound->samples() == 0) return numbers;
    const double perFrame = frameSecondsOf(model()) * sound->sampleRate();
    const TokenRange range = within(tokens, context().tokens.size());
    const std::int64_t first = std::llround(static_cast<double>(range.first) * perFrame);
    const std::int64_t end = tokens.empty() ? sound->samples() : std::min<std::int64_t>(sound->samples(), std::llround(static_cast<double>(range.end) * perFrame));
    NumberArray array;
    array.name = array.probe = "sound";
    array.unit = "of full scale";
    array.axes = {plainAxis("sample", std::max<std::int64_t>(0, end - first))};
    array.axes.front().first = first;
    array.read = [sound, first](std::int64_t at, std::int64_t rows, std::span<std::byte> out) -> Result<void> {
        std::vector<float> samples(static_cast<std::size_t>(rows));
        sound->read(first + at, samples);
        std::memcpy(out.data(), samples.data(), out.size());
        return {};
    };
    numbers.arrays.push_back(std::move(array));
    addArray(numbers, "sample_rate", {plainAxis("part", 1)}, std::vector<std::int32_t>{sound->sampleRate()}, DType::I32, "Hz");
    return numbers;
}

}  // namespace ms
