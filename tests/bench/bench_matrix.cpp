// What a large matrix costs the GUI thread: its limits and its picture, near and far. Prints, gates nothing.
#include <QApplication>
#include <QElapsedTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "ui/models/series_source.h"
#include "ui/plot/heatmap_raster.h"
#include "ui/plot/matrix_plot.h"

using namespace ms;

namespace {

/// Least milliseconds of some runs.
void measure(const char* what, const std::function<void()>& work) {
    double least = 1e9;
    for (int i = 0; i < 7; ++i) {
        QElapsedTimer timer;
        timer.start();
        work();
        least = std::min(least, static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    }
    std::printf("%-56s %8.2f ms\n", what, least);
}

std::shared_ptr<const Matrix> weights(qint64 side) {
    auto matrix = std::make_shared<Matrix>();
    matrix->rows = matrix->columns = side;
    matrix->values.resize(static_cast<std::size_t>(side * side));
    std::uint32_t random = 1;
    for (float& v : matrix->values) {  // about normal, as weights are
        float sum = 0;
        for (int i = 0; i < 4; ++i) {
            random = random * 1664525u + 1013904223u;
            sum += static_cast<float>(random >> 8) * 0x1p-24f - 0.5f;
        }
        v = sum;
    }
    return matrix;
}

}  // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    for (const qint64 side : {512, 2048}) {
        const auto matrix = weights(side);
        MatrixPlot plot;
        plot.resize(1100, 800);
        std::printf("%lld x %lld, %s\n", static_cast<long long>(side), static_cast<long long>(side), "1100 x 800 pixels");
        HeatmapSettings settings;
        for (const RangeMode range : {RangeMode::Percentile, RangeMode::Auto}) {
            settings.range = range;
            plot.setSettings(settings);
            measure(range == RangeMode::Auto ? "  new matrix, first picture, min-max" : "  new matrix, first picture, 1-99 %", [&] {
                plot.setMatrix(nullptr);
                plot.setMatrix(matrix);
                static_cast<void>(plot.scene());
            });
        }
        for (const Aggregate aggregate : {Aggregate::Mean, Aggregate::Max}) {
            settings.aggregate = aggregate;
            plot.setSettings(settings);
            bool wide = false;
            measure(aggregate == Aggregate::Mean ? "  panned, far (mean)" : "  panned, far (largest)", [&] {
                wide = !wide;
                plot.setVisibleCells(QRectF(wide ? 0 : 5, 0, static_cast<double>(side) - 5, static_cast<double>(side)));
                static_cast<void>(plot.scene());
            });
        }
        settings.range = RangeMode::Percentile;
        measure("  another colour map", [&] {
            settings.colourMap = settings.colourMap == ColourMapId::Viridis ? ColourMapId::Diverging : ColourMapId::Viridis;
            plot.setSettings(settings);
            static_cast<void>(plot.scene());
        });
        bool left = false;
        measure("  panned, near (16 x 16 cells)", [&] {
            left = !left;
            plot.setVisibleCells(QRectF(left ? 0 : 5, 0, 16, 16));
            static_cast<void>(plot.scene());
        });
    }
    return 0;
}
