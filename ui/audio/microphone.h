// Recording from a sound device.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>

#include "ui/audio/audio_inputs.h"
#include "ui/models/audio_block.h"

class QAudioSource;
class QIODevice;

namespace ms {

/// Lives in the thread that made it. What was recorded is the receiver's: nothing is kept here, so nothing is lost
/// when the device goes away.
class Microphone : public QObject {
    Q_OBJECT
public:
    enum class State { Stopped, Recording, Paused };

    explicit Microphone(const AudioInputs& inputs, QObject* parent = nullptr);
    ~Microphone() override;

    [[nodiscard]] State state() const { return m_state; }
    /// Begins with an input's id; empty: the system's default. Failing is told by `failed`, at once or later.
    void start(const QByteArray& id);
    void pause();
    void resume();
    void stop();

Q_SIGNALS:
    void stateChanged(ms::Microphone::State state);
    void blockReady(const ms::AudioBlock& block);
    /// Recording has ended: why, and what to do. What came before was delivered.
    void failed(const QString& message);

private:
    void readAll();
    void end(const QString& failure);
    void setState(State state);

    const AudioInputs& m_inputs;
    std::unique_ptr<QAudioSource> m_source;
    QIODevice* m_stream = nullptr;  // of m_source
    QByteArray m_id;
    QString m_name;
    State m_state = State::Stopped;
    QTimer m_watch;
    QElapsedTimer m_lastData;  // since bytes came, wanted or not
    bool m_delivered = false;
};

}  // namespace ms
