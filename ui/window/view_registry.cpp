#include "ui/window/view_registry.h"

#include <QCoreApplication>

#include "ui/views/architecture/architecture_view.h"
#include "ui/views/channel_map/channel_map_view.h"
#include "ui/views/directions/directions_view.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/views/hidden_attention/hidden_attention_view.h"
#include "ui/views/memory_ruler/memory_ruler_view.h"
#include "ui/views/overview/overview_view.h"
#include "ui/views/state/state_view.h"
#include "ui/views/logit_lens/logit_lens_view.h"
#include "ui/views/posteriors/posteriors_view.h"
#include "ui/views/spectrogram/spectrogram_view.h"
#include "ui/views/tensor/tensor_view.h"
#include "ui/views/time_scales/time_scales_view.h"
#include "ui/views/traces/traces_view.h"
#include "ui/views/waveform/waveform_view.h"
#include "ui/views/words/words_view.h"

namespace ms {

namespace {

[[maybe_unused]] QString tr(const char* text) { return QCoreApplication::translate("ms::ViewRegistry", text); }

template <class View>
ViewEntry entry(const char* id, const QString& title) {
    return {QLatin1String(id), title, [](const ViewContext& context) { return new View(context); }};
}

template <class View>
ViewEntry speech(const char* id, const QString& title) {
    ViewEntry made = entry<View>(id, title);
    made.ofSpeech = true;
    return made;
}

ViewEntry heatmap(ProbePoint point) {
    const ProbeInfo& probe = info(point);
    return {utf8(probe.key), QStringLiteral("%1  %2").arg(utf8(probe.symbol), utf8(probe.title)),
            [point](const ViewContext& context) { return new HeatmapView(point, context); }};
}

}  // namespace

const std::vector<ViewEntry>& viewRegistry() {
    static const std::vector<ViewEntry> registry{
        heatmap(ProbePoint::Dt),
        heatmap(ProbePoint::StateNorm),
        heatmap(ProbePoint::Selectivity),
        entry<OverviewView>("overview", tr("Overview")),
        entry<ChannelMapView>("channel_map", tr("Channels")),
        entry<TracesView>("traces", tr("Traces")),
        entry<DirectionsView>("directions", tr("Directions")),
        entry<StateView>("state", tr("State")),
        entry<TimeScalesView>("time_scales", tr("Time scales")),
        entry<LogitLensView>("logit_lens", tr("Logit lens")),
        entry<MemoryRulerView>("memory_ruler", tr("Memory ruler")),
        entry<HiddenAttentionView>("hidden_attention", tr("Hidden attention")),
        entry<TensorView>("tensor", tr("Weight")),
        entry<ArchitectureView>("architecture", tr("Architecture")),
        speech<WaveformView>("waveform", tr("Waveform")),
        speech<SpectrogramView>("spectrogram", tr("Mel spectrogram")),
        speech<PosteriorsView>("posteriors", tr("Posteriors")),
        speech<WordsView>("words", tr("Words")),
    };
    return registry;
}

ScopeView* createView(const QString& id, const ViewContext& context) {
    for (const ViewEntry& entry : viewRegistry())
        if (entry.id == id) return entry.create(context);
    return nullptr;
}

}  // namespace ms
