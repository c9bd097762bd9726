#include <QAction>
#include <QDockWidget>
#include <QDropEvent>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include "own_settings.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/views/prompt_panel/prompt_panel.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/main_window.h"

using namespace ms;
using namespace ms::test;

namespace {

const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");

WindowOptions options(const QString& model) {
    WindowOptions o;
    o.model = model;
    o.engine.device = QStringLiteral("host");
    o.maxNew = 20;
    return o;
}

void drop(MainWindow& window, const QString& path) {
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({10, 10}, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &event);
}

bool waitForTokens(MainWindow& window, qint64 count) {
    return QTest::qWaitFor([&] { return window.engine().feed().tokens().size() >= count; }, kPatience);
}

}  // namespace

class TestMainWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_settings.isValid());
        useOwnSettings(m_settings);
    }
    void init() { QSettings().clear(); }

    void opensAModelByArgumentAndRunsAtOnce() {
        MainWindow window(options(kTiny));
        window.show();
        QVERIFY(waitForTokens(window, 28));  // the default ids, then 20 more
        QVERIFY(window.windowTitle().contains(QStringLiteral("mamba-tiny")));
        QVERIFY(window.findChild<QTreeView*>(QStringLiteral("layerTree"))->model()->rowCount() > 2);
        for (const HeatmapView* view : window.heatmaps()) {
            const SeriesSource& source = view->canvas()->source();
            for (qint64 layer = 0; layer < source.rows(); ++layer) QVERIFY(!isMissing(source.at(20, layer)));
        }
        QCOMPARE(QSettings().value(QStringLiteral("recentModels")).toStringList().size(), 1);
        QVERIFY(!window.messages().isShowing());
    }

    void anExampleOfATaskIsReadByTheModelThatLearntIt() {
        WindowOptions o = options(kTiny);
        o.taskModels = QStringLiteral(MS_RESOURCES "/models/tasks");
        MainWindow window(o);
        window.show();
        QVERIFY(waitForTokens(window, 28));
        window.findChild<QAction*>(QStringLiteral("action_lab"))->trigger();
        window.findChild<QPushButton*>(QStringLiteral("labTaskExample"))->click();
        QVERIFY(QTest::qWaitFor([&] { return window.engine().model() && window.engine().model()->path.endsWith(QStringLiteral("selective-copying/mamba")); }, kPatience));
        QVERIFY(QTest::qWaitFor([&] { return window.engine().feed().tokens().size() == 64; }, kPatience));
        QCOMPARE(window.promptPanel().request().maxNew, 20);  // the user's settings stay
        if (const QByteArray shots = qgetenv("MS_SHOTS"); !shots.isEmpty()) {
            window.resize(1440, 900);
            QTest::qWait(1500);
            window.grab().save(QString::fromLocal8Bit(shots) + QStringLiteral("/example.png"));
        }
    }

    void aBrokenFolderShowsAMessageAndKeepsTheModel() {
        MainWindow window(options(kTiny));
        window.show();
        QVERIFY(waitForTokens(window, 28));
        const ModelSummaryPtr model = window.engine().model();
        QTemporaryDir broken;
        QFile weights(broken.filePath(QStringLiteral("model.safetensors")));
        QVERIFY(weights.open(QIODevice::WriteOnly));
        weights.write("\x08\0\0\0\0\0\0\0{\"a\": }", 16);
        weights.close();
        drop(window, broken.path());
        QVERIFY(QTest::qWaitFor([&] { return window.messages().isShowing(); }, kPatience));
        QVERIFY2(window.messages().text().contains(broken.path()), qPrintable(window.messages().text()));
        QVERIFY(QTest::qWaitFor([&] { return window.engine().state() == EngineState::Idle; }, kPatience));
        QCOMPARE(window.engine().model(), model);
        // Counted, not polled: a run this short may begin and end between two looks.
        QSignalSpy states(&window.engine(), &EngineHost::stateChanged);
        QTest::mouseClick(window.findChild<QPushButton*>(QStringLiteral("run")), Qt::LeftButton);
        QVERIFY(QTest::qWaitFor([&] { return !states.isEmpty(); }, kPatience));
        QVERIFY(waitForTokens(window, 28));
        QTest::mouseClick(window.findChild<QToolButton*>(QStringLiteral("messageClose")), Qt::LeftButton);
        QVERIFY(!window.messages().isShowing());
    }

    void allViewsShareTheCursor() {
        MainWindow window(options(kTiny));
        window.show();
        QVERIFY(waitForTokens(window, 28));
        HeatmapCanvas* first = window.heatmaps()[0]->canvas();
        const QRect plot = first->layoutNow().plot;
        QTest::mouseClick(first, Qt::LeftButton, {},
                          plot.topLeft() + QPoint(10 * window.timeAxis().scale().columnPixels + 1, 3));
        QCOMPARE(window.selection().token(), 10);
        for (const HeatmapView* view : window.heatmaps()) QCOMPARE(view->canvas()->scene().cursorToken, 10);
    }

    void aHiddenDockReleasesItsCapture() {
        MainWindow window(options(kTiny));
        window.show();
        QVERIFY(waitForTokens(window, 28));
        QCOMPARE(window.engine().feed().requests().size(), 3u);
        auto* dock = window.findChild<QDockWidget*>(QStringLiteral("selectivityDock"));
        dock->close();
        QTRY_COMPARE(window.engine().feed().requests().size(), 2u);
        dock->show();
        QTRY_COMPARE(window.engine().feed().requests().size(), 3u);
    }

    void layoutAndSettingsComeBack() {
        {
            MainWindow window(options({}));
            window.show();
            window.findChild<QDockWidget*>(QStringLiteral("modelDock"))->close();
            HeatmapSettings settings = window.heatmaps()[1]->settings();
            settings.colourMap = ColourMapId::Cividis;
            settings.scale = ScaleKind::Log;
            window.heatmaps()[1]->setSettings(settings);
            window.close();
        }
        MainWindow window(options({}));
        window.show();
        QVERIFY(window.findChild<QDockWidget*>(QStringLiteral("modelDock"))->isHidden());
        QCOMPARE(window.heatmaps()[1]->settings().colourMap, ColourMapId::Cividis);
        QVERIFY(window.heatmaps()[1]->settings().scale == ScaleKind::Log);
        window.findChild<QAction*>(QStringLiteral("action_resetLayout"))->trigger();
        QVERIFY(!window.findChild<QDockWidget*>(QStringLiteral("modelDock"))->isHidden());
    }

    void everyControlHasANameForScreenReaders() {
        MainWindow window(options({}));
        for (const QWidget* widget : window.findChildren<QWidget*>()) {
            const bool control = widget->focusPolicy() != Qt::NoFocus && widget->isEnabledTo(nullptr) &&
                                 !widget->objectName().startsWith(QLatin1String("qt_"));
            if (!control || widget->inherits("QMenuBar") || widget->inherits("QMenu") ||
                widget->inherits("QHeaderView"))
                continue;
            if (widget->inherits("QLineEdit") && widget->parentWidget()->inherits("QAbstractSpinBox")) continue;
            if (widget->inherits("QToolBarExtension") || widget->inherits("QComboBoxPrivateContainer") ||
                widget->inherits("QComboBoxListView"))
                continue;
            if (widget->focusProxy() != nullptr || widget->inherits("QDockWidget")) continue;
            QVERIFY2(!widget->accessibleName().isEmpty(),
                     qPrintable(QStringLiteral("%1 \"%2\"")
                                    .arg(QLatin1String(widget->metaObject()->className()), widget->objectName())));
        }
    }

private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
