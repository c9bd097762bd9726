// The architecture lab: its experiments in the window give what the engine gives alone, can be stopped, and tell what went wrong.
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>

#include "engine/lab/task_run.h"
#include "engine/runtime/devices.h"
#include "own_settings.h"
#include "ui/bridge/lab_service.h"
#include "ui/lab/lab_window.h"
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
