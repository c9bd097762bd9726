// What a view of one measure shows: where its values come from, and what they are called.
#pragma once

#include <QString>

#include "engine/probe/measure.h"
#include "ui/models/series_source.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/views/base/view_context.h"

namespace ms {

/// Layers × tokens.
[[nodiscard]] SeriesSource layersSource(const ViewContext& context, const MeasureInfo& measure, const ModelDims& dims,
                                        Compare compare);
/// Channels × tokens of one layer; of a measure that is perChannel.
[[nodiscard]] SeriesSource channelsSource(const ViewContext& context, const MeasureInfo& measure, LayerIndex layer,
                                          const ModelDims& dims, Compare compare);

/// "Δ", "Δ of the baseline", "Δ − baseline".
[[nodiscard]] QString comparedSymbol(const QString& symbol, Compare compare);
/// "changed 1.5, baseline 1.25": what a difference is made of, for read-outs.
[[nodiscard]] QString bothText(const QString& changed, const QString& baseline);
/// "Step size Δ", "Half-life t½ / tokens": beside a colour bar.
[[nodiscard]] QString valueTitle(const QString& title, const QString& symbol, const QString& unit);
/// For ShownValues.
[[nodiscard]] QString normalisationText(const HeatmapSettings& settings);
[[nodiscard]] QString layersSymbol(const MeasureInfo& measure, Compare compare);
[[nodiscard]] QString channelsSymbol(const MeasureInfo& measure, Compare compare);
[[nodiscard]] QString channelsDefinition(const MeasureInfo& measure);
/// " · baseline", " · difference from the baseline"; empty for the run itself.
[[nodiscard]] QString compareText(Compare compare);
/// What colours are kept under: a difference from the baseline is coloured on its own.
[[nodiscard]] QString settingsKey(const QString& measure, Compare compare);
[[nodiscard]] QString settingsKey(const MeasureInfo& measure, Compare compare);

}  // namespace ms
