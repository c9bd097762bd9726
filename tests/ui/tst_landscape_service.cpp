// The drawing thread: answers in the asker's thread, newest wish first, nothing for those who are gone.
#include <QTest>
#include <QThread>

#include "tests/support/keep_driver.h"
#include "ui/bridge/landscape_service.h"

using namespace ms;

namespace {

constexpr int kPatience = 60'000;

LandscapeRequest levelGround(int width, int height) {
    auto field = std::make_shared<LandscapeField>();
    *field = {4, 4, std::vector<float>(16, 0.5f), std::vector<std::uint32_t>(16, 0xff20c040u)};
    LandscapeRequest request;
    request.field = field;
    request.width = width;
    request.height = height;
    request.background = 0xff000001u;
    return request;
}

}  // namespace

class TestLandscapeService : public QObject {
    Q_OBJECT

    /// Without a device there is one clear line and nothing else to test.
    static bool skips(const Answer<LandscapePicture>& answer) { return !answer && answer.error.contains(QStringLiteral("Vulkan")); }

private Q_SLOTS:
    void initTestCase() { keepDriverLoaded(); }
    void aPictureComesInTheAskersThread() {
        LandscapeService service;
        QObject asker;
        Answer<LandscapePicture> got;
        QThread* thread = nullptr;
        service.draw(&asker, levelGround(120, 80), [&](const Answer<LandscapePicture>& answer) {
            got = answer;
            thread = QThread::currentThread();
        });
        QVERIFY(!thread);  // it never comes before draw returns
        QVERIFY(QTest::qWaitFor([&] { return thread != nullptr; }, kPatience));
        if (skips(got)) QSKIP("no Vulkan device that draws");
        QVERIFY2(got, qPrintable(got.error));
        QCOMPARE(thread, QThread::currentThread());
        QCOMPARE(got.value->pixels.size(), std::size_t{120 * 80});
        QCOMPARE(got.value->pixels[40 * 120 + 60], 0xff20c040u);
        QCOMPARE(got.value->pixels[0], 0xff000001u);
    }

    void ofManyRequestsTheNewestIsAnswered() {
        LandscapeService service;
        QObject asker, other;
        QList<int> widths;
        bool otherAnswered = false;
        Answer<LandscapePicture> last;
        const auto ask = [&](int width) {
            service.draw(&asker, levelGround(width, 40), [&, width](const Answer<LandscapePicture>& answer) {
                widths.append(width);
                last = answer;
            });
        };
        for (int width = 20; width <= 60; ++width) ask(width);
        service.draw(&other, levelGround(10, 10), [&](const Answer<LandscapePicture>&) { otherAnswered = true; });
        QVERIFY(QTest::qWaitFor([&] { return widths.contains(60) && otherAnswered; }, kPatience));
        QVERIFY(widths.size() <= 2);  // the one that was already being drawn, and the newest
        if (skips(last)) QSKIP("no Vulkan device that draws");
        QCOMPARE(last.value->width, 60);
    }

    void whoIsGoneGetsNoAnswer() {
        bool answered = false;
        LandscapeService service;
        {
            QObject asker;
            service.draw(&asker, levelGround(30, 30), [&](const Answer<LandscapePicture>&) { answered = true; });
        }
        QObject next;
        bool done = false;
        service.draw(&next, levelGround(30, 30), [&](const Answer<LandscapePicture>&) { done = true; });
        QVERIFY(QTest::qWaitFor([&] { return done; }, kPatience));
        QVERIFY(!answered);
        service.draw(&next, levelGround(300, 300), [&](const Answer<LandscapePicture>&) { answered = true; });
        // The service goes now, perhaps with a picture under way.
    }

    void whatCannotBeDrawnIsSaid() {
        LandscapeService service;
        QObject asker;
        QString error;
        service.draw(&asker, {}, [&](const Answer<LandscapePicture>& answer) { error = answer.error; });
        QVERIFY(QTest::qWaitFor([&] { return !error.isEmpty(); }, kPatience));
    }

    void pickingIsTheInverseOfProjecting() {
        const LandscapeService service;
        const LandscapeRequest request = levelGround(200, 120);
        for (int row = 0; row < 4; ++row)
            for (int column = 0; column < 4; ++column) {
                const auto at = service.project(request, row + 0.5, column + 0.5, 0.5);
                QVERIFY(at);
                const auto cell = service.pick(request, *at);
                QVERIFY(cell);
                QCOMPARE(cell->first, row);
                QCOMPARE(cell->second, column);
            }
        QVERIFY(!service.pick(request, {0, 0}));
    }
};

QTEST_GUILESS_MAIN(TestLandscapeService)
#include "tst_landscape_service.moc"
