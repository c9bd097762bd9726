// The mel spectrogram that the speech model reads: bands × frames.
#pragma once

#include "ui/views/base/speech_map_view.h"

namespace ms {

class SpectrogramView : public SpeechMapView {
    Q_OBJECT
public:
    explicit SpectrogramView(const ViewContext& context, QWidget* parent = nullptr);

protected:
    void modelChanged() override;
    /// The highest band is the first row.
    [[nodiscard]] SeriesSource source() const override;
};

/// Where the triangle of band 0 ≤ b < mels has its peak, in Hz: of mels + 2 points that lie equally spaced on Slaney's
/// scale, both ends included, the one behind point b (LogMel).
[[nodiscard]] double bandCentre(const FeatureConfig& config, qint64 band);

}  // namespace ms
