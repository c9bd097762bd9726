// How long the figure and the numbers of a large heatmap take: 24 layers, 10,000 tokens. Prints, gates nothing.
#include <QApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QTemporaryDir>
#include <cmath>
#include <cstdio>

#include "tests/ui/synthetic.h"
#include "ui/export/export_job.h"
#include "ui/style/appearance.h"
#include "ui/views/heatmap/heatmap_view.h"

using namespace ms;

namespace {

constexpr qint64 kTokens = 10'000, kLayers = 24;

void fill(CaptureStore& store) {
    std::vector<float> values(static_cast<std::size_t>(kTokens));
    for (qint64 layer = 0; layer < kLayers; ++layer) {
        const CaptureEntry entry{{ProbePoint::Dt, LayerIndex(layer), Reduction::MeanChannels}, 1, 1, 0, 0, 1};
        for (std::size_t t = 0; t < values.size(); ++t) values[t] = std::sin(static_cast<float>(t) * 0.37f) * std::cos(static_cast<float>(t * t)) + static_cast<float>(layer) * 0.1f;
        store.append({TokenPos(0), kTokens, {{&entry, TokenPos(0), kTokens, values}}});
    }
}

}  // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    applyAppearance(application, Appearance::Light);
    test::Surroundings around(0, {});
    fill(*around.store);
    std::vector<TokenRow> rows;
    for (qint64 t = 0; t < kTokens; ++t) rows.push_back(test::tokenRow(t));
    around.tokens.append(rows);
    around.axis.setTokenCount(kTokens);
    auto model = std::make_shared<ModelSummary>(*test::smallModel());
    model->dims.n_layer = kLayers;

    FigureSource source{around.context(), model};
    source.create = [](const QString&, const ViewContext& context) -> ScopeView* { return new HeatmapView(ProbePoint::Dt, context); };
    const QTemporaryDir folder;
    FigureOptions options;
    options.size = {17, 6};
    options.tokens = FigureTokens::All;
    std::printf("%-28s %8s %10s\n", "24 layers x 10,000 tokens", "ms", "bytes");
    const auto measure = [&](const char* what, ExportFormat format) {
        const QString path = folder.filePath(QStringLiteral("figure.") + key(format));
        QElapsedTimer timer;
        timer.start();
        ExportJob job(source, {{QStringLiteral("dt"), {}}});
        QObject::connect(&job, &ExportJob::failed, [](const QString& problem) { std::printf("failed: %s\n", qUtf8Printable(problem)); });
        job.write(options, format, path);
        while (job.isRunning()) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
        std::printf("%-28s %8lld %10lld\n", what, timer.elapsed(), QFileInfo(path).size());
    };
    for (int round = 0; round < 3; ++round) {
        measure("PNG, 17 x 6 cm, 300 dpi", ExportFormat::Png);
        measure("SVG", ExportFormat::Svg);
        measure("PDF", ExportFormat::Pdf);
        measure("NPZ", ExportFormat::Npz);
        measure("CSV", ExportFormat::Csv);
        options.cellRectangles = true;
        measure("SVG, cells as rectangles", ExportFormat::Svg);
        options.cellRectangles = false;
    }
}
