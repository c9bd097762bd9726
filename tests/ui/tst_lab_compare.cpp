// Side by side in the window: the readings of the engine on one axis with one cursor, influence on demand, stopping, refusals.
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "engine/lab/lock_step.h"
#include "engine/runtime/devices.h"
#include "own_settings.h"
#include "ui/bridge/lab_service.h"
#include "ui/lab/compare_plots.h"
#include "ui/lab/compare_table.h"
#include "ui/lab/influence_strip.h"
#include "ui/lab/lab_window.h"
#include "ui/lab/piece_strip.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/widgets/elided_label.h"

using namespace ms;
using namespace ms::test;

namespace {

const QString kMamba = QStringLiteral(MS_TEST_DATA "/mamba-tiny"), kLlama = QStringLiteral(MS_TEST_DATA "/llama-tiny"),
              kLstm = QStringLiteral(MS_TEST_DATA "/lstm-tiny"), kRnn = QStringLiteral(MS_TEST_DATA "/rnn-tiny"),
              kComplex = QStringLiteral(MS_TEST_DATA "/mamba-complex-tiny"),
              kLanguage = QStringLiteral(MS_TEST_DATA "/../../resources/models/language");
const std::vector<TokenId> kIds{12, 5, 7, 9, 12, 5, 7, 33, 1, 12, 5};

QString host() { return QStringLiteral("host"); }

QString typed(const std::vector<TokenId>& ids) {
    QStringList words;
    for (const TokenId id : ids) words.append(QString::number(id));
    return words.join(QLatin1Char(' '));
}

std::unique_ptr<LockStep> engineAlone(const QStringList& paths) {
    const auto device = *openDevice("host");
    std::vector<std::shared_ptr<const Model>> models;
    for (const QString& path : paths) models.push_back(*Model::load(path.toStdString(), device));
    return *LockStep::create(std::move(models));
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// The lab with its page in front.
struct Page {
    explicit Page(const QStringList& ticked, const QString& input = typed(kIds), bool areIds = true) : lab(new LabWindow(ticked, {}, host)) {
        child<QTabWidget>("labPages")->setCurrentIndex(0);
        child<QComboBox>("labCompareKind")->setCurrentIndex(areIds ? 1 : 0);
        child<QPlainTextEdit>("labCompareInput")->setPlainText(input);
        lab->resize(1280, 720);
        lab->show();
    }
    ~Page() { delete lab; }

    template <class T>
    [[nodiscard]] T* child(const char* name) const { return lab->findChild<T*>(QLatin1String(name)); }
    [[nodiscard]] LabService* service() const { return lab->findChild<LabService*>(); }
    [[nodiscard]] Selection& selection() const { return lab->findChild<ComparePlots*>()->selection(); }
    [[nodiscard]] const std::vector<Curve>& curves(const char* name) const { return child<TokenCurvePlot>(name)->curves(); }
    [[nodiscard]] InfluenceStrip* influence() const { return child<InfluenceStrip>("labCompareInfluence"); }
    [[nodiscard]] QString cell(int row, CompareTable::Column column) const { return child<CompareTable>("labCompareTable")->item(row, column)->text(); }
    [[nodiscard]] QString status() const { return child<QLabel>("labCompareStatus")->text(); }
    void run() const {
        child<QPushButton>("labCompareRun")->click();
        QVERIFY(service()->isRunning());
    }
    void runToTheEnd() const {
        run();
        QTRY_VERIFY_WITH_TIMEOUT(!service()->isRunning(), kPatience);
    }

    LabWindow* lab;
};

}  // namespace

class TestLabCompare : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { useOwnSettings(m_folder); }

    void showsWhatTheEngineReads() {
        const Page page({kMamba, kLlama});
        page.runToTheEnd();
        const auto engine = engineAlone({kMamba, kLlama});
        QVERIFY(engine->begin(kIds));
        for (const char* name : {"labCompareSurprisal", "labCompareState", "labCompareKept"}) QCOMPARE(page.curves(name).size(), 2u);
        double bits[2] = {};
        std::vector<LockStepReading> readings;
        for (qsizetype piece = 0; piece < static_cast<qsizetype>(kIds.size()); ++piece) {
            readings = *engine->step();
            for (std::size_t model = 0; model < 2; ++model) {
                QVERIFY(same(page.curves("labCompareSurprisal")[model].y[piece], readings[model].surprisalBits));
                QVERIFY(same(page.curves("labCompareState")[model].y[piece], static_cast<double>(readings[model].stateBytes) / 1e3));
                QVERIFY(same(page.curves("labCompareKept")[model].y[piece], readings[model].kept));
                if (piece > 0) bits[model] += readings[model].surprisalBits;
            }
        }
        // The cursor went to the last piece; totals leave out the first, which nothing predicted.
        QCOMPARE(page.selection().token(), static_cast<qint64>(kIds.size()) - 1);
        for (int model = 0; model < 2; ++model) {
            QCOMPARE(page.cell(model, CompareTable::Surprisal), QString::number(readings[static_cast<std::size_t>(model)].surprisalBits, 'f', 2));
            QCOMPARE(page.cell(model, CompareTable::Kept), QString::number(readings[static_cast<std::size_t>(model)].kept, 'f', 3));
            QCOMPARE(page.cell(model, CompareTable::BitsPerUnit), QString::number(bits[model] / static_cast<double>(kIds.size() - 1), 'f', 3));
        }
    }

    void oneCursorMovesAllAndAsksForInfluence() {
        const Page page({kMamba, kRnn, kComplex});
        page.runToTheEnd();
        const auto engine = engineAlone({kMamba, kRnn, kComplex});
        QVERIFY(engine->begin(kIds));
        while (!engine->step()->empty()) {}
        // A click into a curve, then keys in the strip of texts.
        auto* plot = page.child<TokenCurvePlot>("labCompareKept");
        QTest::mouseClick(plot->findChild<QWidget*>(), Qt::LeftButton, {}, plot->pointOf(4, 0.5));
        QCOMPARE(page.selection().token(), 4);
        QTest::keyClick(page.child<PieceStrip>("labComparePieces"), Qt::Key_Right);
        QCOMPARE(page.selection().token(), 5);
        QTRY_COMPARE_WITH_TIMEOUT(page.influence()->influence().piece, 5, kPatience);
        const LabInfluence& shown = page.influence()->influence();
        for (std::size_t model = 0; model < 2; ++model) {
            const std::vector<float> expected = *engine->influence(model, 5);
            QCOMPARE(shown.shares[model].size(), 6u);
            QCOMPARE(shown.shares[model], expected);
            QVERIFY(page.cell(static_cast<int>(model), CompareTable::Influential).startsWith(QString::number(mostInfluential(shown, model))));
        }
        // A model that has no such thing says why in its row.
        QVERIFY(shown.shares[2].empty() && !shown.why[2].isEmpty());
        QVERIFY(page.child<ElidedLabel>("labCompareInfluenceTitle")->text().contains(QStringLiteral("piece 5")));
    }

    void onlyTheNewestQuestionIsAnswered() {
        const Page page({kMamba});
        page.runToTheEnd();
        QTRY_VERIFY_WITH_TIMEOUT(page.influence()->influence().piece >= 0, kPatience);
        QSignalSpy answers(page.service(), &LabService::influenced);
        for (qint64 piece = 0; piece < 8; ++piece) page.selection().setToken(piece);  // the cursor does not rest
        QTRY_COMPARE_WITH_TIMEOUT(page.influence()->influence().piece, 7, kPatience);
        QCOMPARE(answers.size(), 1);
    }

    void stoppingKeepsWhatWasRead() {
        std::vector<TokenId> many;
        for (int i = 0; i < 16'000; ++i) many.push_back(i % 47);
        const Page page({kMamba, kLlama}, typed(many));
        QSignalSpy read(page.service(), &LabService::piecesRead);
        page.run();
        QTRY_VERIFY_WITH_TIMEOUT(read.size() > 0, kPatience);
        QTest::keyClick(page.child<QPlainTextEdit>("labCompareInput"), Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!page.service()->isRunning(), kPatience);
        QVERIFY(page.lab->isVisible());  // Escape ended the run, not the window
        const qsizetype kept = page.curves("labCompareSurprisal")[0].y.size();
        QVERIFY(kept > 0 && kept < 16'000);
        QVERIFY2(page.status().startsWith(QStringLiteral("Stopped after")), qPrintable(page.status()));
        page.selection().setToken(3);
        QTRY_COMPARE_WITH_TIMEOUT(page.influence()->influence().piece, 3, kPatience);
    }

    void refusesTextForModelsWithoutATokenizer() {
        const Page page({kMamba, kLanguage}, QStringLiteral("The lamp, the lamp."), false);
        page.runToTheEnd();
        QVERIFY2(page.status().startsWith(QStringLiteral("mamba-tiny: ")) && !page.status().contains(QLatin1Char('\n')), qPrintable(page.status()));
        QCOMPARE(page.curves("labCompareSurprisal").size(), 1u);  // the other one read it
        QCOMPARE(page.curves("labCompareSurprisal")[0].name, QStringLiteral("language"));
        QVERIFY(page.cell(0, CompareTable::BitsPerUnit).toDouble() > 0);
        page.child<QPushButton>("labCompareCopy")->click();
        auto* copy = page.child<QAction>("labCompare_copyPieces");
        QVERIFY(copy != nullptr);
        copy->trigger();
        const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 1 + page.curves("labCompareSurprisal")[0].y.size());
        QCOMPARE(lines[0], QStringLiteral("piece,text,model,surprisal_bits,state_bytes,kept"));
        QVERIFY2(lines[1].startsWith(QStringLiteral("0,")) && lines[1].contains(QStringLiteral(",language,")), qPrintable(lines[1]));
    }

    void saysWhatKeepsItFromRunning() {
        const Page page({kMamba}, QStringLiteral("12 five"));
        auto* run = page.child<QPushButton>("labCompareRun");
        auto* input = page.child<QPlainTextEdit>("labCompareInput");
        QVERIFY(!run->isEnabled() && page.status().contains(QStringLiteral("whole numbers")));
        input->setPlainText({});
        QVERIFY(!run->isEnabled() && page.status().contains(QStringLiteral("Type")));
        input->setPlainText(QStringLiteral("1, 2, 999999"));  // an id that the model does not have
        QVERIFY(run->isEnabled());
        page.runToTheEnd();
        QVERIFY2(page.status().contains(QStringLiteral("999999")), qPrintable(page.status()));
        QVERIFY(page.curves("labCompareSurprisal").empty());
    }

    void anotherExperimentTakesTheModelsPlace() {
        const Page page({kMamba});
        page.runToTheEnd();
        QTRY_VERIFY_WITH_TIMEOUT(page.influence()->influence().piece >= 0, kPatience);
        page.child<QLineEdit>("labTaskLengths")->setText(QStringLiteral("32"));
        page.child<QSpinBox>("labSequences")->setValue(1);
        page.child<QPushButton>("labTaskRun")->click();
        QVERIFY(!page.child<QPushButton>("labCompareRun")->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(!page.service()->isRunning(), kPatience);
        QVERIFY(page.child<QPushButton>("labCompareRun")->isEnabled());
        page.selection().setToken(2);
        QVERIFY(page.child<ElidedLabel>("labCompareInfluenceTitle")->text().startsWith(QStringLiteral("Run again")));
        QVERIFY(!page.curves("labCompareSurprisal").empty());  // what was read is still there to be seen
    }

    void remembersWhatWasTyped() {
        const QString text = QStringLiteral("Once more with feeling.");
        {
            const Page page({kLanguage}, text, false);
            page.runToTheEnd();
            page.child<QComboBox>("labCompareKind")->setCurrentIndex(1);
            QVERIFY(page.child<QPlainTextEdit>("labCompareInput")->toPlainText() != text);  // of each kind its own
            page.child<QComboBox>("labCompareKind")->setCurrentIndex(0);
        }
        LabWindow again({}, {}, host);
        QCOMPARE(again.findChild<QPlainTextEdit*>(QStringLiteral("labCompareInput"))->toPlainText(), text);
    }

    void closingDuringARunDoesNotHang() {
        std::vector<TokenId> many(16'000, 3);
        {
            const Page page({kMamba, kLlama}, typed(many));
            page.run();
            QTest::qWait(50);
        }
        QTest::qWait(50);  // what the comparison still said goes nowhere
    }

    void picturesToLookAt() {
        const QString folder = qEnvironmentVariable("MS_SHOTS");
        if (folder.isEmpty()) return;
        takePictures(Page({kMamba, kLlama, kLstm}), folder + QStringLiteral("/ids"));
        const QString data = QStringLiteral(MS_TEST_DATA "/");  // more than there is room for names of
        takePictures(Page({kMamba, kLlama, kLstm, kRnn, data + QStringLiteral("gru-tiny"),
                           data + QStringLiteral("mamba2-grouped-tiny"), data + QStringLiteral("mamba3-siso-tiny")}),
                     folder + QStringLiteral("/many"));
        takePictures(Page({kLanguage}, QStringLiteral("The keeper Marlow lit the lamp of the lighthouse at dusk. When the storm came, the keeper Marlow lit the lamp of the "
                                                      "lighthouse again."), false), folder + QStringLiteral("/text"));
    }

private:
    static void takePictures(const Page& page, const QString& name) {
        page.runToTheEnd();
        QTRY_VERIFY_WITH_TIMEOUT(page.influence()->influence().piece >= 0, kPatience);
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            applyAppearance(*qApp, appearance);
            for (const QSize& size : {QSize(1280, 720), QSize(1920, 1080)}) {
                page.lab->resize(size);
                QTest::qWait(200);
                const QString tone = appearance == Appearance::Dark ? QStringLiteral("dark") : QStringLiteral("light");
                page.lab->grab().save(QStringLiteral("%1-%2-%3.png").arg(name, tone).arg(size.width()));
            }
        }
        applyAppearance(*qApp, Appearance::Light);
    }

    QTemporaryDir m_folder;
};

QTEST_MAIN(TestLabCompare)
#include "tst_lab_compare.moc"
