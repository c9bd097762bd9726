// Session files written beside the engine: whole, with the weights' hash where there is time for it, and the engine goes on.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <semaphore>

#include "engine/export/file_hash.h"
#include "engine/runtime/devices.h"
#include "engine/session/session_archive.h"
#include "session_host.h"
#include "ui/bridge/session_saver.h"

using namespace ms;
using namespace ms::test;

namespace {

/// A model, and jobs whose hashing waits until it is let go.
struct Desk {
    QTemporaryDir folder;
    std::shared_ptr<const Model> model;
    std::binary_semaphore hashing{0}, goOn{0}, done{0};
    Result<void> result;
    std::string hash;

    Desk() {
        if (auto device = openDevice("host"))
            if (auto loaded = Model::load(MS_TEST_DATA "/mamba-tiny", *device)) model = *loaded;
    }
    [[nodiscard]] std::string path() const { return folder.filePath(QStringLiteral("a.mscope")).toStdString(); }
    [[nodiscard]] SessionSaver::Job job(bool waits) {
        SessionSaver::Job job;
        job.path = path();
        job.content.document.model.name = "tiny";
        job.hashed = model;
        if (waits)
            job.hashing = [this, first = true](const Progress&) mutable {
                if (!std::exchange(first, false)) return;
                hashing.release();
                goOn.acquire();
            };
        job.done = [this](const Result<void>& written, const std::string& sha256) {
            result = written;
            hash = sha256;
            done.release();
        };
        return job;
    }
    [[nodiscard]] std::string hashInFile() const {
        const auto archive = SessionArchive::open(path());
        return archive ? archive->document().model.sha256 : archive.error().message;
    }
};

}  // namespace

class TestSessionSaver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFileHasTheHashOfTheWeights() {
        Desk desk;
        QVERIFY(desk.model);
        SessionSaver saver;
        saver.add(desk.job(false));
        desk.done.acquire();
        QVERIFY(desk.result.ok());
        QCOMPARE(desk.hash, *sha256OfFiles(desk.model->info().weightFiles));
        QCOMPARE(desk.hashInFile(), desk.hash);
    }

    void whoeverCutsCapturesWaitsForTheFileButNotForTheHash() {
        Desk desk;
        SessionSaver saver;
        saver.add(desk.job(true));
        desk.hashing.acquire();
        std::jthread cutter([&] { saver.finish(); });
        QTest::qWait(50);
        QVERIFY(!QFile::exists(QString::fromStdString(desk.path())));  // hashing still, nothing blocked add()
        desk.goOn.release();
        cutter.join();
        QVERIFY(desk.done.try_acquire());  // finish() came back after it was written
        QVERIFY(desk.result.ok());
        QVERIFY(desk.hash.empty());
        QCOMPARE(desk.hashInFile(), std::string());
        saver.add(desk.job(false));  // the next one is hashed again
        desk.done.acquire();
        QCOMPARE(desk.hash.size(), std::size_t(64));
    }

    void aCancelledSaveLeavesNothing() {
        Desk desk;
        SessionSaver saver;
        std::stop_source stop;
        SessionSaver::Job job = desk.job(true);
        job.stop = stop.get_token();
        saver.add(std::move(job));
        desk.hashing.acquire();
        stop.request_stop();
        desk.goOn.release();
        desk.done.acquire();
        QVERIFY(!desk.result && desk.result.error().code == ErrorCode::Cancelled);
        QVERIFY(QDir(desk.folder.path()).isEmpty(QDir::Files | QDir::Hidden));
    }

    /// The file holds what there was when it was saved, whatever is written on, begun anew or read meanwhile.
    void theEngineGoesOnAndTheFileIsOfTheMoment() {
        SessionHost host;
        QVERIFY(host.openModel() && host.run(20, 10));
        const QTemporaryDir folder;
        QSignalSpy collected(&host.engine, &EngineHost::sessionCollected);
        host.engine.resume(SessionHost::prompt(20, 400));
        for (int i = 0; i < 5; ++i) host.engine.saveSession({folder.filePath(QStringLiteral("%1.mscope").arg(i)), {}, false});
        host.engine.run(SessionHost::prompt(7, 5));
        QTRY_COMPARE_WITH_TIMEOUT(host.saved.count(), 5, kPatience);
        QVERIFY(QTest::qWaitFor([&] { return host.tokens().size() == 12; }, kPatience) && host.settle());
        QVERIFY2(host.failures.isEmpty(), qPrintable(host.failures.isEmpty() ? QString() : host.failures.first().first().toString()));
        for (int i = 0; i < 5; ++i) {
            SessionOpen wish;
            wish.path = folder.filePath(QStringLiteral("%1.mscope").arg(i));
            host.engine.openSession(wish);
            QTRY_COMPARE_WITH_TIMEOUT(host.opened.count(), i + 1, kPatience);
            host.engine.feed().showNow();
            QVERIFY(host.opened.last().first().value<OpenedSession>().lost.isEmpty());
            QCOMPARE(host.tokens().size(), collected[i][1].toLongLong());
            QVERIFY(host.tokens().size() >= 30);
            for (qint64 t = 0; t < 20; ++t) QCOMPARE(host.tokens().row(t).id, static_cast<TokenId>(1 + (t * 7) % 50));
        }
    }
};

QTEST_MAIN(TestSessionSaver)
#include "tst_session_saver.moc"
