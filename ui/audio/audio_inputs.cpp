#include "ui/audio/audio_inputs.h"

#include <QAudioDevice>
#include <QMediaDevices>
#include <QTimer>
#include <algorithm>

namespace ms {

namespace {

constexpr int kPollMilliseconds = 1000;

}  // namespace

AudioInputs::AudioInputs(QObject* parent) : QObject(parent), m_devices(new QMediaDevices(this)) {
    connect(m_devices, &QMediaDevices::audioInputsChanged, this, &AudioInputs::refresh);
    // Qt 6.4 takes a removed PulseAudio source off its list without the signal.
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, &AudioInputs::refresh);
    timer->start(kPollMilliseconds);
    refresh();
}

void AudioInputs::refresh() {
    std::vector<AudioInput> list;
    const QList<QAudioDevice> devices = QMediaDevices::audioInputs();
    for (const QAudioDevice& device : devices) list.push_back({device.id(), device.description(), device.isDefault()});
    if (list == m_list) return;
    m_list = std::move(list);
    Q_EMIT changed();
}

bool AudioInputs::contains(const QByteArray& id) const {
    if (id.isEmpty()) return !m_list.empty();
    return std::any_of(m_list.begin(), m_list.end(), [&](const AudioInput& input) { return input.id == id; });
}

QString AudioInputs::advice() const {
    if (!m_list.empty()) return {};
    return tr("No microphone was found. Plug one in, or install and start a sound server (Debian: pipewire-pulse or "
              "pulseaudio). Sound files can be opened without one.");
}

}  // namespace ms
