// How loud the microphone is: RMS and peak in dBFS, the highest peak for a while, and a lamp that tells of clipping.
#pragma once

#include <QElapsedTimer>
#include <QWidget>
#include <span>

#include "engine/audio/level_meter.h"

class QTimer;

namespace ms {

class LevelMeterWidget : public QWidget {
    Q_OBJECT
public:
    explicit LevelMeterWidget(QWidget* parent = nullptr);

    /// Samples of any channels as they come.
    void push(std::span<const float> samples) { m_meter.push(samples); }
    /// Falls back to silence and stops moving, or moves.
    void setActive(bool active);
    /// The clipping lamp goes out.
    void resetClip();

    [[nodiscard]] const Level& level() const { return m_shown; }  ///< as drawn, falling slowly
    [[nodiscard]] float held() const { return m_held; }           ///< dBFS
    [[nodiscard]] bool clipped() const { return m_clipped; }

    [[nodiscard]] QSize sizeHint() const override { return {220, fontMetrics().height() + 16}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

Q_SIGNALS:
    void clippedChanged(bool clipped);

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;

private:
    void tick();
    void setClipped(bool clipped);
    [[nodiscard]] QRect bar() const;
    [[nodiscard]] QRect lamp() const;
    [[nodiscard]] int xOf(float db) const;

    LevelMeter m_meter;
    Level m_shown;
    float m_held = Level::kSilence;
    QElapsedTimer m_heldSince;
    QTimer* m_timer;
    bool m_clipped = false;
};

}  // namespace ms
