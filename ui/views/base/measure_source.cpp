#include "ui/views/base/measure_source.h"

#include <QCoreApplication>

#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

[[maybe_unused]] QString tr(const char* text) { return QCoreApplication::translate("ms::MeasureSource", text); }

}  // namespace

QString comparedSymbol(const QString& symbol, Compare compare) {
    if (compare == Compare::Changed) return symbol;
    return (compare == Compare::Baseline ? tr("%1 of the baseline") : tr("%1 − baseline")).arg(symbol);
}

QString bothText(const QString& changed, const QString& baseline) { return tr("changed %1, baseline %2").arg(changed, baseline); }

QString valueTitle(const QString& title, const QString& symbol, const QString& unit) {
    QString text = title;
    if (!symbol.isEmpty() && symbol != title) text += QLatin1Char(' ') + symbol;
    return unit.isEmpty() ? text : text + QStringLiteral(" / ") + unit;
}

QString normalisationText(const HeatmapSettings& settings) {
    return settings.normaliseRows ? QStringLiteral("each row minus its mean, over its standard deviation") : QString();
}

SeriesSource layersSource(const ViewContext& context, const MeasureInfo& measure, const ModelDims& dims,
                          Compare compare) {
    SeriesSource source = SeriesSource::layers(context.store, measure.point, dims, measure.layerReduction);
    source.setDifference(measure.difference);
    source.setBaseline(context.baseline, compare);
    return source;
}

SeriesSource channelsSource(const ViewContext& context, const MeasureInfo& measure, LayerIndex layer,
                            const ModelDims& dims, Compare compare) {
    SeriesSource source = SeriesSource::channels(context.store, measure.point, layer, dims);
    source.setDifference(measure.difference);
    source.setBaseline(context.baseline, compare);
    return source;
}

QString layersSymbol(const MeasureInfo& measure, Compare compare) { return comparedSymbol(utf8(measure.symbol), compare); }

QString channelsSymbol(const MeasureInfo& measure, Compare compare) {
    return comparedSymbol(utf8(measure.difference ? measure.symbol : info(measure.point).symbol), compare);
}

QString channelsDefinition(const MeasureInfo& measure) {
    return utf8(measure.difference ? measure.definition : info(measure.point).definition);
}

QString compareText(Compare compare) {
    switch (compare) {
        case Compare::Changed:
            return {};
        case Compare::Baseline:
            return tr(" · baseline");
        case Compare::Difference:
            return tr(" · difference from the baseline");
    }
    return {};
}

QString settingsKey(const QString& measure, Compare compare) {
    return measure + (compare == Compare::Difference ? QStringLiteral("_difference") : QString());
}

QString settingsKey(const MeasureInfo& measure, Compare compare) {
    return settingsKey(utf8(measure.key), compare);
}

}  // namespace ms
