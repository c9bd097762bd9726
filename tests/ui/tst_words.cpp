// Words on the time axis: where they are drawn, what a click and the keys do.
#include <QImage>
#include <QSignalSpy>
#include <QTest>

#include "speech_fakes.h"
#include "ui/style/colour_map.h"
#include "ui/views/words/word_lane.h"
#include "ui/views/words/words_view.h"

using namespace ms;

namespace {

struct Scope : test::SpeechSurroundings {
    std::unique_ptr<WordsView> view;

    explicit Scope(qint64 frames = 150) : SpeechSurroundings(frames) {
        view = std::make_unique<WordsView>(context());
        view->setModel(test::speechModel());
        view->resize(900, 100);
        view->show();
        if (frames > 0) say();
    }
    [[nodiscard]] WordLane& lane() const { return *view->lane(); }
};

}  // namespace

class TestWords : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void boxesReachFromFirstToLastFrame() {
        Scope scope(2000);
        scope.axis.scrollTo(0);
        QCOMPARE(scope.lane().wordCount(), 5);
        for (const int zoom : {0, 4, -7}) {
            scope.axis.zoom(zoom, 0);
            const TokenColumns columns = scope.lane().columns();
            for (qint64 i = 0; i < 5; ++i) {
                const SpeechWord& word = scope.lane().word(i);
                const QRect box = scope.lane().wordRect(i);
                QCOMPARE(box.left(), columns.xOf(word.firstFrame));
                QCOMPARE(box.left() + box.width(), std::max(columns.xOf(word.endFrame - 1) + columns.scale.columnPixels, box.left() + 2));
                if (!columns.plot.contains(box.center())) continue;  // far in, the last ones lie outside
                QCOMPARE(scope.lane().wordAt(box.center()), i);
            }
        }
        QVERIFY(!scope.lane().isTentative(3));
        QVERIFY(scope.lane().isTentative(4));
    }

    void backgroundsTellTheConfidence() {
        Scope scope;
        const QImage image = scope.lane().grab().toImage();
        for (qint64 i = 0; i < 4; ++i) {
            const QRect box = scope.lane().wordRect(i);
            QCOMPARE(image.pixel(box.right() - 2, box.bottom() - 2), confidenceColour(scope.lane().word(i).confidence, false));
        }
        const QRect tentative = scope.lane().wordRect(4);
        QVERIFY(image.pixel(tentative.right() - 2, tentative.bottom() - 2) != confidenceColour(0.45f, false));
        QVERIFY(qGreen(confidenceColour(0.2f, false)) < qGreen(confidenceColour(0.97f, false)));
    }

    void readoutsSayWhatIsKnown() {
        Scope scope;
        scope.log.replaceWord(0, QStringLiteral("entered"));
        QTest::mouseMove(&scope.lane(), scope.lane().wordRect(0).center());
        QString text = scope.view->readout();
        QVERIFY2(text.contains(QStringLiteral("“entered”   0:00.200 to 0:00.600, frames 5 to 14")) && text.contains(QStringLiteral("confidence 100.0 %")) &&
                     text.endsWith(QStringLiteral("edited")), qPrintable(text));
        const QRect box = scope.lane().wordRect(0);
        QCOMPARE(QColor(scope.lane().grab().toImage().pixel(box.right() - 1, box.top() + 1)), scope.lane().palette().color(QPalette::Highlight));
        QTest::mouseMove(&scope.lane(), scope.lane().wordRect(4).center());
        text = scope.view->readout();
        QVERIFY2(text.contains(QStringLiteral("“stop”")) && text.endsWith(QStringLiteral("tentative")), qPrintable(text));
        QCOMPARE(scope.selection.hoverToken(), 87);
    }

    void aClickSelectsTheFramesEverywhere() {
        Scope scope;
        QSignalSpy activated(&scope.lane(), &WordLane::wordActivated), play(scope.view.get(), &WordsView::playRequested);
        QTest::mouseClick(&scope.lane(), Qt::LeftButton, {}, scope.lane().wordRect(1).center());
        QCOMPARE(scope.selection.range(), (TokenRange{18, 26}));
        QCOMPARE(scope.selection.token(), 18);
        QCOMPARE(scope.lane().currentWord(), 1);
        QVERIFY2(scope.view->readout().startsWith(QStringLiteral("“six”")), qPrintable(scope.view->readout()));
        QVERIFY(scope.view->readout().contains(QStringLiteral("frames 18 to 25")));
        QCOMPARE(activated.size(), 0);
        QTest::mouseDClick(&scope.lane(), Qt::LeftButton, {}, scope.lane().wordRect(3).center());
        QCOMPARE(activated.size(), 1);
        QCOMPARE(activated[0][0].toLongLong(), 3);
        QCOMPARE(play[0][0].toDouble(), 60 * 0.04);
        QCOMPARE(play[0][1].toDouble(), 78 * 0.04);
        QTest::keyClick(&scope.lane(), Qt::Key_Return);
        QCOMPARE(activated.size(), 2);
        // Between two words there is nothing to hear.
        const QPoint gap(scope.lane().columns().xOf(45), scope.lane().wordRect(0).center().y());
        QTest::mouseDClick(&scope.lane(), Qt::LeftButton, {}, gap);
        QCOMPARE(activated.size(), 2);
        QCOMPARE(scope.selection.token(), 45);
        QVERIFY(scope.selection.range().empty());
    }

    void keysGoFromWordToWord() {
        Scope scope;
        const auto press = [&](Qt::Key key) {
            QTest::keyClick(&scope.lane(), key);
            return scope.lane().currentWord();
        };
        QCOMPARE(press(Qt::Key_Right), 0);
        QCOMPARE(press(Qt::Key_Right), 1);
        QCOMPARE(press(Qt::Key_Right), 2);
        QCOMPARE(scope.selection.range(), (TokenRange{30, 31}));
        QCOMPARE(press(Qt::Key_Left), 1);
        scope.selection.setToken(45);  // between words
        QCOMPARE(scope.lane().currentWord(), -1);
        QCOMPARE(press(Qt::Key_Left), 2);
        scope.selection.setToken(45);
        QCOMPARE(press(Qt::Key_Right), 3);
        QCOMPARE(press(Qt::Key_Right), 4);
        QCOMPARE(press(Qt::Key_Right), 4);
        QTest::keyClick(&scope.lane(), Qt::Key_Escape);
        QVERIFY(scope.selection.range().empty());
        QTest::keyClick(&scope.lane(), Qt::Key_Left, Qt::ShiftModifier);  // by frames, as everywhere
        QCOMPARE(scope.selection.token(), 72);
        QVERIFY(!scope.lane().accessibleDescription().isEmpty());
    }

    void aWordFarAwayIsScrolledTo() {
        Scope scope(5000);
        QVERIFY(scope.axis.firstToken() > 1000);  // follows the newest
        QTest::keyClick(&scope.lane(), Qt::Key_Home);
        scope.selection.setToken(0);
        scope.axis.scrollTo(3000);
        QTest::keyClick(&scope.lane(), Qt::Key_Right);
        QVERIFY(scope.axis.firstToken() <= 5);
    }

    void wordsThatShareAFrameCanAllBeReached() {
        Scope scope;
        scope.log.replaceWord(2, QStringLiteral("x y"));  // made of one frame
        QCOMPARE(scope.lane().wordCount(), 6);
        QCOMPARE(scope.lane().word(2).firstFrame, scope.lane().word(3).firstFrame);
        scope.selection.setToken(20);
        for (const qint64 expected : {2, 3, 4}) {
            QTest::keyClick(&scope.lane(), Qt::Key_Right);
            QCOMPARE(scope.lane().currentWord(), expected);
        }
        for (const qint64 expected : {3, 2, 1}) {
            QTest::keyClick(&scope.lane(), Qt::Key_Left);
            QCOMPARE(scope.lane().currentWord(), expected);
        }
        scope.log.undoStack().undo();
        scope.lane().grab();
        QCOMPARE(scope.lane().wordCount(), 5);
    }

    void emptyStates() {
        Scope scope;
        scope.view->setModel(test::smallModel());  // the words are of another model's hearing
        QVERIFY(scope.lane().readout().isEmpty());
        QCOMPARE(scope.lane().wordAt(scope.lane().wordRect(0).center()), -1);
        QTest::keyClick(&scope.lane(), Qt::Key_Right);
        QVERIFY(scope.selection.range().empty());
        scope.lane().grab();
        scope.view->setModel(test::speechModel());
        QVERIFY(scope.lane().wordAt(scope.lane().wordRect(0).center()) == 0);
        scope.log.begin({0.04, 0.085}, nullptr);
        QCOMPARE(scope.lane().wordCount(), 0);
        scope.lane().grab();
        ViewContext deaf = scope.context();
        deaf.speech = nullptr;
        WordsView alone(deaf);
        alone.setModel(test::speechModel());
        alone.grab();
        QCOMPARE(alone.lane()->wordCount(), 0);
        QVERIFY(!alone.lane()->accessibleName().isEmpty());
    }

    void looks() {
        Scope scope;
        scope.log.replaceWord(3, QStringLiteral("seventy"));
        scope.selection.setToken(30);
        scope.selection.setRange({18, 26});
        test::takeShots(*scope.view, QStringLiteral("words"));
        scope.axis.zoom(4, 0);
        test::takeShots(*scope.view, QStringLiteral("words-near"));
        scope.log.begin({0.04, 0.085}, nullptr);
        test::takeShots(*scope.view, QStringLiteral("words-empty"));
    }
};

QTEST_MAIN(TestWords)
#include "tst_words.moc"
