// "mambascope render": the same pixels as the window, numbers, and what it says of arguments that make no sense.
#include <QDockWidget>
#include <QImage>
#include <QProcess>

#include "export_support.h"
#include "ui/export/figure_writer.h"
#include "ui/export/view_settings.h"

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
        const QImage drawn = QImage(file).convertToFormat(QImage::Format_RGB32);
        QCOMPARE(drawn.size(), shown.size());
        int apart = 0;
        for (int y = 0; y < drawn.height(); ++y)
            for (int x = 0; x < drawn.width(); ++x) apart += drawn.pixel(x, y) != shown.pixel(x, y);
        QCOMPARE(apart, 0);
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
        for (const char* option : {"--view", "--tokens", "--width-cm", "--set", "hidden_attention"}) QVERIFY2(outcome.out.contains(QLatin1String(option)), option);
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestRender)
#include "tst_render.moc"
