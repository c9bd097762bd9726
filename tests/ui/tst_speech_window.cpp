// The whole path in the window: open a sound file, words appear, click one, see its frames everywhere, export SRT — and the command
// line says the same.
#include <QApplication>
#include <QCheckBox>
#include <QDockWidget>
#include <QFile>
#include <QLineEdit>
#include <QProcess>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include "own_settings.h"
#include "engine/audio/sound_track.h"
#include "ui/dialogs/preferences_dialog.h"
#include "ui/views/audio_panel/audio_panel.h"
#include "ui/views/audio_panel/speech_files.h"
#include "ui/views/audio_panel/transcript_view.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/main_window.h"
#include "ui/window/view_host.h"
#include "ui/window/window_help.h"

using namespace ms;
using namespace ms::test;

namespace {

const QString kSound = QStringLiteral(MS_TEST_DATA "/audio/speech.flac");

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestSpeechWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_folder);
        WindowOptions options;
        options.model = QStringLiteral(MS_TEST_DATA "/mamba-tiny");  // a text model is open: the speech model comes by itself
        options.autorun = false;
        options.speechModel = QStringLiteral(MS_RESOURCES "/models/speech");
        options.engine.device = QStringLiteral("host");
        m_window = std::make_unique<MainWindow>(options);
        m_window->resize(1280, 800);
        m_window->show();
        QTRY_COMPARE_WITH_TIMEOUT(m_window->engine().state(), EngineState::Idle, kPatience);
        m_panel = m_window->findChild<AudioPanel*>();
        QVERIFY(m_panel != nullptr);
    }
    void cleanupTestCase() { m_window.reset(); }

    void openingASoundFileBringsWords() {
        m_window->open(kSound);
        SpeechLog& log = m_window->engine().speech();
        QTRY_VERIFY_WITH_TIMEOUT(!log.words().empty() && m_window->engine().state() == EngineState::Idle, kPatience);
        QCOMPARE(log.text(), QStringLiteral("rubout g m e f three nine"));
        QVERIFY(m_window->engine().model()->speech.has_value());
        QVERIFY2(!m_window->messages().isShowing(), qPrintable(m_window->messages().text()));
        // The arrangement for it came up by itself.
        for (const char* id : {"waveform", "words", "spectrogram", "posteriors"}) QVERIFY2(m_window->views().dock(QLatin1String(id))->isVisible(), id);
        QVERIFY(m_panel->isVisible());
    }

    void aClickedWordSelectsItsFramesEverywhere() {
        TranscriptView& text = m_panel->transcript();
        QTRY_VERIFY(!text.rectOf(5).isEmpty());
        QTest::mouseClick(text.viewport(), Qt::LeftButton, {}, text.rectOf(5).center());
        const SpeechWord& three = m_window->engine().speech().words()[5];
        QCOMPARE(three.text, QStringLiteral("three"));
        QCOMPARE(m_window->selection().range(), (TokenRange{three.firstFrame, three.endFrame}));
        QVERIFY(m_window->selection().token() >= three.firstFrame && m_window->selection().token() < three.endFrame);
        QVERIFY(three.start > 2.0 && three.end < 4.2 && three.confidence > 0.5f);
        // And the other way: the cursor in another view marks the word.
        m_window->selection().setToken(m_window->engine().speech().words()[0].firstFrame);
        QTRY_COMPARE(text.current(), 0);
    }

    void exportedSubtitlesAreTheCommandLines() {
        const QString srt = m_folder.filePath(QStringLiteral("window.srt"));
        m_panel->files().exportTo(srt);
        QTRY_VERIFY(QFile::exists(srt));
        QProcess cli;
        cli.start(QStringLiteral(MS_CLI), {QStringLiteral("transcribe"), kSound, QStringLiteral("--format"), QStringLiteral("srt"),
                                           QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--model"),
                                           QStringLiteral(MS_RESOURCES "/models/speech")});
        QVERIFY(cli.waitForFinished(kPatience));
        QCOMPARE(cli.exitCode(), 0);
        QCOMPARE(contents(srt), cli.readAllStandardOutput());
        QVERIFY(contents(srt).contains("rubout g m e f three nine"));
    }

    void whatIsNoSoundIsRefusedAndTheWordsStay() {
        const QString file = m_folder.filePath(QStringLiteral("broken.wav"));
        QFile broken(file);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write("RIFF but nothing of the kind");
        broken.close();
        m_window->open(file);
        QTRY_VERIFY(m_window->messages().isShowing());
        QVERIFY(m_window->messages().text().contains(QStringLiteral("broken.wav")));
        QCOMPARE(m_window->engine().speech().words().size(), 7u);
        QCOMPARE(m_window->engine().state(), EngineState::Idle);
    }

    void thePreferencesNameTheModelThatListens() {
        const auto words = [this] {
            QStringList texts;
            for (const SpeechWord& word : m_window->engine().speech().words()) texts.append(word.text);
            return texts;
        };
        const QStringList before = words();
        m_window->findChild<WindowHelp*>()->openPreferences();
        auto* dialog = m_window->findChild<PreferencesDialog*>();
        QVERIFY(dialog != nullptr);
        auto* model = dialog->findChild<QLineEdit*>(QStringLiteral("preferenceSpeechModel"));
        model->setText(QStringLiteral(MS_TEST_DATA "/mamba-ctc-tiny"));
        Q_EMIT model->editingFinished();
        dialog->findChild<QCheckBox*>(QStringLiteral("preferenceRescoring"))->click();
        m_window->open(kSound);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->engine().model()->path.endsWith(QStringLiteral("mamba-ctc-tiny")), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->engine().state() == EngineState::Idle && !words().isEmpty(), kPatience);
        QVERIFY(words() != before);
        QVERIFY(Preferences::load().rescoring);
        // Back to the one that comes with the program, which the options of this window name.
        model->clear();
        Q_EMIT model->editingFinished();
        dialog->close();
        QCOMPARE(Preferences::load().speechModel, QString());
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window;
    AudioPanel* m_panel = nullptr;
};

QTEST_MAIN(TestSpeechWindow)
#include "tst_speech_window.moc"
