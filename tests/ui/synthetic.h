// Captures and tokens made up for tests: every value is a function of layer, channel and token.
#pragma once

#include <vector>

#include "engine/probe/capture_store.h"
#include "ui/models/token_log.h"
#include "ui/models/values.h"

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

[[nodiscard]] ModelDims smallDims();
[[nodiscard]] ModelSummaryPtr smallModel();
[[nodiscard]] TokenRow tokenRow(qint64 token);

}  // namespace ms::test
