// Microphone and player against a sound server of the test's own: what is played in is recorded, and nothing is lost when
// the microphone goes away.
#include <QCoreApplication>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "engine/audio/audio_writer.h"
#include "engine/audio/resampler.h"
#include "engine/audio/sound_track.h"
#include "tests/support/virtual_microphone.h"
#include "ui/audio/microphone.h"
#include "ui/audio/player.h"

using namespace ms;

namespace {

constexpr double kPi = 3.14159265358979323846;

/// Recorded mono samples at 16 kHz.
struct Recorder : QObject {
    explicit Recorder(Microphone& microphone) {
        connect(&microphone, &Microphone::blockReady, this, [this](const AudioBlock& block) {
            if (!resampler) resampler.emplace(Resampler::create(block.sampleRate, block.channels).value());
            resampler->push(block.samples, samples);
        });
    }
    std::optional<Resampler> resampler;
    std::vector<float> samples;
};

/// Share of the energy of samples at `hz`, by correlation with sine and cosine.
double shareAt(std::span<const float> samples, double hz) {
    double energy = 0, sine = 0, cosine = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double phase = 2 * kPi * hz * static_cast<double>(i) / 16000.0, x = samples[i];
        energy += x * x;
        sine += x * std::sin(phase);
        cosine += x * std::cos(phase);
    }
    return energy > 0 ? 2 * (sine * sine + cosine * cosine) / (energy * static_cast<double>(samples.size())) : 0;
}

}  // namespace

class TestAudioDevices : public QObject {
    Q_OBJECT
public:
    explicit TestAudioDevices(VirtualMicrophone& virtualMicrophone) : m_virtual(virtualMicrophone) {}

private Q_SLOTS:
    void initTestCase() {
        if (!m_virtual.isActive()) QSKIP("pulseaudio is not installed");
        auto writer = AudioWriter::create(m_folder.filePath(QStringLiteral("tone.wav")).toStdString(), AudioFormat::Wav16, 16000, 1);
        QVERIFY(writer.ok());
        std::vector<float> tone(32'000);
        for (std::size_t i = 0; i < tone.size(); ++i)
            tone[i] = 0.5f * static_cast<float>(std::sin(2 * kPi * 1000.0 * static_cast<double>(i) / 16000.0));
        QVERIFY(writer->write(tone).ok());
        QVERIFY(writer->finish().ok());
    }

    void recordsWhatIsPlayed() {
        AudioInputs inputs;
        QVERIFY(inputs.contains("virtmic"));
        QVERIFY(inputs.advice().isEmpty());
        Microphone microphone(inputs);
        Recorder recorder(microphone);
        QSignalSpy failed(&microphone, &Microphone::failed);
        microphone.start("virtmic");
        QTRY_VERIFY_WITH_TIMEOUT(!recorder.samples.empty(), 5000);  // the server takes over a second to deliver
        const std::size_t before = recorder.samples.size();
        QProcess player;
        m_virtual.play(player, m_folder.filePath(QStringLiteral("tone.wav")));
        QTRY_VERIFY_WITH_TIMEOUT(recorder.samples.size() > before + 24'000, 8000);
        QVERIFY(player.waitForFinished(8000));
        const std::span<const float> loud(recorder.samples.data() + before + 8'000, 16'000);
        QVERIFY2(shareAt(loud, 1000.0) > 0.9, qPrintable(QString::number(shareAt(loud, 1000.0))));

        microphone.pause();
        QCOMPARE(microphone.state(), Microphone::State::Paused);
        const std::size_t paused = recorder.samples.size();
        QTest::qWait(300);
        QCOMPARE(recorder.samples.size(), paused);
        microphone.resume();
        QTRY_VERIFY_WITH_TIMEOUT(recorder.samples.size() > paused, 3000);
        microphone.stop();
        QCOMPARE(microphone.state(), Microphone::State::Stopped);
        QVERIFY(failed.isEmpty());
    }

    void playsWhereAskedAndTellsWhereItIs() {
        auto track = SoundTrack::create(16000);
        QVERIFY(track.ok());
        QVERIFY((*track)->append(std::vector<float>(32'000, 0.1f)).ok());
        Player player;
        player.setTrack(*track);
        QSignalSpy positions(&player, &Player::positionChanged), failed(&player, &Player::failed);
        player.play(0.5, 1.2);
        QVERIFY(player.isPlaying());
        QTRY_VERIFY_WITH_TIMEOUT(!player.isPlaying(), 6000);
        QVERIFY(failed.isEmpty());
        QVERIFY(positions.size() > 5);
        double last = 0.5;
        for (const auto& arguments : positions) {
            const double now = arguments.first().toDouble();
            QVERIFY(now >= last - 1e-9 && now <= 1.2 + 1e-9);
            last = now;
        }
        QVERIFY(last > 1.0);
        player.play(1.9);
        player.stop();
        QVERIFY(!player.isPlaying());
    }

    void keepsWhatCameBeforeTheMicrophoneWentAway() {
        AudioInputs inputs;
        Microphone microphone(inputs);
        Recorder recorder(microphone);
        QSignalSpy failed(&microphone, &Microphone::failed);
        microphone.start("virtmic");
        QTRY_VERIFY_WITH_TIMEOUT(recorder.samples.size() > 4000, 5000);
        QVERIFY(m_virtual.unplug());
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 5000);
        QVERIFY(failed.first().first().toString().contains(QStringLiteral("kept")));
        QCOMPARE(microphone.state(), Microphone::State::Stopped);
        inputs.refresh();
        QVERIFY(!inputs.contains("virtmic"));
        microphone.start("virtmic");
        QCOMPARE(failed.size(), 2);
    }

private:
    VirtualMicrophone& m_virtual;
    QTemporaryDir m_folder;
};

int main(int argc, char** argv) {
    VirtualMicrophone virtualMicrophone;
    QCoreApplication application(argc, argv);
    TestAudioDevices test(virtualMicrophone);
    return QTest::qExec(&test, argc, argv);
}

#include "tst_audio_devices.moc"
