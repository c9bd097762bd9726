#include "ui/views/audio_panel/level_meter_widget.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QTimer>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/style/appearance.h"

namespace ms {

namespace {

constexpr int kTickMilliseconds = 33;
constexpr float kFallPerTick = 0.8f;       // dB: 24 dB a second, as quickly as the eye follows
constexpr qint64 kHoldMilliseconds = 1500;
constexpr float kLowest = -60.0f;          // dBFS at the left end
constexpr float kLoud = -12.0f, kHot = -3.0f;
constexpr int kBarHeight = 12;
constexpr int kLampWidth = 34;
constexpr int kGap = 6;
constexpr std::array kMarks{-60, -40, -20, -12, -6, 0};

QColor colourAt(float db, bool dark) {
    if (db >= kHot) return dark ? QColor(0xe0, 0x5a, 0x5a) : QColor(0xc8, 0x3a, 0x3a);
    if (db >= kLoud) return dark ? QColor(0xd9, 0xa4, 0x3a) : QColor(0xc8, 0x8a, 0x18);
    return dark ? QColor(0x4f, 0xa8, 0x6c) : QColor(0x3a, 0x92, 0x58);
}

}  // namespace

LevelMeterWidget::LevelMeterWidget(QWidget* parent) : QWidget(parent), m_timer(new QTimer(this)) {
    setObjectName(QStringLiteral("levelMeter"));
    setAccessibleName(tr("Level of the microphone"));
    setToolTip(tr("Level in dBFS: RMS (wide), peak (pale) and the highest peak of the last moments (line). The lamp tells that "
                  "samples were clipped, until it is clicked; turn the microphone down then."));
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_timer->setInterval(kTickMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &LevelMeterWidget::tick);
}

void LevelMeterWidget::setActive(bool active) {
    if (active) return m_timer->start();
    tick();  // the last samples may have clipped
    m_timer->stop();
    m_shown = {};
    m_held = Level::kSilence;
    update();
}

void LevelMeterWidget::resetClip() { setClipped(false); }

void LevelMeterWidget::setClipped(bool clipped) {
    if (clipped == m_clipped) return;
    m_clipped = clipped;
    setAccessibleDescription(clipped ? tr("The sound was clipped. Space puts the lamp out.") : QString());
    update();
    Q_EMIT clippedChanged(clipped);
}

void LevelMeterWidget::tick() {
    const Level now = m_meter.take();
    m_shown.peak_db = std::max(now.peak_db, m_shown.peak_db - kFallPerTick);
    // Blocks come more seldom than ticks: nothing new is not silence.
    m_shown.rms_db = now.samples > 0 ? std::max(now.rms_db, m_shown.rms_db - kFallPerTick) : m_shown.rms_db - kFallPerTick;
    if (now.peak_db >= m_held || !m_heldSince.isValid() || m_heldSince.elapsed() > kHoldMilliseconds) {
        m_held = m_shown.peak_db;
        m_heldSince.start();
    }
    if (now.clipped > 0) setClipped(true);
    update();
}

QRect LevelMeterWidget::bar() const { return {0, 1, std::max(1, width() - kLampWidth - kGap), kBarHeight}; }
QRect LevelMeterWidget::lamp() const { return {width() - kLampWidth, 1, kLampWidth, kBarHeight}; }

int LevelMeterWidget::xOf(float db) const {
    return static_cast<int>(std::lround(static_cast<float>(bar().width() - 1) * std::clamp(1.0f - db / kLowest, 0.0f, 1.0f)));
}

void LevelMeterWidget::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const bool dark = isDark(palette());
    const QRect area = bar();
    painter.fillRect(area, palette().color(QPalette::Base));
    for (const auto& [db, alpha] : {std::pair{m_shown.peak_db, 90}, std::pair{m_shown.rms_db, 255}})
        for (int x = 0, end = xOf(db); x < end; ++x) {
            QColor colour = colourAt(kLowest * (1.0f - static_cast<float>(x) / static_cast<float>(area.width())), dark);
            colour.setAlpha(alpha);
            painter.fillRect(area.left() + x, area.top(), 1, area.height(), colour);
        }
    if (m_held > kLowest) painter.fillRect(area.left() + xOf(m_held) - 1, area.top(), 2, area.height(), colourAt(m_held, dark));
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(area.adjusted(0, 0, -1, -1));

    painter.setPen(palette().color(QPalette::PlaceholderText));
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    painter.setFont(small);
    for (const int mark : kMarks) {
        const QString text = QString::number(mark).replace(QLatin1Char('-'), QChar(0x2212));
        const int width = painter.fontMetrics().horizontalAdvance(text) + 2;
        const int x = std::clamp(xOf(static_cast<float>(mark)) - width / 2, 0, area.width() - width);
        painter.drawText(QRect(x, area.bottom() + 2, width, height() - area.bottom() - 2), Qt::AlignHCenter | Qt::AlignTop, text);
    }
    const QRect box = lamp();
    if (m_clipped) painter.fillRect(box, colourAt(0, dark));
    painter.setPen(palette().color(hasFocus() ? QPalette::Highlight : QPalette::Mid));
    painter.drawRect(box.adjusted(0, 0, -1, -1));
    painter.setPen(m_clipped ? QColor(Qt::white) : palette().color(QPalette::PlaceholderText));
    painter.drawText(box, Qt::AlignCenter, tr("CLIP"));
}

void LevelMeterWidget::mousePressEvent(QMouseEvent* event) {
    if (lamp().adjusted(-kGap, -1, 0, kGap).contains(event->position().toPoint())) resetClip();
}

void LevelMeterWidget::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Space) resetClip();
    else QWidget::keyPressEvent(event);
}

}  // namespace ms
