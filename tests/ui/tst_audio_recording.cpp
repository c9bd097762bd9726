// The audio panel with a microphone and a loudspeaker of the test's own.
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "engine/audio/audio_writer.h"
#include "tests/support/virtual_microphone.h"
#include "tests/ui/speech_words.h"
#include "ui/audio/audio_inputs.h"
#include "ui/views/audio_panel/audio_panel.h"
#include "ui/views/audio_panel/level_meter_widget.h"
#include "ui/views/audio_panel/playback.h"
#include "ui/views/audio_panel/transcript_view.h"
#include "ui/widgets/elided_label.h"

using namespace ms;

namespace {

struct Panel : test::Speech {
    AudioPanel panel{log, axis, selection};
    qint64 samples = 0;
    QStringList told;  // in order

    Panel() {
        panel.resize(420, 600);
        panel.show();
        QObject::connect(&panel, &AudioPanel::recordRequested, &panel, [this] { told << QStringLiteral("begin"); });
        QObject::connect(&panel, &AudioPanel::recordingEnded, &panel, [this] { told << QStringLiteral("end"); });
        QObject::connect(&panel, &AudioPanel::blockReady, &panel, [this](const AudioBlock& block) {
            if (samples == 0) told << QStringLiteral("sound");
            samples += static_cast<qint64>(block.samples.size());
        });
    }
    template <class T>
    T* find(const char* name) { return panel.findChild<T*>(QLatin1String(name)); }
};

}  // namespace

class TestAudioRecording : public QObject {
    Q_OBJECT
public:
    explicit TestAudioRecording(VirtualMicrophone& virtualMicrophone) : m_virtual(virtualMicrophone) {}

private Q_SLOTS:
    void initTestCase() {
        if (!m_virtual.isActive()) QSKIP("pulseaudio is not installed");
        QCoreApplication::setOrganizationName(QStringLiteral("MambaScope tests"));
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
        auto writer = AudioWriter::create(m_folder.filePath(QStringLiteral("loud.wav")).toStdString(), AudioFormat::Wav16, 16000, 1);
        QVERIFY(writer.ok());
        std::vector<float> tone(32'000);
        for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = 0.5f * std::sin(0.4f * static_cast<float>(i));
        QVERIFY(writer->write(tone).ok());
        QVERIFY(writer->finish().ok());
    }

    void theChosenMicrophoneIsRemembered() {
        {
            Panel p;
            auto* box = p.find<QComboBox>("inputBox");
            QVERIFY(box->count() >= 2);
            QVERIFY(box->itemText(0).startsWith(QStringLiteral("Default")));
            QCOMPARE(box->currentIndex(), 0);
            const int own = box->findData(QByteArray("virtmic"));
            QVERIFY(own > 0);
            box->setCurrentIndex(own);
            Q_EMIT box->activated(own);
        }
        Panel p;
        QCOMPARE(p.find<QComboBox>("inputBox")->currentData().toByteArray(), QByteArray("virtmic"));
        QVERIFY(p.find<QLabel>("audioMessage")->isHidden());
    }

    void recordsPausesAndStops() {
        Panel p;
        const AudioActions& a = p.panel.actions();
        QVERIFY(a.record->isEnabled() && !a.pause->isEnabled() && !a.stop->isEnabled());
        a.record->trigger();
        QVERIFY(p.panel.isRecording());
        p.panel.setState(EngineState::Listening);
        QVERIFY(!a.record->isEnabled() && a.pause->isEnabled() && a.stop->isEnabled() && !a.openSound->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(p.samples > 0, 5000);
        QCOMPARE(p.told, (QStringList{QStringLiteral("begin"), QStringLiteral("sound")}));
        QProcess player;
        m_virtual.play(player, m_folder.filePath(QStringLiteral("loud.wav")));
        QTRY_VERIFY_WITH_TIMEOUT(p.find<LevelMeterWidget>("levelMeter")->held() > -12, 5000);
        QTRY_VERIFY(p.find<QLabel>("elapsed")->text() != QStringLiteral("0:00.0"));

        a.pause->trigger();
        QCOMPARE(a.pause->iconText(), QStringLiteral("Resume"));
        const qint64 paused = p.samples;
        QTest::qWait(300);
        QCOMPARE(p.samples, paused);
        QVERIFY(p.find<ElidedLabel>("speechStatus")->text().contains(QStringLiteral("paused")));
        a.pause->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(p.samples > paused, 3000);

        a.stop->trigger();
        QCOMPARE(p.told.last(), QStringLiteral("end"));
        QVERIFY(!p.panel.isRecording());
        const qint64 stopped = p.samples;
        p.panel.setState(EngineState::Idle);
        QTest::qWait(150);
        QCOMPARE(p.samples, stopped);
        QCOMPARE(p.told.count(QStringLiteral("end")), 1);
        QVERIFY(a.record->isEnabled());
        player.kill();
        player.waitForFinished(3000);
    }

    void tellsHowLateTheTextIs() {
        Panel p;
        p.panel.actions().record->trigger();
        QVERIFY(p.panel.isRecording());
        p.log.begin({0.04, 0.1}, SoundTrack::create(16'000).value());
        TranscriptUpdate update = test::update({test::word("one", 1, 3)});
        update.audioSeconds = 0.2;
        update.latencySeconds = 0.24;
        p.log.apply(update);
        auto* status = p.find<ElidedLabel>("speechStatus");
        QVERIFY2(status->text().contains(QStringLiteral("text after 0.24 s")), qPrintable(status->text()));
        QVERIFY(status->text().contains(QStringLiteral("in real time")));
        QTRY_VERIFY_WITH_TIMEOUT(status->text().contains(QStringLiteral("behind")), 6000);  // the text does not go on
        QVERIFY(status->text().contains(QStringLiteral("0.24")));
        p.panel.actions().stop->trigger();
    }

    void endsWhenNobodyListens() {
        Panel p;
        p.panel.setState(EngineState::Idle);
        p.panel.actions().record->trigger();
        p.panel.onListeningRefused(QStringLiteral("no speech model is open"));
        QVERIFY(!p.panel.isRecording());
        QCOMPARE(p.find<QLabel>("audioMessage")->text(), QStringLiteral("no speech model is open"));
        p.panel.actions().record->trigger();
        QVERIFY(p.find<QLabel>("audioMessage")->isHidden());
        p.panel.setState(EngineState::Loading);
        p.panel.setState(EngineState::Listening);
        QVERIFY(p.panel.isRecording());
        p.panel.setState(EngineState::Idle);
        QVERIFY(!p.panel.isRecording());
        p.panel.actions().record->trigger();
        p.panel.openFile(QStringLiteral("/tmp/a.flac"));
        QVERIFY(!p.panel.isRecording());
        QCOMPARE(p.told.last(), QStringLiteral("end"));
    }

    void playsWithTheCursorMovingAlong() {
        Panel p;
        p.hear();
        QSignalSpy tokens(&p.selection, &Selection::tokenChanged), playing(&p.panel.playback(), &Playback::playingChanged);
        p.selection.setToken(100);
        tokens.clear();
        p.panel.actions().play->trigger();
        QVERIFY(p.panel.playback().isPlaying());
        QTRY_VERIFY_WITH_TIMEOUT(p.selection.token() > 115, 6000);
        for (const auto& arguments : tokens) QVERIFY(arguments.first().toLongLong() >= 100);
        p.selection.setToken(20);  // a click in another view
        QTRY_VERIFY_WITH_TIMEOUT(p.selection.token() > 25 && p.selection.token() < 60, 6000);
        QVERIFY(p.panel.playback().isPlaying());
        p.panel.actions().play->trigger();  // pause: the cursor stays
        const qint64 there = p.selection.token();
        QVERIFY(there > 25);
        QTest::qWait(100);
        QCOMPARE(p.selection.token(), there);
        p.panel.actions().play->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(p.selection.token() > there, 6000);
        p.panel.actions().stopPlaying->trigger();  // stop: back to where it began
        QCOMPARE(p.selection.token(), there);
        QVERIFY(!p.panel.playback().isPlaying());
    }

    void aSelectedStretchIsHeard() {
        Panel p;
        p.hear();
        QVERIFY(!p.panel.actions().playRange->isEnabled());
        p.selection.setToken(7);
        p.selection.setRange({30, 42});
        QVERIFY(p.panel.actions().playRange->isEnabled());
        QSignalSpy tokens(&p.selection, &Selection::tokenChanged);
        p.panel.actions().playRange->trigger();
        QVERIFY(p.panel.playback().isPlaying());
        QTRY_VERIFY_WITH_TIMEOUT(!p.panel.playback().isPlaying(), 6000);
        QVERIFY(tokens.size() > 3);
        for (const auto& arguments : tokens) QVERIFY(arguments.first().toLongLong() >= 30 && arguments.first().toLongLong() < 42);
        QCOMPARE(p.selection.token(), 30);
        p.selection.setRange({});
        QVERIFY(!p.panel.actions().playRange->isEnabled());
    }

    void aClickedWordIsHeard() {
        Panel p;
        p.hear();
        TranscriptView& view = p.panel.transcript();
        QSignalSpy tokens(&p.selection, &Selection::tokenChanged);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.rectOf(3).center());
        QVERIFY(p.panel.playback().isPlaying());
        QTRY_VERIFY_WITH_TIMEOUT(!p.panel.playback().isPlaying(), 6000);
        QVERIFY(tokens.size() > 5);
        for (const auto& arguments : tokens) QVERIFY(arguments.first().toLongLong() >= 80 && arguments.first().toLongLong() < 100);
        QCOMPARE(p.selection.token(), 80);
        QCOMPARE(view.current(), 3);
        p.panel.actions().hearOnClick->setChecked(false);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.rectOf(1).center());
        QVERIFY(!p.panel.playback().isPlaying());
        QTest::keyClick(&view, Qt::Key_Return);
        QVERIFY(p.panel.playback().isPlaying());
        p.panel.actions().record->trigger();  // a loudspeaker would be recorded
        QVERIFY(!p.panel.playback().isPlaying());
        QVERIFY(!p.panel.actions().play->isEnabled());
        p.panel.actions().stop->trigger();
        QVERIFY(p.panel.actions().play->isEnabled());
        p.panel.actions().hearOnClick->setChecked(true);
    }

    void keepsWhatWasRecordedWhenTheMicrophoneGoes() {
        Panel p;
        p.panel.actions().record->trigger();
        p.panel.setState(EngineState::Listening);
        QTRY_VERIFY_WITH_TIMEOUT(p.samples > 4000, 6000);
        QVERIFY(m_virtual.unplug());
        QTRY_VERIFY_WITH_TIMEOUT(!p.panel.isRecording(), 6000);
        QCOMPARE(p.told, (QStringList{QStringLiteral("begin"), QStringLiteral("sound"), QStringLiteral("end")}));
        auto* message = p.find<QLabel>("audioMessage");
        QTRY_VERIFY2(message->isVisible() && message->text().contains(QStringLiteral("kept")), qPrintable(message->text()));
        QTest::qWait(1200);  // the list of microphones changes: the message stays
        QVERIFY(message->text().contains(QStringLiteral("kept")));
        p.panel.setState(EngineState::Idle);
        QCOMPARE(p.told.count(QStringLiteral("end")), 1);
    }

private:
    VirtualMicrophone& m_virtual;
    QTemporaryDir m_folder;
};

int main(int argc, char** argv) {
    VirtualMicrophone virtualMicrophone;
    QApplication application(argc, argv);
    TestAudioRecording test(virtualMicrophone);
    return QTest::qExec(&test, argc, argv);
}

#include "tst_audio_recording.moc"
