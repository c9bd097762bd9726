// What was heard, as the smallest and largest sample of every pixel column.
#pragma once

#include <memory>
#include <vector>

#include "engine/audio/sound_track.h"
#include "ui/plot/token_strip.h"

namespace ms {

enum class AmplitudeScale {
    Linear,    ///< full scale at ±1
    Decibels,  ///< dBFS, down to kFloor in the middle
};

class WaveformPlot : public TokenStrip {
    Q_OBJECT
public:
    /// dBFS at which a decibel scale begins.
    static constexpr float kFloor = -60.0f;

    WaveformPlot(TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    /// Null: nothing was heard.
    void setSound(std::shared_ptr<const SoundTrack> sound);
    /// There are more samples, or others.
    void soundChanged();
    void setAmplitudeScale(AmplitudeScale scale);
    [[nodiscard]] AmplitudeScale amplitudeScale() const { return m_scale; }

    /// Of the plot's pixel columns, from the left; columns without sound have low > high.
    [[nodiscard]] const std::vector<SoundPeaks>& peaks();
    /// The plot's height, -1 at the bottom to 1 at the top, at which an amplitude is drawn.
    [[nodiscard]] float heightOf(float amplitude) const;

    [[nodiscard]] QString readout() const override;
    [[nodiscard]] QSize sizeHint() const override { return {640, 110}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 60}; }

protected:
    [[nodiscard]] bool hasData() const override;
    void paintData(QPainter& painter, const TokenColumns& columns) override;
    void paintSides(QPainter& painter, const HeatmapLayout& layout) override;

private:
    /// What the peaks of pixel columns depend on.
    struct Stretch {
        double begin = 0, step = 0;  // in samples
        int count = 0;               // columns
        std::int64_t samples = 0;    // of the track
        bool operator==(const Stretch&) const = default;
    };
    [[nodiscard]] Stretch stretch() const;
    /// Columns of peaks in a pixel of the layout: print has more of them.
    [[nodiscard]] int finer() const;
    [[nodiscard]] double samplesPerToken() const;
    [[nodiscard]] int yOf(float height, const QRect& plot) const;
    /// Of samples [begin, begin + step), without rounding to the track's blocks of 10 ms unless they are very many.
    [[nodiscard]] SoundPeaks exactPeaks(double begin, double step) const;
    [[nodiscard]] QString peaksText(double begin, double step) const;

    std::shared_ptr<const SoundTrack> m_sound;
    AmplitudeScale m_scale = AmplitudeScale::Linear;
    Stretch m_stretch;
    std::vector<SoundPeaks> m_peaks;  // of m_stretch
};

}  // namespace ms
