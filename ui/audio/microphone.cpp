#include "ui/audio/microphone.h"

#include <QAudioDevice>
#include <QAudioSource>
#include <QIODevice>
#include <QMediaDevices>

#include "ui/audio/sample_conversion.h"

namespace ms {

namespace {

constexpr int kBufferMilliseconds = 40;
constexpr int kWatchMilliseconds = 250;
constexpr qint64 kSilentMilliseconds = 1500;     // a microphone delivers silence too: nothing at all means that it is gone
constexpr qint64 kFirstDataMilliseconds = 8000;  // a sound server takes up to 1.4 s to deliver the first samples

QAudioDevice deviceOf(const QByteArray& id) {
    if (id.isEmpty()) return QMediaDevices::defaultAudioInput();
    for (const QAudioDevice& device : QMediaDevices::audioInputs())
        if (device.id() == id) return device;
    return {};
}

/// Mono at 16 kHz costs the least; a device that will not is taken as it is.
QAudioFormat formatFor(const QAudioDevice& device) {
    QAudioFormat format;
    format.setSampleRate(16000);
    format.setChannelCount(1);
    for (const auto sample : {QAudioFormat::Float, QAudioFormat::Int16}) {
        format.setSampleFormat(sample);
        if (device.isFormatSupported(format)) return format;
    }
    return device.preferredFormat();
}

}  // namespace

Microphone::Microphone(const AudioInputs& inputs, QObject* parent) : QObject(parent), m_inputs(inputs) {
    // Sound servers move a stream to another device, or let it fall silent without a word: neither is what the user chose.
    connect(&inputs, &AudioInputs::changed, this, [this] {
        if (m_state != State::Stopped && !m_inputs.contains(m_id)) end(tr("%1 was removed. What was recorded is kept.").arg(m_name));
    });
    m_watch.setInterval(kWatchMilliseconds);
    connect(&m_watch, &QTimer::timeout, this, [this] {
        if (m_lastData.elapsed() > (m_delivered ? kSilentMilliseconds : kFirstDataMilliseconds))
            end(tr("%1 stopped delivering sound. What was recorded is kept.").arg(m_name));
    });
}

Microphone::~Microphone() = default;

void Microphone::start(const QByteArray& id) {
    if (m_state != State::Stopped) return;
    const QAudioDevice device = deviceOf(id);
    if (device.isNull()) {
        Q_EMIT failed(m_inputs.list().empty() ? m_inputs.advice() : tr("This microphone is not there any more. Choose another one."));
        return;
    }
    m_id = id;
    m_name = device.description();
    const QAudioFormat format = formatFor(device);
    m_source = std::make_unique<QAudioSource>(device, format);
    m_source->setBufferSize(format.bytesForDuration(kBufferMilliseconds * 1000LL));
    connect(m_source.get(), &QAudioSource::stateChanged, this, [this](QAudio::State state) {
        if (state != QAudio::StoppedState || m_state == State::Stopped || m_source->error() == QAudio::NoError) return;
        end(tr("%1 stopped delivering sound. What was recorded is kept.").arg(m_name));
    });
    m_stream = m_source->start();
    if (m_stream == nullptr || m_source->error() != QAudio::NoError) {
        m_stream = nullptr;
        m_source.reset();
        Q_EMIT failed(tr("%1 cannot be opened. Another program may hold it, or recording is not allowed.").arg(m_name));
        return;
    }
    connect(m_stream, &QIODevice::readyRead, this, &Microphone::readAll);
    m_delivered = false;
    m_lastData.start();
    m_watch.start();
    setState(State::Recording);
}

void Microphone::readAll() {
    if (m_stream == nullptr) return;
    const QByteArray bytes = m_stream->readAll();
    if (!bytes.isEmpty()) {
        m_delivered = true;
        m_lastData.restart();
    }
    if (bytes.isEmpty() || m_state != State::Recording) return;  // what comes while paused is dropped
    const QAudioFormat format = m_source->format();
    AudioBlock block{samplesOf(bytes, format), format.sampleRate(), format.channelCount(), std::chrono::steady_clock::now()};
    if (!block.samples.empty()) Q_EMIT blockReady(block);
}

void Microphone::pause() {
    if (m_state != State::Recording) return;
    readAll();
    setState(State::Paused);
}

void Microphone::resume() {
    if (m_state == State::Paused) setState(State::Recording);
}

void Microphone::stop() {
    if (m_state != State::Stopped) end({});
}

void Microphone::end(const QString& failure) {
    readAll();
    m_watch.stop();
    setState(State::Stopped);
    m_stream = nullptr;
    if (m_source) {
        m_source->disconnect(this);
        m_source->stop();
        m_source.release()->deleteLater();  // the signal that leads here may be its own
    }
    if (!failure.isEmpty()) Q_EMIT failed(failure);
}

void Microphone::setState(State state) {
    if (m_state == state) return;
    m_state = state;
    Q_EMIT stateChanged(state);
}

}  // namespace ms
