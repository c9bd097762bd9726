#include "ui/views/spectrogram/spectrogram_view.h"

#include <numeric>

#include "engine/audio/log_mel.h"
#include "ui/plot/heatmap_canvas.h"

namespace ms {

namespace {

/// "462", "1.25k": as short as a row axis wants it.
QString axisHertz(double hz) {
    return hz < 1000 ? QString::number(hz, 'f', 0) : QStringLiteral("%1k").arg(hz / 1000, 0, 'f', hz < 9995 ? 2 : 1);
}

}  // namespace

double bandCentre(const FeatureConfig& config, qint64 band) {
    const double low = slaneyMel(config.low_hz), high = slaneyMel(config.high_hz);
    return slaneyHz(low + (high - low) * static_cast<double>(band + 1) / (config.mels + 1));
}

SpectrogramView::SpectrogramView(const ViewContext& context, QWidget* parent)
    : SpeechMapView(QStringLiteral("spectrogram"), tr("Mel spectrogram"), {}, context, parent) {
    const ProbeInfo& probe = info(ProbePoint::Features);
    setTitle(utf8(probe.title), utf8(probe.definition) + QLatin1Char(' ') +
                                    tr("Rows are frequency bands, low to high from bottom to top, in Hz. Ctrl+wheel or Ctrl+Up "
                                       "zooms the rows, Esc shows all."));
    setMeasure(utf8(probe.symbol), utf8(probe.unit), tr("frequency / Hz"));
    canvas()->setCaption(tr("Hz"));
    updateSource();
}

void SpectrogramView::modelChanged() {
    RowNames names;
    if (model() && model()->speech) {
        const FeatureConfig config = model()->speech->features;
        names.label = [config](qint64 band) { return axisHertz(bandCentre(config, band)); };
        names.readout = [config](qint64 band) {
            return tr("band %1 (%2 Hz)").arg(band).arg(bandCentre(config, band), 0, 'f', 0);
        };
    }
    canvas()->setRowNames(std::move(names));
    SpeechMapView::modelChanged();
}

SeriesSource SpectrogramView::source() const {
    SeriesSource source = SeriesSource::channels(context().store, ProbePoint::Features, LayerIndex(-1), model()->dims);
    auto order = std::make_shared<std::vector<int>>(static_cast<std::size_t>(source.rows()));
    std::iota(order->rbegin(), order->rend(), 0);
    source.setOrder(std::move(order));
    return source;
}

}  // namespace ms
