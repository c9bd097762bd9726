// "mambascope render": the same pixels as the window, of models and of sessions; numbers, films, and what it says of arguments
// that make no sense.
#include <QDockWidget>
#include <QImage>
#include <QProcess>
#include <QSignalSpy>
#include <csignal>

#include "export_support.h"
#include "ui/export/export_job.h"
#include "ui/window/session_files.h"

using namespace ms;
using namespace ms::test;

namespace {

const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");

struct Outcome {
    int code = -1;
    QString out, error;
};

/// Without a display, and without any word about platforms.
Outcome render(const QStringList& arguments) {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}) environment.remove(QLatin1String(name));
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(MS_WINDOW), QStringList{QStringLiteral("render")} + arguments);
    if (!process.waitForFinished(kPatience)) return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

/// The frames that ffprobe decodes, width and height.
QList<int> frames(const QString& film) {
    QProcess probe;
    probe.start(QStringLiteral("ffprobe"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-count_frames"), QStringLiteral("-show_entries"),
                                            QStringLiteral("stream=nb_read_frames,width,height"), QStringLiteral("-of"), QStringLiteral("csv=p=0"), film});
    if (!probe.waitForFinished(kPatience)) return {};
    QList<int> numbers;
    for (const QString& word : QString::fromLatin1(probe.readAllStandardOutput()).trimmed().split(QLatin1Char(','))) numbers << word.toInt();
    return numbers.size() == 3 ? QList<int>{numbers[2], numbers[0], numbers[1]} : QList<int>{};
}

QImage picture(const QString& file) { return QImage(file).convertToFormat(QImage::Format_RGB32); }

int pixelsApart(const QImage& a, const QImage& b) {
    if (a.size() != b.size() || a.isNull()) return -1;
    int apart = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) apart += a.pixel(x, y) != b.pixel(x, y);
    return apart;
}

bool save(MainWindow& window, const QString& file) {
    window.files().saveAs(file);
    return QTest::qWaitFor([&] { return window.files().path() == file; }, kPatience);
}

/// What the window's export of a view as it is writes.
QImage exported(MainWindow& window, const QString& view, const QString& file) {
    FigureSource source = sourceOf(window);
    source.compare = window.views().compare();
    ExportJob job(source, {{view, ViewSettings(*window.views().view(view), window.selection())}});
    bool written = false;
    QObject::connect(&job, &ExportJob::written, &job, [&] { written = true; });
    FigureOptions options;
    options.colours = FigureColours::Print;
    options.dpi = 96;
    job.write(options, ExportFormat::Png, file);
    return QTest::qWaitFor([&] { return written; }, kPatience) ? picture(file) : QImage();
}

QString idList(int count) {
    QStringList ids;
    for (int id = 1; id <= count; ++id) ids << QString::number(id);
    return ids.join(QLatin1Char(','));
}

}  // namespace

class TestRender : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { useOwnSettings(m_folder); }

    void theSamePixelsAsTheWindow() {
        WindowOptions options;
        options.model = kTiny;
        options.prompt = idList(40).replace(QLatin1Char(','), QLatin1Char(' '));
        options.maxNew = 20;
        options.autorun = false;
        options.engine.device = QStringLiteral("host");
        MainWindow window(options);
        window.show();
        QVERIFY(QTest::qWaitFor([&] { return window.engine().model() != nullptr; }, kPatience));
        RunRequest request;
        for (int id = 1; id <= 40; ++id) request.ids.push_back(id);
        request.onlyRead = true;
        ScopeView* view = window.views().view(QStringLiteral("dt"));
        QDockWidget* dock = window.views().dock(QStringLiteral("dt"));
        dock->setFloating(true);
        dock->resize(640, 300);
        window.views().show(QStringLiteral("dt"));
        window.engine().run(request);
        QVERIFY(QTest::qWaitFor([&] { return window.engine().feed().tokens().size() == 40 && window.engine().state() == EngineState::Idle; }, kPatience));
        QTest::qWait(500);
        for (QWidget* part : view->findChildren<QWidget*>()) part->clearFocus();
        window.timeAxis().scrollTo(0);
        QTest::qWait(300);
        const QImage shown = view->grab().toImage().convertToFormat(QImage::Format_RGB32);

        const QString file = m_folder.filePath(QStringLiteral("bare.png"));
        const Outcome outcome = render({kTiny, QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--ids"), idList(40), QStringLiteral("--view"), QStringLiteral("dt"), QStringLiteral("--bare"),
                                        QStringLiteral("--size"), QStringLiteral("%1x%2").arg(shown.width()).arg(shown.height()), QStringLiteral("--out"), file});
        QCOMPARE(outcome.error, QString());
        QCOMPARE(outcome.code, 0);
        QCOMPARE(pixelsApart(picture(file), shown), 0);
    }

    /// Views, cursor, tokens in sight, interventions: all comes from the file.
    void aSessionLooksAsItWasSaved() {
        const auto window = openTextWindow();
        QVERIFY(window);
        InterventionValue change;
        change.layers = {1};
        QSignalSpy applied(&window->engine(), &EngineHost::interventionsApplied);
        window->engine().setInterventions({change});
        QTRY_COMPARE_WITH_TIMEOUT(applied.count(), 1, kPatience);
        const QString id = QStringLiteral("state_norm");
        ScopeView* view = window->views().view(id);
        window->views().dock(id)->setFloating(true);
        window->views().dock(id)->resize(330, 260);
        window->views().show(id);
        ViewSettings settings(*view, window->selection());
        settings.set(QStringLiteral("colourMap"), QStringLiteral("cividis"));
        settings.applyTo(*view);
        window->views().setCompare(Compare::Difference);
        // While the text is read anew the axis follows it.
        QTRY_VERIFY_WITH_TIMEOUT(window->engine().state() == EngineState::Idle && !window->engine().progress().active && !window->engine().isCapturing(), kPatience);
        window->timeAxis().zoom(2, 30);
        window->timeAxis().scrollTo(20);
        QTest::qWait(500);
        QVERIFY(window->timeAxis().firstToken() == 20 && window->timeAxis().visibleTokens() < 40);
        for (QWidget* part : view->findChildren<QWidget*>()) part->clearFocus();
        QTest::qWait(100);
        const QImage shown = view->grab().toImage().convertToFormat(QImage::Format_RGB32);
        const QString session = m_folder.filePath(QStringLiteral("as saved.mscope")), file = m_folder.filePath(QStringLiteral("saved.png"));
        QVERIFY(save(*window, session));
        const auto drawn = [&](const QStringList& more) {
            return render(QStringList{session, QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--out"), file} + more);
        };
        const Outcome bare = drawn({QStringLiteral("--view"), id, QStringLiteral("--bare"), QStringLiteral("--marks"), QStringLiteral("--size"), QStringLiteral("%1x%2").arg(shown.width()).arg(shown.height())});
        QCOMPARE(bare.error, QString());
        QCOMPARE(pixelsApart(picture(file), shown), 0);

        for (const QString& each : {id, QStringLiteral("traces"), QStringLiteral("state"), QStringLiteral("tensor")}) {
            const Outcome figure = drawn({QStringLiteral("--view"), each, QStringLiteral("--dpi"), QStringLiteral("96")});
            QCOMPARE(figure.error, QString());
            const QImage own = exported(*window, each, m_folder.filePath(QStringLiteral("window.png")));
            QVERIFY2(pixelsApart(picture(file), own) == 0, qPrintable(each));
        }
        const Result<Provenance> made = provenanceOfFigure(file);
        QVERIFY(made.ok());
        QVERIFY(made->interventions.find("0.5") != std::string::npos);
        // What the options say goes before what was saved.
        QCOMPARE(drawn({QStringLiteral("--view"), id, QStringLiteral("--set"), QStringLiteral("colourMap=inferno"), QStringLiteral("--token"), QStringLiteral("7")}).code, 0);
        QCOMPARE(provenanceOfFigure(file)->viewSettings.at("colourMap"), std::string("inferno"));
        QCOMPARE(provenanceOfFigure(file)->viewSettings.at("selection/token"), std::string("7"));
        QCOMPARE(drawn({QStringLiteral("--view"), id, QStringLiteral("--tokens"), QStringLiteral("all")}).code, 0);
        QCOMPARE(provenanceOfFigure(file)->tokens->end, 60);
    }

    void aSessionOfSpeechIsHeardAgain() {
        const QString session = m_folder.filePath(QStringLiteral("heard.mscope")), file = m_folder.filePath(QStringLiteral("heard.csv"));
        {
            const auto window = openSpeechWindow();
            QVERIFY(window);
            window->engine().speech().replaceWord(2, QStringLiteral("EDITED"));
            QVERIFY(save(*window, session));
        }
        const Outcome outcome = render({session, QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--view"), QStringLiteral("words"), QStringLiteral("--out"), file});
        QCOMPARE(outcome.error, QString());
        QFile csv(file);
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QVERIFY(csv.readAll().contains("EDITED"));
    }

    void filmsHaveTheirFrames_data() {
        QTest::addColumn<QString>("ending");
        QTest::addColumn<QString>("more");
        QTest::addColumn<QList<int>>("expected");  // frames, width, height
        QTest::newRow("mp4") << QStringLiteral("mp4") << QStringLiteral("--fps 10 --tokens-per-second 20 --still 0.5 --size 320x180") << QList<int>{25, 320, 180};
        QTest::newRow("webm") << QStringLiteral("webm") << QStringLiteral("--fps 12 --seconds 2 --still 0.5 --size 160x120") << QList<int>{24, 160, 120};
        QTest::newRow("gif") << QStringLiteral("gif") << QStringLiteral("--fps 10 --tokens 5-14 --tokens-per-second 10 --still 0 --follow --size 200x100") << QList<int>{10, 200, 100};
    }

    void filmsHaveTheirFrames() {
        QFETCH(QString, ending);
        QFETCH(QString, more);
        QFETCH(QList<int>, expected);
        const QString file = m_folder.filePath(QStringLiteral("film.") + ending);
        const Outcome outcome = render(QStringList{kTiny, QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--ids"), idList(40), QStringLiteral("--view"), QStringLiteral("dt"), QStringLiteral("--out"), file} +
                                       more.split(QLatin1Char(' ')));
        QCOMPARE(outcome.error, QString());
        QCOMPARE(outcome.code, 0);
        QVERIFY2(outcome.out.contains(QStringLiteral("%1 frames").arg(expected.front())), qPrintable(outcome.out));
        QCOMPARE(frames(file), expected);
    }

    void everyFormatAndWhatMadeIt() {
        for (const QString& ending : {QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf"), QStringLiteral("csv"), QStringLiteral("npz")}) {
            const QString file = m_folder.filePath(QStringLiteral("state_\u00e4.") + ending);
            const Outcome outcome = render({kTiny, QStringLiteral("--ids"), idList(20), QStringLiteral("--view"), QStringLiteral("state"), QStringLiteral("--layer"), QStringLiteral("2"), QStringLiteral("--token"),
                                            QStringLiteral("7"), QStringLiteral("--set"), QStringLiteral("colourMap=cividis"), QStringLiteral("--width-cm"), QStringLiteral("9"), QStringLiteral("--height-cm"), QStringLiteral("7"),
                                            QStringLiteral("--out"), file});
            QCOMPARE(outcome.error, QString());
            QCOMPARE(outcome.code, 0);
            QVERIFY(QFileInfo(file).size() > 1000);
        }
        const Result<Provenance> made = provenanceOfFigure(m_folder.filePath(QStringLiteral("state_\u00e4.svg")));
        QVERIFY(made.ok());
        QCOMPARE(made->input.ids.size(), std::size_t(20));
        QCOMPARE(made->viewSettings.at("colourMap"), std::string("cividis"));
        QCOMPARE(made->viewSettings.at("selection/token"), std::string("7"));
    }

    void soundIsHeard() {
        const QString file = m_folder.filePath(QStringLiteral("words.csv"));
        const Outcome outcome = render({QStringLiteral(MS_TEST_DATA "/audio/speech.flac"), QStringLiteral("--view"), QStringLiteral("words"), QStringLiteral("--out"), file});
        QCOMPARE(outcome.error, QString());
        QFile csv(file);
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QVERIFY(csv.readAll().contains("rubout"));
    }

    void aSignalLeavesNothingHalf() {
        QTemporaryDir folder;
        QProcess process;
        process.start(QStringLiteral(MS_WINDOW), {QStringLiteral("render"), kTiny, QStringLiteral("--device"), QStringLiteral("host"), QStringLiteral("--ids"), idList(40), QStringLiteral("--view"), QStringLiteral("dt"),
                                                  QStringLiteral("--seconds"), QStringLiteral("1000"), QStringLiteral("--out"), folder.filePath(QStringLiteral("long.gif"))});
        QTRY_VERIFY_WITH_TIMEOUT(!QDir(folder.path()).isEmpty(QDir::Files | QDir::Hidden), kPatience);  // it has begun
        process.terminate();
        QVERIFY(process.waitForFinished(kPatience));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 128 + SIGTERM);
        QVERIFY(QString::fromUtf8(process.readAllStandardError()).contains(QStringLiteral("stopped")));
        QVERIFY(QDir(folder.path()).isEmpty(QDir::Files | QDir::Hidden));
    }

    void nonsenseIsRefusedInOneLine_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QString& arguments, int code, const char* said) {
            QTest::newRow(name) << arguments.split(QLatin1Char(' ')) << code << QString::fromLatin1(said);
        };
        row("no view", kTiny + QStringLiteral(" --ids 1 --out x.png"), 2, "--view is missing");
        row("unknown view", kTiny + QStringLiteral(" --ids 1 --view nope --out x.png"), 2, "no view \"nope\"");
        row("no file", kTiny + QStringLiteral(" --ids 1 --view dt"), 2, "--out is missing");
        row("unknown ending", kTiny + QStringLiteral(" --ids 1 --view dt --out x.bmp"), 2, "not \"bmp\"");
        row("unknown option", kTiny + QStringLiteral(" --nonsense"), 2, "nonsense");
        row("size", kTiny + QStringLiteral(" --ids 1 --view dt --size 10 --out x.png"), 2, "WIDTHxHEIGHT");
        row("range", kTiny + QStringLiteral(" --ids 1 --view dt --tokens 9-3 --out x.png"), 2, "FIRST-LAST");
        row("setting", kTiny + QStringLiteral(" --ids 1 --view dt --set a=b --out /tmp/x.png"), 1, "colourMap");
        row("value", kTiny + QStringLiteral(" --ids 1 --view overview --set measure=nonsense --out /tmp/x.png"), 1, "does not take measure=nonsense");
        row("layer", kTiny + QStringLiteral(" --ids 1 --view dt --layer 99 --out /tmp/x.png"), 1, "no layer 99");
        row("token", kTiny + QStringLiteral(" --ids 1,2 --view dt --token 99 --out /tmp/x.png"), 1, "no token 99");
        row("model", QStringLiteral("/no/such/model --ids 1 --view dt --out /tmp/x.png"), 1, "/no/such/model");
        row("folder", kTiny + QStringLiteral(" --ids 1,2 --view dt --out /no/such/folder/x.png"), 1, "/no/such/folder/x.png");
        row("film option", kTiny + QStringLiteral(" --ids 1 --view dt --fps 9 --out x.png"), 2, "--fps is of films");
        row("film size", kTiny + QStringLiteral(" --ids 1 --view dt --width-cm 9 --out x.mp4"), 2, "use --size");
        row("film speed", kTiny + QStringLiteral(" --ids 1 --view dt --fps 99 --out x.gif"), 2, "choose 1 to 50");
        row("film folder", kTiny + QStringLiteral(" --ids 1,2 --view dt --size 90x90 --out /no/such/folder/x.gif"), 1, "/no/such/folder/x.gif");
        row("session text", QStringLiteral("/tmp/x.mscope --ids 1 --view dt --out x.png"), 2, "leave out --ids");
        row("session", QStringLiteral("/no/such.mscope --view dt --out x.png"), 1, "/no/such.mscope");
        row("session model", QStringLiteral(MS_TEST_DATA "/sessions/v1.mscope --view dt --out x.png --model /no/such"), 1, "/no/such");
        row("model of none", kTiny + QStringLiteral(" --model x --ids 1 --view dt --out x.png"), 2, "there is no session");
        row("numbers", kTiny + QStringLiteral(" --ids 1,2 --view architecture --out /tmp/x.csv"), 1, "no numbers");
    }

    void nonsenseIsRefusedInOneLine() {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QString, said);
        const Outcome outcome = render(arguments);
        QCOMPARE(outcome.code, code);
        QVERIFY2(outcome.error.contains(said), qPrintable(outcome.error));
        QCOMPARE(outcome.error.count(QLatin1Char('\n')), 1);
        QCOMPARE(outcome.out, QString());
    }

    void helpIsPrinted() {
        const Outcome outcome = render({QStringLiteral("--help")});
        QCOMPARE(outcome.code, 0);
        for (const char* option : {"--view", "--tokens", "--width-cm", "--set", "--fps", ".mscope", "hidden_attention"}) QVERIFY2(outcome.out.contains(QLatin1String(option)), option);
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestRender)
#include "tst_render.moc"
