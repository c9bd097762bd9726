// The three main tasks without a mouse: open and run a model, look inside, change the model and take it back.
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QFileDialog>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "own_settings.h"
#include "ui/dialogs/command_palette.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/style/number_text.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/window/main_window.h"
#include "ui/window/view_host.h"

using namespace ms;
using namespace ms::test;

namespace {

const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");

/// To whoever has the focus, as a keyboard does.
void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QWidget* target = QApplication::focusWidget() != nullptr ? QApplication::focusWidget() : QApplication::activeWindow();
    QVERIFY(target != nullptr);
    QTest::keyClick(target, key, modifiers);
}
void type(const QString& text) { QTest::keyClicks(QApplication::focusWidget(), text); }

/// A command by a few letters of its name.
void command(const QString& letters) {
    press(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(qobject_cast<QLineEdit*>(QApplication::focusWidget()) != nullptr);
    type(letters);
    press(Qt::Key_Return);
    QTest::qWait(50);
}

}  // namespace

class TestKeyboard : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_settings);
        QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        WindowOptions options;
        options.engine.device = QStringLiteral("host");
        options.autorun = false;
        options.maxNew = 20;
        m_window = std::make_unique<MainWindow>(options);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        m_window->setFocus();
    }
    void cleanupTestCase() { m_window.reset(); }

    void opensAModelAndRunsAPrompt() {
        press(Qt::Key_O, Qt::ControlModifier);
        QPointer<QFileDialog> dialog = m_window->findChild<QFileDialog*>();
        QVERIFY(QTest::qWaitFor([&] { return dialog->isVisible(); }, kPatience));
        auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
        name->setFocus();
        QApplication::clipboard()->setText(kTiny);  // typing would race with the completer
        QTest::keyClick(name, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(name, Qt::Key_V, Qt::ControlModifier);
        for (int i = 0; i < 3 && dialog != nullptr && dialog->isVisible(); ++i) {  // the completer's list takes the first
            QTest::keyClick(name, Qt::Key_Return);
            QTest::qWait(50);
        }
        QVERIFY(QTest::qWaitFor([&] { return m_window->engine().model() != nullptr && m_window->engine().state() == EngineState::Idle; }, kPatience));
        QApplication::setActiveWindow(m_window.get());  // the platform has no window manager to give the focus back
        m_window->setFocus();

        command(QStringLiteral("show prompt"));  // nothing of that name: the palette says so and Escape closes it
        if (m_window->findChild<CommandPalette*>() != nullptr) press(Qt::Key_Escape);
        // Tab reaches the prompt.
        auto* prompt = m_window->findChild<QPlainTextEdit*>();
        for (int i = 0; i < 200 && QApplication::focusWidget() != prompt; ++i) press(Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget(), prompt);
        press(Qt::Key_A, Qt::ControlModifier);
        type(QStringLiteral("5 4 3 2 1"));
        press(Qt::Key_Return, Qt::ControlModifier);
        QVERIFY(QTest::qWaitFor([&] { return m_window->engine().feed().tokens().size() == 25; }, kPatience));
    }

    void looksInside() {
        m_window->views().show(QStringLiteral("dt"));
        HeatmapView* view = m_window->heatmaps()[0];
        QVERIFY(QTest::qWaitFor([&] { return m_window->engine().state() == EngineState::Idle; }, kPatience));
        QCOMPARE(QApplication::focusWidget(), view->canvas());
        press(Qt::Key_Left);
        press(Qt::Key_Left);
        press(Qt::Key_Down);
        QCOMPARE(m_window->selection().token(), 22);
        const qint64 layer = m_window->selection().layer();
        QVERIFY(layer >= 0);
        QVERIFY2(view->readout().contains(exactText(view->canvas()->source().at(22, layer))), qPrintable(view->readout()));
        press(Qt::Key_Return);  // its channels
        QCOMPARE(view->layer(), std::optional(LayerIndex(layer)));
        press(Qt::Key_Down);
        QVERIFY(m_window->selection().channel() >= 0);
        QTRY_VERIFY_WITH_TIMEOUT(!isMissing(view->canvas()->source().at(22, m_window->selection().channel())), kPatience);
        press(Qt::Key_Escape);
        QVERIFY(!view->layer());
        press(Qt::Key_C, Qt::ControlModifier);
        press(Qt::Key_F, Qt::ControlModifier);
        type(QStringLiteral("#7"));
        QCOMPARE(m_window->selection().token(), 7);
        press(Qt::Key_Escape);
        press(Qt::Key_2, Qt::ControlModifier);  // another arrangement
        QTRY_VERIFY(!m_window->findChild<QDockWidget*>(QStringLiteral("overviewDock"))->isHidden());
    }

    void changesTheModelAndTakesItBack() {
        m_window->selection().setLayer(0);
        m_window->setFocus();
        command(QStringLiteral("intervention scale"));
        auto* table = m_window->findChild<QTableView*>(QStringLiteral("interventionTable"));
        QCOMPARE(table->model()->rowCount(), 1);
        TokenLog& tokens = m_window->engine().feed().tokens();
        QTRY_VERIFY_WITH_TIMEOUT(tokens.size() == 25 && std::isfinite(tokens.row(24).baselineSurprisalBits), kPatience);
        m_window->setFocus();
        press(Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(table->model()->rowCount(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(tokens.size() == 25 && std::isnan(tokens.row(24).baselineSurprisalBits), kPatience);
    }

private:
    QTemporaryDir m_settings;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestKeyboard)
#include "tst_keyboard.moc"
