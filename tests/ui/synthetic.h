// Captures and tokens made up for tests: every value is a function of layer, channel and token.
#pragma once

#include <vector>

#include "engine/probe/capture_store.h"
#include "ui/views/base/view_context.h"

namespace ms {
class ScopeView;
}

namespace ms::test {

/// Frames with the layer means, and with all channels of one layer, of a probe point.
class SyntheticCapture {
public:
    SyntheticCapture(ProbePoint point, const ModelDims& dims, LayerIndex rawLayer);

    /// Means are value(layer, token); raw values channelValue(channel, token).
    [[nodiscard]] static float value(qint64 layer, qint64 token);
    [[nodiscard]] static float channelValue(qint64 channel, qint64 token);

    /// A frame of tokens [first, first + count); valid until the next call.
    const CaptureFrame& frame(qint64 first, qint64 count);

private:
    std::vector<CaptureEntry> m_entries;
    std::vector<std::vector<float>> m_values;
    CaptureFrame m_frame;
};

/// Answers what a test put there, at once; refuses the rest.
class CannedQueries final : public ModelQueries {
public:
    TokenValues values, baseline;
    LensTable lens;
    TensorPart part;
    TensorStatistics statistics;
    QString error;   ///< set: the answer to everything
    int asked = 0;

    void tokenValues(QObject*, qint64 token, const std::vector<CaptureRequest>&, const Answered<TokenValues>& answered) override;
    void baselineValues(QObject*, qint64 token, const std::vector<CaptureRequest>&, const Answered<TokenValues>& answered) override;
    void logitLens(QObject*, qint64 token, int, const Answered<LensTable>& answered) override;
    void tensorTile(QObject*, const TensorTileQuery&, const Answered<TensorPart>& answered) override;
    void tensorStatistics(QObject*, const QString&, const Answered<TensorStatistics>& answered) override;
    void cancel(QObject*) override {}
};

/// A view's surroundings with made-up captures of `count` tokens.
struct Surroundings {
    std::shared_ptr<CaptureStore> store = std::make_shared<CaptureStore>();
    std::shared_ptr<CaptureStore> baseline = std::make_shared<CaptureStore>();
    TokenLog tokens;
    TimeAxis axis;
    Selection selection;
    CannedQueries queries;

    /// Layer means and the channels of `rawLayer` for every point of `points`.
    explicit Surroundings(qint64 count, std::span<const ProbePoint> points, LayerIndex rawLayer = LayerIndex(2));
    [[nodiscard]] ViewContext context() { return {store, baseline, tokens, axis, selection, queries}; }
};

/// Where MS_SHOTS names a folder: pictures of a view under its header, light and dark, small and large, to look at.
void takeShots(ScopeView& view, const QString& name);

[[nodiscard]] ModelDims smallDims();
[[nodiscard]] ModelSummaryPtr smallModel();
[[nodiscard]] TokenRow tokenRow(qint64 token);

}  // namespace ms::test
