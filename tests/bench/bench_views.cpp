// How long a view takes to show another layer or measure: 24 layers, 1536 channels, 10,000 tokens. Prints, gates
// nothing.
#include <QApplication>
#include <QElapsedTimer>
#include <cmath>
#include <cstdio>
#include <functional>

#include "engine/probe/measure.h"
#include "tests/ui/synthetic.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/views/channel_map/channel_map_view.h"
#include "ui/views/directions/directions_view.h"
#include "ui/views/overview/overview_view.h"
#include "ui/views/traces/traces_view.h"

using namespace ms;

namespace {

constexpr qint64 kTokens = 10'000;
constexpr QSize kSize{1100, 400};

ModelDims dims() {
    ModelDims d = test::smallDims();
    d.n_layer = 24;
    d.d_inner = 1536;
    d.d_state = 16;
    return d;
}

void fill(CaptureStore& store, const SeriesKey& key, qint64 width) {
    const CaptureEntry entry{key, width, 1, 0, 0, 1};
    constexpr qint64 kFrame = 500;
    std::vector<float> values(static_cast<std::size_t>(kFrame * width));
    for (qint64 first = 0; first < kTokens; first += kFrame) {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::sin(static_cast<float>(static_cast<qint64>(i) + first * width) * 0.37f) +
                        static_cast<float>(key.layer.value);
        store.append({TokenPos(first), kFrame, {{&entry, TokenPos(first), kFrame, values}}});
    }
}

bool isWhole(HeatmapCanvas& canvas) {
    const HeatmapScene scene = canvas.scene();
    const qint64 shown =
        std::min<qint64>(scene.image.width(), (kTokens - scene.firstColumn * scene.timeScale.tokensPerColumn) /
                                                  scene.timeScale.tokensPerColumn);
    for (int y = 0; y < scene.image.height(); ++y)
        for (int x = 0; x < shown; ++x)
            if (qAlpha(scene.image.pixel(x, y)) == 0) return false;
    return true;
}

/// Milliseconds from the change to the first picture, to the whole one, and the longest turn of the event loop.
void measure(const char* what, QWidget& view, const std::function<void()>& change, const std::function<bool()>& whole) {
    QElapsedTimer all, turn;
    double longest = 0;
    const auto timed = [&](const std::function<void()>& work) {
        turn.start();
        work();
        longest = std::max(longest, static_cast<double>(turn.nsecsElapsed()) * 1e-6);
    };
    all.start();
    timed([&] {
        change();
        view.grab();
    });
    const double first = static_cast<double>(all.nsecsElapsed()) * 1e-6;
    do timed([] { QApplication::processEvents(); });  // curves are painted in a turn of their own
    while (!whole() && all.elapsed() < 20'000);
    std::printf("%-42s %8.1f %8.1f %8.1f\n", what, first, static_cast<double>(all.nsecsElapsed()) * 1e-6, longest);
}

}  // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    test::Surroundings around(0, {});
    around.store = std::make_shared<CaptureStore>(2ull << 30);
    for (qint64 layer = 0; layer < dims().n_layer; ++layer)
        for (const char* key : {"dt", "dt_max", "state_norm"}) {
            const MeasureInfo& m = *measureByKey(key);
            fill(*around.store, {m.point, LayerIndex(layer), m.layerReduction}, 1);
        }
    for (const qint64 layer : {3, 4}) {
        fill(*around.store, {ProbePoint::Dt, LayerIndex(layer), Reduction::None}, dims().d_inner);
        for (const ProbePoint point : {ProbePoint::B, ProbePoint::C})
            fill(*around.store, {point, LayerIndex(layer), Reduction::None}, dims().d_state);
    }
    fill(*around.store, {ProbePoint::StateNorm, LayerIndex(3), Reduction::None}, dims().d_inner);
    std::vector<TokenRow> rows;
    for (qint64 t = 0; t < kTokens; ++t) rows.push_back(test::tokenRow(t));
    around.tokens.append(rows);
    around.axis.setTokenCount(kTokens);
    auto model = std::make_shared<ModelSummary>(*test::smallModel());
    model->dims = dims();

    OverviewView overview(around.context());
    ChannelMapView channels(around.context());
    TracesView traces(around.context());
    DirectionsView directions(around.context());
    for (ScopeView* view : {static_cast<ScopeView*>(&overview), static_cast<ScopeView*>(&channels),
                            static_cast<ScopeView*>(&traces), static_cast<ScopeView*>(&directions)}) {
        view->setModel(model);
        view->resize(kSize);
        view->show();
    }
    const auto wholeOverview = [&] { return isWhole(*overview.canvas()); };
    const auto wholeChannels = [&] { return isWhole(*channels.canvas()); };
    const auto channelsDrawn = [&](LayerIndex layer) {
        return [&, layer] { return channels.layer() == layer && isWhole(*channels.canvas()); };
    };
    std::printf("%-42s %8s %8s %8s\n", "", "first ms", "whole ms", "turn ms");
    for (const int zoom : {0, -5, -30}) {
        around.selection.setLayer(3);
        around.axis.zoom(zoom, -1);
        if (zoom == -30) around.axis.fitAll();
        QApplication::processEvents();
        std::printf("%d tokens a column of %d pixels\n", around.axis.scale().tokensPerColumn,
                    around.axis.scale().columnPixels);
        measure(
            "  overview: another measure", overview, [&] { overview.setMeasure(QStringLiteral("dt_max")); },
            wholeOverview);
        overview.setMeasure(QStringLiteral("state_norm"));
        measure(
            "  channel_map: another layer", channels, [&] { around.selection.setLayer(4); },
            channelsDrawn(LayerIndex(4)));
        around.selection.setLayer(3);
        measure(
            "  channel_map: another measure", channels, [&] { channels.setMeasure(QStringLiteral("state_norm")); },
            wholeChannels);
        channels.setMeasure(QStringLiteral("dt"));
        measure(
            "  channel_map: sorted by similarity", channels, [&] { channels.setSort(ChannelSort::Similarity); },
            [&] { return !channels.isSorting() && wholeChannels(); });
        channels.setSort(ChannelSort::Index);
        for (qint64 c = 0; c < 8; ++c) {
            traces.setCurrent(c * 100);
            traces.pinCurrent();
        }
        const auto curves = [&] { return traces.plot()->curves().size() == 8; };
        traces.plot()->clear();
        measure(
            "  traces: eight channels of another layer", traces,
            [&] {
                around.selection.setLayer(4);
                traces.refresh();
            },
            curves);
        traces.plot()->clear();
        measure(
            "  traces: hover", traces, [&] { around.selection.setHoverToken(kTokens - 9); }, [] { return true; });
        measure(
            "  directions: another layer", directions,
            [&] {
                around.selection.setLayer(3);
                directions.refresh();
            },
            [&] { return isWhole(*directions.written()) && !directions.plot()->curves().empty(); });
    }
    return 0;
}
