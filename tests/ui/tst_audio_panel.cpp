// The audio panel where no sound device is: words, edits, files. With a microphone: tst_audio_recording.
#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <cmath>

#include "own_settings.h"
#include "engine/audio/audio_file.h"
#include "engine/audio/sound_track.h"
#include "engine/speech/transcript_edit.h"
#include "tests/ui/speech_words.h"
#include "ui/style/colour_map.h"
#include "ui/views/audio_panel/audio_panel.h"
#include "ui/views/audio_panel/level_meter_widget.h"
#include "ui/views/audio_panel/playback.h"
#include "ui/views/audio_panel/record_bar.h"
#include "ui/views/audio_panel/speech_files.h"
#include "ui/views/audio_panel/transcript_view.h"
#include "ui/views/audio_panel/word_find.h"

using namespace ms;
using namespace ms::test;

namespace {

struct Panel : test::Speech {
    AudioPanel panel{log, axis, selection};
    TranscriptView& view = panel.transcript();

    Panel() {
        panel.resize(420, 600);
        panel.show();
        panel.activateWindow();
        hear();
    }
    void click(qint64 word) { QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.rectOf(word).center()); }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(&view, key, modifiers); }
    template <class T>
    T* find(const char* name) { return panel.findChild<T*>(QLatin1String(name)); }
};

QString fileText(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

}  // namespace

class TestAudioPanel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_folder);
        QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    }
    void init() { QSettings().clear(); }

    void wordsFlowALinePerSegment() {
        Panel p;
        QCOMPARE(p.view.rectOf(0).top(), p.view.rectOf(2).top());
        QVERIFY(p.view.rectOf(3).top() > p.view.rectOf(2).top());  // another segment
        for (qint64 word = 0; word < 8; ++word) QCOMPARE(p.view.wordAt(p.view.rectOf(word).center()), word);  // 5, 6: tentative
        QCOMPARE(p.view.wordAt({1, 1}), -1);
        // Colours say how sure a word is; a tentative one has none.
        const QImage image = p.view.viewport()->grab().toImage();
        const auto ground = [&](qint64 word) { return image.pixel(p.view.rectOf(word).topLeft() + QPoint(1, 2)); };
        for (qint64 word = 0; word < 6; ++word)
            QCOMPARE(ground(word), confidenceColour(p.log.words()[static_cast<std::size_t>(word)].confidence, false));
        QCOMPARE(ground(6), p.view.palette().color(QPalette::Base).rgb());
        QVERIFY(p.view.describe(1).contains(QStringLiteral("0.35")));
        QVERIFY(p.view.describe(6).contains(QStringLiteral("Tentative")));
    }

    void aHundredThousandWordsAreLaidOutWhereTheyBelong() {
        WordFlow flow([](qint64 word) { return WordFlow::Extent{30, word % 10 == 0}; });
        flow.setWidth(100);
        flow.layOut(0, 100'000);
        QCOMPARE(flow.lines(), 40'000);  // 3 + 3 + 3 + 1 of each ten
        QCOMPARE(flow.firstOf(4), 10);
        QCOMPARE(flow.endOf(3), 10);
        QCOMPARE(flow.wordAt(4, WordFlow::kGap + 31), 11);
        QCOMPARE(flow.wordAt(3, 40), -1);
        QCOMPARE(flow.nearest(3, 90), 9);
        QCOMPARE(flow.placeOf(100'000).line, -1);
        flow.layOut(5, 8);
        QCOMPARE(flow.size(), 8);
        QCOMPARE(flow.placeOf(7).line, 2);
        flow.setWidth(1);  // a word a line
        QCOMPARE(flow.lines(), 8);
    }

    void aClickSelectsTheWordForAllViews() {
        Panel p;
        QSignalSpy selected(&p.panel, &AudioPanel::wordSelected), failed(&p.panel, &AudioPanel::failed);
        p.click(1);
        QCOMPARE(selected.last().first().toLongLong(), 1);
        QCOMPARE(p.selection.token(), 25);
        QCOMPARE(p.selection.range(), (TokenRange{25, 50}));
        p.click(2);
        QCOMPARE(failed.size(), 1);  // nothing can be heard here: said once
        QVERIFY(failed.last().first().toString().contains(QStringLiteral("sound")));
        p.click(6);  // tentative: frames, no word
        QCOMPARE(p.selection.range(), (TokenRange{170, 190}));
        QCOMPARE(selected.last().first().toLongLong(), -1);
        p.selection.setToken(60);  // from another view
        QCOMPARE(p.view.current(), 2);
        p.selection.setToken(74);
        QCOMPARE(p.view.current(), 2);
        p.selection.setToken(77);  // between words
        QCOMPARE(p.view.current(), -1);
    }

    void keysWalkThroughTheWords() {
        Panel p;
        p.key(Qt::Key_Home);
        QCOMPARE(p.view.current(), 0);
        p.key(Qt::Key_Right);
        QCOMPARE(p.view.current(), 1);
        p.key(Qt::Key_Down);
        QCOMPARE(p.view.current(), 4);
        p.key(Qt::Key_Up);
        QCOMPARE(p.view.current(), 1);
        p.key(Qt::Key_End);
        QCOMPARE(p.view.current(), 5);
        p.key(Qt::Key_Right);
        QCOMPARE(p.view.current(), 5);
        p.selection.setToken(77);  // in the pause behind word 2
        p.key(Qt::Key_Right);
        QCOMPARE(p.view.current(), 3);
        p.selection.setToken(77);
        p.key(Qt::Key_Left);
        QCOMPARE(p.view.current(), 2);
        QSignalSpy play(&p.view, &TranscriptView::playRequested);
        p.key(Qt::Key_Return);
        QCOMPARE(play.last().first().toLongLong(), 2);
        QTest::mouseDClick(p.view.viewport(), Qt::LeftButton, {}, p.view.rectOf(3).center());
        QCOMPARE(play.last().first().toLongLong(), 3);
    }

    void wordsAreChangedJoinedRemovedAndBroughtBack() {
        Panel p;
        QVERIFY(QTest::qWaitForWindowActive(&p.panel));
        p.click(1);
        p.view.setFocus();
        p.key(Qt::Key_F2);
        auto* editor = p.find<QLineEdit>("wordEditor");
        QVERIFY(editor->isVisible());
        QCOMPARE(editor->text(), QStringLiteral("too"));
        QTest::keyClicks(editor, QStringLiteral("two"));
        QTest::keyClick(editor, Qt::Key_Return);
        QVERIFY(!editor->isVisible());
        QCOMPARE(p.log.text(), QStringLiteral("one two three\nfour five six"));
        QCOMPARE(p.view.current(), 1);
        QVERIFY(p.view.describe(1).contains(QStringLiteral("edited")));

        p.key(Qt::Key_F2);
        QTest::keyClicks(editor, QStringLiteral("nonsense"));
        QTest::keyClick(editor, Qt::Key_Escape);
        QCOMPARE(p.log.words()[1].text, QStringLiteral("two"));
        QTRY_VERIFY(p.view.hasFocus());

        p.key(Qt::Key_J, Qt::ControlModifier);
        QCOMPARE(p.log.text(), QStringLiteral("one twothree\nfour five six"));
        p.key(Qt::Key_Delete);
        QCOMPARE(p.log.text(), QStringLiteral("one\nfour five six"));
        QCOMPARE(p.view.current(), 1);
        p.key(Qt::Key_Z, Qt::ControlModifier);
        p.key(Qt::Key_Z, Qt::ControlModifier);
        p.key(Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(p.log.text(), QStringLiteral("one too three\nfour five six"));
        QVERIFY(!p.panel.actions().undoEdit->isEnabled());
        p.key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(p.log.text(), QStringLiteral("one two three\nfour five six"));
        p.panel.actions().undoEdit->trigger();
        QCOMPARE(p.log.words()[1].text, QStringLiteral("too"));
    }

    void theEditorGoesWithItsRecordingAndStaysWhileWordsCome() {
        Panel p;
        QVERIFY(QTest::qWaitForWindowActive(&p.panel));
        p.click(0);
        p.panel.actions().editWord->trigger();
        auto* editor = p.find<QLineEdit>("wordEditor");
        p.log.apply(test::update({test::word("seven", 200, 210, 2)}));
        QVERIFY(editor->isVisible());
        p.log.begin({}, nullptr);
        QVERIFY(!editor->isVisible());
        QVERIFY(p.log.words().empty());
        p.view.editCurrent();
        p.view.removeCurrent();
        p.view.joinCurrent();
        QVERIFY(!editor->isVisible());
    }

    void findsWordsAndPhrases() {
        Panel p;
        QCOMPARE(findWords(p.log.words(), QStringLiteral("THREE four")), (std::vector<qint64>{2}));
        QCOMPARE(findWords(p.log.words(), QStringLiteral("o")), (std::vector<qint64>{0, 1, 3}));
        QVERIFY(findWords(p.log.words(), QStringLiteral("  ")).empty());
        p.key(Qt::Key_F, Qt::ControlModifier);
        auto* text = p.find<QLineEdit>("wordFindText");
        auto* count = p.find<QLabel>("wordFindCount");
        QVERIFY(text->isVisible());
        QTest::keyClicks(text, QStringLiteral("f"));
        QCOMPARE(p.view.current(), 3);
        QCOMPARE(count->text(), QStringLiteral("1 of 2"));
        QTest::keyClick(text, Qt::Key_Return);
        QCOMPARE(p.view.current(), 4);
        p.key(Qt::Key_F3);
        QCOMPARE(p.view.current(), 3);
        p.key(Qt::Key_F3, Qt::ShiftModifier);
        QCOMPARE(p.view.current(), 4);
        QTest::keyClick(text, Qt::Key_Escape);
        QVERIFY(!text->isVisible());
    }

    void exportsWhatWasEdited() {
        Panel p;
        QSignalSpy noted(&p.panel, &AudioPanel::noted), failed(&p.panel, &AudioPanel::failed);
        Transcript expected;
        for (const SpeechWord& w : p.log.words()) {
            if (expected.segments.size() == static_cast<std::size_t>(w.segment)) expected.segments.emplace_back();
            expected.segments.back().words.push_back({w.text.toStdString(), w.start, w.end, static_cast<double>(w.confidence)});
        }
        expected = replaceWord(expected, {0, 1}, "two").value();
        p.log.replaceWord(1, QStringLiteral("two"));
        for (const auto& [ending, text] : {std::pair{"srt", toSrt(expected)}, {"vtt", toVtt(expected)}, {"txt", toTxt(expected)}, {"json", toJson(expected)}}) {
            const QString path = m_folder.filePath(QStringLiteral("words.") + QLatin1String(ending));
            p.panel.files().exportTo(path);
            QCOMPARE(fileText(path), QString::fromStdString(text));
        }
        QVERIFY(fileText(m_folder.filePath(QStringLiteral("words.srt"))).contains(QStringLiteral("one two three")));
        QVERIFY2(noted.last().first().toString().contains(QStringLiteral("6 words (1 edited)")), qPrintable(noted.last().first().toString()));
        QVERIFY(failed.isEmpty());
        p.panel.files().exportTo(m_folder.filePath(QStringLiteral("words.doc")));
        p.panel.files().exportTo(QStringLiteral("/nowhere/words.srt"));
        QCOMPARE(failed.size(), 2);
        for (const auto& arguments : failed) QVERIFY(!arguments.first().toString().contains(QLatin1Char('\n')));
    }

    void proposesTheSoundFilesName() {
        Panel p;
        QSignalSpy chosen(&p.panel, &AudioPanel::fileChosen);
        QVERIFY(p.panel.files().baseName().startsWith(QStringLiteral("recording-")));
        p.panel.openFile(m_folder.filePath(QStringLiteral("a.talk.flac")));
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(p.panel.files().baseName(), QStringLiteral("a.talk"));
        p.panel.actions().exportTranscript->trigger();
        auto* dialog = p.find<QFileDialog>("exportTranscriptDialog");
        QVERIFY(dialog != nullptr);
        QCOMPARE(dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->text(), QStringLiteral("a.talk.txt"));
        dialog->selectNameFilter(dialog->nameFilters()[1]);
        Q_EMIT dialog->filterSelected(dialog->nameFilters()[1]);
        QCOMPARE(dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->text(), QStringLiteral("a.talk.srt"));
        static_cast<QDialog*>(dialog)->accept();
        QTRY_VERIFY(QFile::exists(m_folder.filePath(QStringLiteral("a.talk.srt"))));
    }

    void savesTheSoundWithoutLoss() {
        Panel p;
        QSignalSpy noted(&p.panel, &AudioPanel::noted), failed(&p.panel, &AudioPanel::failed);
        for (const char* ending : {"flac", "wav"}) {
            const QString path = m_folder.filePath(QStringLiteral("sound.") + QLatin1String(ending));
            noted.clear();
            p.panel.files().saveTo(path);
            QTRY_COMPARE(noted.size(), 1);
            auto file = AudioFile::open(path.toStdString());
            QVERIFY(file.ok());
            QCOMPARE(file->sampleRate(), 16'000);
            std::vector<float> read(static_cast<std::size_t>(p.sound->samples()) + 1), kept(static_cast<std::size_t>(p.sound->samples()));
            QCOMPARE(file->readMono(read), kept.size());
            QVERIFY(QString::fromStdString(file->format()).contains(QLatin1String(ending), Qt::CaseInsensitive));
            read.resize(kept.size());
            p.sound->read(0, kept);
            QVERIFY(read == kept);
        }
        p.panel.files().saveTo(QStringLiteral("/nowhere/sound.flac"));
        QTRY_COMPARE(failed.size(), 1);
        p.log.begin({}, nullptr);
        QVERIFY(!p.panel.actions().saveRecording->isEnabled());
        p.panel.files().saveTo(m_folder.filePath(QStringLiteral("none.flac")));
        QCOMPARE(failed.size(), 2);
    }

    void savingCanBeCancelledAndSaysWhatCameOfIt() {
        Panel p;
        QSignalSpy noted(&p.panel, &AudioPanel::noted), failed(&p.panel, &AudioPanel::failed);
        std::vector<float> minute(60 * 16'000, 0.1f);
        for (int i = 0; i < 5; ++i) QVERIFY(p.sound->append(minute).ok());
        const QString path = m_folder.filePath(QStringLiteral("given-up.flac"));
        p.panel.files().saveTo(path);
        p.panel.cancelSaving();
        QTRY_COMPARE(noted.size() + failed.size(), 1);
        QCOMPARE(QFile::exists(path), failed.isEmpty());  // should it have been done by then, it is there
        QCOMPARE(QDir(m_folder.path()).entryList({QStringLiteral("given-up*")}).size(), noted.size());
        if (!failed.isEmpty()) QVERIFY(failed.first().first().toString().contains(QStringLiteral("cancelled")));
    }

    void withoutAMicrophoneItSaysWhatToInstallAndFilesStillWork() {
        Panel p;
        QVERIFY(!p.panel.actions().record->isEnabled());
        QVERIFY(!p.find<QComboBox>("inputBox")->isEnabled());
        const QString advice = p.find<QLabel>("audioMessage")->text();
        QVERIFY2(advice.contains(QStringLiteral("install")), qPrintable(advice));
        QVERIFY(p.find<QLabel>("audioMessage")->isVisible());
        QVERIFY(p.panel.actions().openSound->isEnabled());
        QSignalSpy chosen(&p.panel, &AudioPanel::fileChosen);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp/a.FLAC"))});
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        enter.ignore();
        QApplication::sendEvent(&p.panel, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&p.panel, &drop);
        QCOMPARE(chosen.last().first().toString(), QStringLiteral("/tmp/a.FLAC"));
        data.setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp/model.safetensors"))});  // the window's
        QDragEnterEvent other({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        other.ignore();
        QApplication::sendEvent(&p.panel, &other);
        QVERIFY(!other.isAccepted());
    }

    void aFilesTranscriptionCanBeStopped() {
        Panel p;
        QSignalSpy cancel(&p.panel, &AudioPanel::cancelRequested);
        QVERIFY(!p.panel.actions().stop->isEnabled());
        p.panel.setState(EngineState::Listening);
        QTRY_VERIFY(p.panel.findChild<QWidget*>(QStringLiteral("speechStatus")) != nullptr);
        p.panel.actions().stop->trigger();
        QCOMPARE(cancel.size(), 1);
        p.panel.setState(EngineState::Idle);
        QVERIFY(!p.panel.actions().stop->isEnabled());
    }

    void theMeterShowsLevelsAndKeepsTheLampOn() {
        LevelMeterWidget meter;
        meter.resize(240, 40);
        meter.show();
        meter.setActive(true);
        std::vector<float> sine(1600);
        for (std::size_t i = 0; i < sine.size(); ++i) sine[i] = 0.5f * std::sin(0.4f * static_cast<float>(i));
        meter.push(sine);
        QTRY_VERIFY(meter.level().peak_db > -20);
        QVERIFY(std::abs(meter.held() + 6.02f) < 0.1f);
        QVERIFY(std::abs(meter.level().peak_db - meter.level().rms_db - 3.01f) < 0.1f);
        QVERIFY(!meter.clipped());
        const float peak = meter.level().peak_db;
        QTRY_VERIFY(meter.level().peak_db < peak - 2);  // falls
        QVERIFY(std::abs(meter.held() + 6.02f) < 0.1f); // stays for a while
        meter.push(std::vector<float>{0.1f, 1.0f});
        QTRY_VERIFY(meter.clipped());
        meter.setActive(false);
        QVERIFY(meter.clipped());
        QCOMPARE(meter.level().peak_db, Level::kSilence);
        QTest::mouseClick(&meter, Qt::LeftButton, {}, QPoint(10, 5));
        QVERIFY(meter.clipped());
        QTest::mouseClick(&meter, Qt::LeftButton, {}, QPoint(235, 5));
        QVERIFY(!meter.clipped());
    }

    void everythingHasANameAndAPlaceInTheTabOrder() {
        Panel p;
        for (const QWidget* widget : p.panel.findChildren<QWidget*>())
            if (widget->focusPolicy() != Qt::NoFocus && !widget->objectName().startsWith(QStringLiteral("qt_")) && widget->focusProxy() == nullptr && !widget->inherits("QComboBoxListView")) {
                const QString name = QStringLiteral("%1 %2").arg(QLatin1String(widget->metaObject()->className()), widget->objectName());
                const auto* button = qobject_cast<const QAbstractButton*>(widget);
                QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()), qPrintable(name));
            }
        QStringList order;
        QWidget* first = p.find<QWidget>("inputBox");
        for (QWidget* w = first->nextInFocusChain(); w != first; w = w->nextInFocusChain())
            if (w->focusPolicy() & Qt::TabFocus) order << w->objectName();
        QVERIFY(order.indexOf(QStringLiteral("recordSoundButton")) < order.indexOf(QStringLiteral("transcript")));
        QVERIFY(order.indexOf(QStringLiteral("transcript")) < order.indexOf(QStringLiteral("playSoundButton")));
        QVERIFY(order.indexOf(QStringLiteral("playSoundButton")) < order.indexOf(QStringLiteral("saveRecordingButton")));
    }

private:
    QTemporaryDir m_folder;
};

int main(int argc, char** argv) {
    qputenv("PULSE_SERVER", "unix:/nonexistent");  // whatever this machine has: no microphone, no loudspeaker
    QApplication application(argc, argv);
    TestAudioPanel test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_audio_panel.moc"
