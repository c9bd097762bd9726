// The architecture lab: its experiments in the window give what the engine gives alone, can be stopped, and tell what went wrong.
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>

#include "engine/lab/task_run.h"
#include "engine/runtime/devices.h"
#include "own_settings.h"
#include "ui/bridge/lab_service.h"
#include "ui/export/figure_writer.h"
#include "ui/lab/lab_window.h"
#include "ui/lab/result_buttons.h"
#include "ui/plot/curve_plot.h"

using namespace ms;
using namespace ms::test;

namespace {

const QString kMamba = QStringLiteral(MS_TEST_DATA "/mamba-tiny"), kLlama = QStringLiteral(MS_TEST_DATA "/llama-tiny");

QString host() { return QStringLiteral("host"); }

TaskScore expected(const QString& path, TaskKind kind, qint64 length, int sequences) {
    auto run = TaskRun::create(*Model::load(path.toStdString(), *openDevice("host")));
    std::mt19937_64 random(1);
    TaskScore score;
    for (int i = 0; i < sequences; ++i) [&] { QVERIFY(run->score(*makeTask(kind, length, random), score)); }();
    return score;
}

}  // namespace

class TestLab : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { useOwnSettings(m_folder); }

    void tasksGiveWhatTheEngineGives() {
        auto* lab = new LabWindow({kMamba, kLlama}, {}, host);
        lab->show();
        lab->findChild<QCheckBox*>(QStringLiteral("labPublished"))->setChecked(false);
        lab->findChild<QLineEdit*>(QStringLiteral("labTaskLengths"))->setText(QStringLiteral("40, 64"));
        lab->findChild<QSpinBox*>(QStringLiteral("labSequences"))->setValue(3);
        lab->findChild<QPushButton*>(QStringLiteral("labTaskRun"))->click();
        auto* service = lab->findChild<LabService*>();
        QVERIFY(service->isRunning());
        QTRY_VERIFY_WITH_TIMEOUT(!service->isRunning(), kPatience);
        auto* table = lab->findChild<QTableWidget*>(QStringLiteral("labTaskTable"));
        QCOMPARE(table->rowCount(), 2);
        QCOMPARE(table->columnCount(), 2);
        int row = 0;
        for (const QString& path : {kMamba, kLlama}) {
            int column = 0;
            for (const qint64 length : {40, 64}) {
                const TaskScore score = expected(path, TaskKind::SelectiveCopying, length, 3);
                QCOMPARE(table->item(row, column)->text(), QStringLiteral("%1 %").arg(100 * score.accuracy(), 0, 'f', 1));
                ++column;
            }
            QCOMPARE(lab->findChild<CurvePlot*>(QStringLiteral("labTaskPlot"))->curves()[static_cast<std::size_t>(row)].y.size(), 2);
            ++row;
        }
        delete lab;
    }

    void theModelsOfATaskStandBesideThePaper() {
        auto* lab = new LabWindow({kMamba}, QStringLiteral(MS_RESOURCES "/models/tasks"), host);
        lab->show();
        lab->findChild<QTabWidget*>(QStringLiteral("labPages"))->setCurrentIndex(1);
        auto* list = lab->findChild<QListWidget*>(QStringLiteral("labTaskModels"));
        QTRY_VERIFY(list->isVisible());
        QVERIFY(!lab->findChild<QListWidget*>(QStringLiteral("labModels"))->isVisible());
        QCOMPARE(list->count(), 7);  // six that come with the program, and the open one, which learnt no task
        QCOMPARE(list->item(0)->text(), QStringLiteral("mamba"));
        QCOMPARE(list->item(0)->checkState(), Qt::Checked);
        QCOMPARE(list->item(6)->checkState(), Qt::Unchecked);
        auto* plot = lab->findChild<CurvePlot*>(QStringLiteral("labTaskPlot"));
        auto* table = lab->findChild<QTableWidget*>(QStringLiteral("labTaskTable"));
        QSignalSpy examples(lab, &LabWindow::exampleWanted);
        QCOMPARE(list->currentRow(), 0);
        list->setCurrentRow(1);
        lab->findChild<QPushButton*>(QStringLiteral("labTaskExample"))->click();
        QCOMPARE(examples.size(), 1);
        QVERIFY(examples[0][0].toString().endsWith(QStringLiteral("selective-copying/s4d")));
        const QStringList ids = examples[0][1].toString().split(QLatin1Char(' '));
        QCOMPARE(ids.size(), 64);
        QCOMPARE(ids.last(), QStringLiteral("15"));
        QCOMPARE(table->rowCount(), 8);  // Table 1, before anything was measured
        QVERIFY(plot->curves()[0].dashed);
        auto* task = lab->findChild<QComboBox*>(QStringLiteral("labTaskChoice"));
        task->setCurrentIndex(1);
        QCOMPARE(list->count(), 7);
        QVERIFY(list->item(0)->toolTip().contains(QStringLiteral("induction-heads")));
        lab->findChild<QLineEdit*>(QStringLiteral("labTaskLengths"))->setText(QStringLiteral("64, 256"));
        lab->findChild<QSpinBox*>(QStringLiteral("labSequences"))->setValue(4);
        lab->findChild<QPushButton*>(QStringLiteral("labTaskRun"))->click();
        auto* service = lab->findChild<LabService*>();
        QTRY_VERIFY_WITH_TIMEOUT(!service->isRunning(), kPatience);
        QCOMPARE(table->rowCount(), 6 + 6);
        QCOMPARE(table->verticalHeaderItem(0)->text(), QStringLiteral("mamba"));
        QCOMPARE(table->item(0, 2)->text(), QStringLiteral("100.0 %"));  // columns: 64, 128 (the paper's alone), 256
        QVERIFY(table->item(0, 1) == nullptr);
        QCOMPARE(table->verticalHeaderItem(7)->text(), QStringLiteral("MHA-RoPE, paper"));
        QCOMPARE(table->item(7, 3)->text(), QStringLiteral("83.6 %"));
        QCOMPARE(plot->curves()[6].place, plot->curves()[0].place);  // Mamba there and here
        lab->findChild<QPushButton*>(QStringLiteral("labTaskCopy"))->click();
        const QStringList lines = QApplication::clipboard()->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        QCOMPARE(lines[0], QStringLiteral("model,source,symbols,right_percent,right,asked,sequences"));
        QCOMPARE(lines[1], QStringLiteral("mamba,measured,64,100,4,4,4"));
        QVERIFY(lines.contains(QStringLiteral("\"MHA-RoPE, paper\",Gu & Dao 2023,512,83.6,,,")));
        lab->findChild<QCheckBox*>(QStringLiteral("labPublished"))->setChecked(false);
        QCOMPARE(table->rowCount(), 6);
        task->setCurrentIndex(2);
        QVERIFY(!lab->findChild<QCheckBox*>(QStringLiteral("labPublished"))->isEnabled());
        QCOMPARE(table->rowCount(), 0);
        task->setCurrentIndex(1);  // what was measured stays
        QCOMPARE(table->rowCount(), 6);
        if (const QByteArray shots = qgetenv("MS_SHOTS"); !shots.isEmpty()) {
            lab->findChild<QCheckBox*>(QStringLiteral("labPublished"))->setChecked(true);
            QTest::qWait(500);
            lab->grab().save(QString::fromLocal8Bit(shots) + QStringLiteral("/lab_task.png"));
            task->setCurrentIndex(0);
            QTest::qWait(300);
            lab->grab().save(QString::fromLocal8Bit(shots) + QStringLiteral("/lab_copying.png"));
        }
        delete lab;
    }

    void scalingShowsTimeAndStateWithSlopes() {
        auto* lab = new LabWindow({kMamba}, {}, host);
        lab->show();
        lab->findChild<QLineEdit*>(QStringLiteral("labScalingLengths"))->setText(QStringLiteral("16 64 256"));
        lab->findChild<QPushButton*>(QStringLiteral("labScalingRun"))->click();
        auto* service = lab->findChild<LabService*>();
        QTRY_VERIFY_WITH_TIMEOUT(!service->isRunning(), kPatience);
        auto* plot = lab->findChild<CurvePlot*>(QStringLiteral("labScalingPlot"));
        QCOMPARE(plot->curves().size(), 5u);  // the model and four kernels
        for (const Curve& curve : plot->curves()) QCOMPARE(curve.x.size(), 3);
        lab->findChild<QComboBox*>(QStringLiteral("labQuantity"))->setCurrentIndex(2);
        QCOMPARE(plot->curves().size(), 1u);
        QVERIFY(plot->curves()[0].y[0] > 0 && plot->curves()[0].y[0] == plot->curves()[0].y[2]);
        QVERIFY2(plot->curves()[0].name.endsWith(QStringLiteral("slope 0.00")), qPrintable(plot->curves()[0].name));
        delete lab;
    }

    void figuresAreWrittenAsTheirEndingSays() {
        Provenance made;
        made.view = "lab.scaling";
        const LabResults results{QStringLiteral("Two curves"),
                                 [](CurvePlot& plot) {
                                     plot.setAxes({QStringLiteral("tokens"), QStringLiteral("time / ms"), true, ScaleKind::Log, true});
                                     plot.setCurves({{QStringLiteral("linear"), {10, 100, 1000}, {1, 10, 100}, {}, false, -1}, {QStringLiteral("alone"), {100}, {50}, {}, true, -1}});
                                 },
                                 [] { return QString(); }, [made] { return made; }};
        for (const char* ending : {"png", "svg", "pdf"}) {
            const QString path = m_folder.filePath(QStringLiteral("figure.") + QLatin1String(ending));
            const auto saved = saveLabFigure(results, path);
            QVERIFY2(saved, ending);
            QFile file(path);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray bytes = file.readAll();
            if (QByteArray(ending) == "svg") QVERIFY(bytes.contains(">linear</text>") && bytes.contains(">tokens</text>") && bytes.contains(">64</text>"));
            if (QByteArray(ending) == "pdf") QVERIFY(bytes.startsWith("%PDF"));
            if (QByteArray(ending) != "pdf") QCOMPARE(provenanceOfFigure(path)->view, std::string("lab.scaling"));
            if (QByteArray(ending) == "png") {
                QCOMPARE(QImage(path).size(), FigureOptions().pixelSize());
                if (const QByteArray shots = qgetenv("MS_SHOTS"); !shots.isEmpty()) QFile::copy(path, QString::fromLocal8Bit(shots) + QStringLiteral("/lab_figure.png"));
            }
        }
        QCOMPARE(saveLabFigure(results, m_folder.filePath(QStringLiteral("figure.gif"))).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(saveLabFigure(results, QStringLiteral("/nonexistent/figure.png")).error().code, ErrorCode::Io);
    }

    void stopsAndSaysWhatWentWrong() {
        auto* lab = new LabWindow({QStringLiteral("/nonexistent"), kMamba}, {}, host);
        lab->show();
        auto* run = lab->findChild<QPushButton*>(QStringLiteral("labTaskRun"));
        auto* service = lab->findChild<LabService*>();
        auto* status = lab->findChild<QLabel*>(QStringLiteral("labTaskStatus"));
        auto* lengths = lab->findChild<QLineEdit*>(QStringLiteral("labTaskLengths"));
        lengths->setText(QStringLiteral("64, 32"));
        QVERIFY(!run->isEnabled());
        QVERIFY(status->text().contains(QStringLiteral("rise")));
        lengths->setText(QStringLiteral("32"));
        lab->findChild<QSpinBox*>(QStringLiteral("labSequences"))->setValue(2);
        run->click();
        QTRY_VERIFY_WITH_TIMEOUT(!service->isRunning(), kPatience);
        QVERIFY2(status->text().contains(QStringLiteral("/nonexistent")), qPrintable(status->text()));
        QVERIFY(lab->findChild<QTableWidget*>(QStringLiteral("labTaskTable"))->item(1, 0) != nullptr);  // the other one took part
        // A long one is ended by the same button.
        lab->findChild<QSpinBox*>(QStringLiteral("labSequences"))->setValue(100'000);
        run->click();
        QTRY_VERIFY(run->text().contains(QStringLiteral("Stop")));
        run->click();
        QTRY_VERIFY_WITH_TIMEOUT(!service->isRunning(), kPatience);
        QVERIFY(run->isEnabled());
        delete lab;
    }

    void closingEndsTheExperiment() {
        auto* lab = new LabWindow({kMamba}, {}, host);
        lab->show();
        lab->findChild<QSpinBox*>(QStringLiteral("labSequences"))->setValue(100'000);
        lab->findChild<QPushButton*>(QStringLiteral("labTaskRun"))->click();
        QTest::qWait(50);
        delete lab;
        QTest::qWait(50);  // what the experiment still said goes nowhere
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestLab)
#include "tst_lab.moc"
