// What a crash must not take, tried out: a child process is killed with SIGKILL at random moments while it writes text, saves or
// records, and what it left behind is looked at and opened.
#include <csignal>

#include <QApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QPlainTextEdit>
#include <QProcess>
#include <QRandomGenerator>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <cmath>

#include "own_settings.h"
#include "engine/audio/sound_track.h"
#include "ui/views/prompt_panel/prompt_panel.h"
#include "ui/views/prompt_panel/sampling_form.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/main_window.h"
#include "ui/window/recovery_folder.h"
#include "ui/window/session_files.h"
#include "ui/window/session_recovery.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr qint64 kMostLost = 5000;  // milliseconds
constexpr int kRate = 16000;
const QString kPrompt = QStringLiteral("1 2 3 4 5 6 7 8 9 10 11 12");

WindowOptions options(const QString& recovery) {
    WindowOptions o;
    o.model = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
    o.speechModel = QStringLiteral(MS_RESOURCES "/models/speech");
    o.prompt = kPrompt;
    o.maxNew = 0;  // until killed
    o.engine.device = QStringLiteral("host");
    o.recoveryFolder = recovery;
    return o;
}

/// Without an end: the tiny model says "end of text" at any time.
RunRequest endless(MainWindow& window, std::int64_t maxNew = 0) {
    RunRequest request = window.promptPanel().request();
    request.maxNew = maxNew;
    request.stopAtEnd = false;
    return request;
}

/// A sound whose every sample says where it belongs.
float sampleAt(qint64 i) { return static_cast<float>((i * 37) % 2001 - 1000) / 32768.0f; }

// --- the child: "--child WHAT RECOVERY FILE" ---

int child(const QStringList& arguments) {
    const QString what = arguments.value(2), recovery = arguments.value(3), file = arguments.value(4);
    useOwnSettings(recovery + QStringLiteral("/settings"));
    WindowOptions o = options(recovery + QStringLiteral("/records"));
    o.autorun = false;
    MainWindow window(o);
    window.show();
    if (what != QLatin1String("record"))
        QObject::connect(&window.engine(), &EngineHost::modelChanged, &window, [&] { window.engine().run(endless(window)); }, Qt::QueuedConnection);
    QTimer timer;
    qint64 sample = 0;
    bool listens = false;
    if (what == QLatin1String("save")) {
        QObject::connect(&timer, &QTimer::timeout, &window, [&] {
            if (window.engine().feed().tokens().size() > 30) window.files().saveAs(file);
        });
        timer.start(20);
    } else if (what == QLatin1String("record")) {
        QObject::connect(&timer, &QTimer::timeout, &window, [&] {
            if (!window.engine().model()) return;
            if (!std::exchange(listens, true)) window.engine().beginListening();
            AudioBlock block;
            block.sampleRate = kRate;
            block.channels = 1;
            for (int i = 0; i < kRate / 20; ++i) block.samples.push_back(sampleAt(sample++));
            window.engine().hear(block);
        });
        timer.start(50);
    }
    return QApplication::exec();
}

QString recordOf(const QString& records) {
    for (const QString& folder : QDir(records).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (QFile::exists(QStringLiteral("%1/%2/session.mscope").arg(records, folder))) return QStringLiteral("%1/%2/session.mscope").arg(records, folder);
    return {};
}

}  // namespace

class TestSessionRecovery : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { useOwnSettings(m_folder); }
    void init() {
        QSettings().clear();
        m_home = std::make_unique<QTemporaryDir>();
    }

    void killedWhileWriting() {
        for (int round = 0; round < 3; ++round) {
            const QString records = run("write", 3500 + QRandomGenerator::global()->bounded(2500));
            const QString record = recordOf(records);
            QVERIFY(!record.isEmpty());
            QVERIFY2(QFileInfo(record).lastModified().msecsTo(m_killed) <= kMostLost, "the record is too old");
            const auto window = recovered(records);
            QVERIFY(window);
            QVERIFY2(window->engine().feed().tokens().size() > 12, "tokens that were written are there");
            QCOMPARE(window->promptPanel().prompt(), kPrompt);
            QCOMPARE(window->promptPanel().sampling()->maxNew(), 0);
            QVERIFY(window->files().isModified() && window->files().path().isEmpty());
            // The same text as without the crash.
            const qint64 count = std::min<qint64>(window->engine().feed().tokens().size(), 400);
            QCOMPARE(idsOf(*window, count), wholeText(count));
            const qint64 here = window->engine().feed().tokens().size();
            window->engine().resume(endless(*window));
            QTRY_VERIFY_WITH_TIMEOUT(window->engine().feed().tokens().size() > here + 20, kPatience);
            window->engine().pause();
            // Once it is in a record of ours, the old one goes.
            QTRY_VERIFY_WITH_TIMEOUT(!QFile::exists(record), kPatience);
            m_home = std::make_unique<QTemporaryDir>();
        }
    }

    void killedWhileSaving() {
        const QString file = m_folder.filePath(QStringLiteral("saved.mscope"));
        int opened = 0;
        for (int round = 0; round < 6; ++round) {
            run("save", 900 + QRandomGenerator::global()->bounded(700), file);
            if (!QFile::exists(file)) continue;  // killed before the first one
            WindowOptions o = options({});
            o.session = file;
            MainWindow window(o);
            window.show();
            QTRY_COMPARE_WITH_TIMEOUT(window.files().path(), file, kPatience);
            QVERIFY2(!window.messages().isShowing(), qPrintable(window.messages().text()));
            QVERIFY(window.engine().feed().tokens().size() > 30);
            window.files().saveAs(file);  // which clears away what the killed one had begun
            QTRY_VERIFY_WITH_TIMEOUT(window.messages().isShowing(), kPatience);
            QVERIFY(QDir(m_folder.path()).entryList({QStringLiteral(".saved.mscope.*.part")}, QDir::Files | QDir::Hidden).isEmpty());
            ++opened;
            m_home = std::make_unique<QTemporaryDir>();
        }
        QVERIFY(opened >= 4);
    }

    void killedWhileRecording() {
        const QString records = run("record", 7000 + QRandomGenerator::global()->bounded(1500));
        QVERIFY(!recordOf(records).isEmpty());
        const QString sounds = QFileInfo(recordOf(records)).path();
        const QStringList raw = QDir(sounds).entryList({QStringLiteral("mambascope-sound-*")});
        QVERIFY(!raw.isEmpty());
        qint64 kept = 0;
        for (const QString& name : raw) kept = std::max(kept, QFileInfo(sounds + QLatin1Char('/') + name).size() / 2);
        const double spoken = static_cast<double>(kept) / kRate;
        QVERIFY2(spoken > 1.0, qPrintable(QString::number(spoken)));
        const auto window = recovered(records);
        QVERIFY(window);
        const auto& sound = window->engine().speech().sound();
        QVERIFY(sound != nullptr);
        QCOMPARE(sound->samples(), kept);  // all of it, not as of the last record
        std::vector<float> samples(static_cast<std::size_t>(kept));
        sound->read(0, samples);
        for (std::size_t i = 0; i < samples.size(); ++i) QCOMPARE(samples[i], sampleAt(static_cast<qint64>(i)));
        QTRY_VERIFY_WITH_TIMEOUT(window->engine().state() == EngineState::Idle, kPatience);
        const double frames = static_cast<double>(window->engine().feed().tokens().size()) * window->engine().speech().clock().frameSeconds;
        QVERIFY2(std::abs(frames - spoken) < 1.0, qPrintable(QStringLiteral("%1 s of frames for %2 s of sound").arg(frames).arg(spoken)));
    }

    void anOrderlyEndLeavesNothingUnlessSomethingWasNotSaved() {
        const QString records = m_home->filePath(QStringLiteral("records"));
        WindowOptions o = options(records);
        o.maxNew = 20;
        {
            MainWindow window(o);
            window.show();
            QTRY_COMPARE_WITH_TIMEOUT(window.engine().feed().tokens().size(), 32, kPatience);
            window.files().saveAs(m_folder.filePath(QStringLiteral("a.mscope")));
            QTRY_VERIFY_WITH_TIMEOUT(!window.files().isModified(), kPatience);
            QVERIFY(window.close());
        }
        QVERIFY(QDir(records).isEmpty());
        {
            MainWindow window(o);
            window.show();
            QTRY_COMPARE_WITH_TIMEOUT(window.engine().feed().tokens().size(), 32, kPatience);
            QVERIFY(window.files().isModified());
            window.close();  // without a word: the session is kept
            QTRY_VERIFY_WITH_TIMEOUT(!window.isVisible(), kPatience);
        }
        QVERIFY(RecoveryFolder::hasLast(records));
        MainWindow window(o);
        window.show();
        QVERIFY(!window.messages().isAsking());  // nobody is asked after an orderly end
        QTRY_COMPARE_WITH_TIMEOUT(window.engine().feed().tokens().size(), 32, kPatience);
        QTRY_VERIFY(window.engine().state() == EngineState::Idle);
        auto* last = window.findChild<QAction*>(QStringLiteral("action_openLastSession"));
        QVERIFY(last->isVisible());
        QSignalSpy opened(&window.engine(), &EngineHost::sessionOpened);
        last->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kPatience);
        QCOMPARE(window.engine().feed().tokens().size(), 32);
        QTRY_VERIFY_WITH_TIMEOUT(!RecoveryFolder::hasLast(records), kPatience);
    }

    void anEndBySignalIsOrderly_data() {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGINT") << SIGINT;
        QTest::newRow("SIGHUP") << SIGHUP;
    }

    /// The program itself, in the midst of writing.
    void anEndBySignalIsOrderly() {
        QFETCH(int, signal);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_DATA_HOME"), m_home->filePath(QStringLiteral("data")));
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), m_home->filePath(QStringLiteral("config")));
        const QString records = m_home->filePath(QStringLiteral("data/MambaScope/MambaScope/recovery"));
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(QStringLiteral(MS_WINDOW), {QStringLiteral(MS_TEST_DATA "/mamba-tiny"), QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--prompt"), kPrompt,
                                                  QStringLiteral("--max-new"), QStringLiteral("0")});
        QTRY_VERIFY_WITH_TIMEOUT(!recordOf(records).isEmpty(), kPatience);
        ::kill(static_cast<pid_t>(process.processId()), signal);
        QVERIFY(process.waitForFinished(kPatience));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 0);
        QCOMPARE(QDir(records).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList{QStringLiteral("last")});

        WindowOptions o = options(records);
        o.autorun = false;
        MainWindow window(o);
        window.show();
        QVERIFY(!window.messages().isAsking());
        QTRY_VERIFY_WITH_TIMEOUT(window.engine().model() != nullptr, kPatience);
        QSignalSpy opened(&window.engine(), &EngineHost::sessionOpened);
        window.findChild<QAction*>(QStringLiteral("action_openLastSession"))->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kPatience);
        QVERIFY(window.engine().feed().tokens().size() > 12);
        QCOMPARE(window.promptPanel().prompt(), kPrompt);
    }

    void aSessionThatAnotherReplacesIsTheLastOne() {
        const QString records = m_home->filePath(QStringLiteral("records"));
        WindowOptions o = options(records);
        o.maxNew = 20;
        MainWindow window(o);
        window.show();
        QTRY_COMPARE_WITH_TIMEOUT(window.engine().feed().tokens().size(), 32, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(!recordOf(records).isEmpty(), kPatience);
        QTest::qWait(SessionRecovery::kMilliseconds + 500);  // the newest record has all
        window.open(QStringLiteral(MS_TEST_DATA "/mamba-odd-bf16"));
        QTRY_VERIFY_WITH_TIMEOUT(RecoveryFolder::hasLast(records), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(window.engine().feed().tokens().size(), 0, kPatience);
        QSignalSpy opened(&window.engine(), &EngineHost::sessionOpened);
        window.findChild<QAction*>(QStringLiteral("action_openLastSession"))->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kPatience);
        QCOMPARE(window.engine().feed().tokens().size(), 32);
        QVERIFY(window.engine().model()->name == QStringLiteral("mamba-tiny"));
    }

    void whatIsDiscardedIsGone() {
        const QString records = run("write", 3600);
        WindowOptions o = options(records);
        o.autorun = false;
        MainWindow window(o);
        window.show();
        QTRY_VERIFY(window.messages().isAsking());
        window.findChild<QToolButton*>(QStringLiteral("discardSession"))->click();
        QVERIFY(!window.messages().isAsking());
        QCOMPARE(QDir(records).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 1);  // its own
    }

    void aLivingProcessKeepsItsOwn() {
        const QString records = m_home->filePath(QStringLiteral("records"));
        QString problem;
        const auto mine = RecoveryFolder::create(records, problem);
        QVERIFY2(mine != nullptr, qPrintable(problem));
        QFile record(mine->record());
        QVERIFY(record.open(QIODevice::WriteOnly));
        QVERIFY(RecoveryFolder::leftBehind(records).isEmpty());
        QVERIFY(QFile::exists(mine->record()));
        QCOMPARE(RecoveryFolder::create(QStringLiteral("/proc/none"), problem), nullptr);
        QVERIFY(problem.contains(QStringLiteral("/proc/none")));
    }

private:
    /// Starts a child, kills it after a while, and returns the folder of its records.
    QString run(const char* what, int milliseconds, const QString& file = {}) {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--child"), QLatin1String(what), m_home->path(), file});
        if (!process.waitForStarted()) return {};
        const QString records = m_home->filePath(QStringLiteral("records"));
        const bool saves = qstrcmp(what, "save") == 0;
        // From the first record on: loading a model on a busy machine takes its time.
        [[maybe_unused]] const bool began = QTest::qWaitFor([&] { return saves ? QFile::exists(file) : !recordOf(records).isEmpty(); }, kPatience);
        QTest::qWait(saves ? QRandomGenerator::global()->bounded(400) : milliseconds);
        ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
        m_killed = QDateTime::currentDateTime();
        process.waitForFinished(kPatience);
        return records;
    }

    /// A window that was asked to recover, once it rests.
    std::unique_ptr<MainWindow> recovered(const QString& records) {
        WindowOptions o = options(records);
        o.autorun = false;
        auto window = std::make_unique<MainWindow>(o);
        window->show();
        if (!QTest::qWaitFor([&] { return window->messages().isAsking(); }, kPatience)) return nullptr;
        QSignalSpy opened(&window->engine(), &EngineHost::sessionOpened);
        window->findChild<QToolButton*>(QStringLiteral("recoverSession"))->click();
        const bool came = QTest::qWaitFor([&] { return opened.count() == 1; }, kPatience);
        return came ? std::move(window) : nullptr;
    }
    static QList<TokenId> idsOf(MainWindow& window, qint64 count) {
        QList<TokenId> ids;
        for (qint64 t = 0; t < count; ++t) ids.append(window.engine().feed().tokens().row(t).id);
        return ids;
    }
    /// What the model writes when nobody interrupts it.
    QList<TokenId> wholeText(qint64 count) {
        if (m_whole.isEmpty()) {
            WindowOptions o = options({});
            o.autorun = false;
            MainWindow window(o);
            window.show();
            if (!QTest::qWaitFor([&] { return window.engine().model() != nullptr; }, kPatience)) return {};
            window.engine().run(endless(window, 400));
            if (!QTest::qWaitFor([&] { return window.engine().feed().tokens().size() >= 400; }, kPatience)) return {};
            m_whole = idsOf(window, 400);
        }
        return m_whole.first(count);
    }

    QTemporaryDir m_folder;
    std::unique_ptr<QTemporaryDir> m_home;
    QDateTime m_killed;
    QList<TokenId> m_whole;
};

int main(int argc, char* argv[]) {
    QApplication application(argc, argv);
    if (application.arguments().value(1) == QLatin1String("--child")) return child(application.arguments());
    TestSessionRecovery test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_session_recovery.moc"
