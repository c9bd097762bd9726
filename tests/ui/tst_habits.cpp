// The window's working habits: palette, keys, layouts, find, preferences, tour, guide, undo.
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QInputDialog>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>
#include <cmath>
#include <memory>

#include "own_settings.h"
#include "ui/dialogs/command_palette.h"
#include "ui/dialogs/guide_dialog.h"
#include "ui/dialogs/preferences_dialog.h"
#include "ui/dialogs/shortcut_editor.h"
#include "ui/dialogs/tour.h"
#include "ui/models/token_search.h"
#include "ui/widgets/find_bar.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/dock_layout.h"
#include "ui/window/main_window.h"
#include "ui/window/shortcuts.h"
#include "ui/window/view_host.h"

using namespace ms;
using namespace ms::test;

namespace {


WindowOptions options(const QString& model = {}) {
    WindowOptions o;
    o.model = model;
    o.engine.device = QStringLiteral("host");
    o.maxNew = 20;
    return o;
}

QAction* action(QWidget& window, const char* name) { return window.findChild<QAction*>(QStringLiteral("action_") + QLatin1String(name)); }
QDockWidget* dock(QWidget& window, const QString& id) { return window.findChild<QDockWidget*>(id + QStringLiteral("Dock")); }

}  // namespace

class TestHabits : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_settings);
    }
    void init() { QSettings().clear(); }

    void paletteScoresWordBeginningsFirst() {
        QCOMPARE(paletteScore(QStringLiteral("xyz"), QStringLiteral("Run the prompt")), 0);
        QVERIFY(paletteScore(QStringLiteral("rp"), QStringLiteral("Run the prompt")) > paletteScore(QStringLiteral("rp"), QStringLiteral("Carpet")));
        QVERIFY(paletteScore(QStringLiteral("lay"), QStringLiteral("View › Layout")) > paletteScore(QStringLiteral("lay"), QStringLiteral("Legacy")));
    }

    void paletteRunsWhatIsTyped() {
        MainWindow window(options());
        window.show();
        QApplication::setActiveWindow(&window);
        action(window, "palette")->trigger();
        auto* palette = window.findChild<CommandPalette*>();
        QVERIFY(palette != nullptr);
        auto* edit = palette->findChild<QLineEdit*>(QStringLiteral("paletteText"));
        QTest::keyClicks(edit, QStringLiteral("full screen"));
        auto* list = palette->findChild<QListWidget*>(QStringLiteral("paletteList"));
        QVERIFY2(list->item(0)->text().contains(QStringLiteral("Full screen")), qPrintable(list->item(0)->text()));
        QVERIFY(list->item(0)->text().contains(QStringLiteral("F11")));
        QTest::keyClick(edit, Qt::Key_Return);
        QTRY_VERIFY(window.isFullScreen());
        QTRY_VERIFY(window.findChild<CommandPalette*>() == nullptr);
    }

    void everyArrangementShowsItsViewsAndNothingElse() {
        MainWindow window(options());
        window.show();
        for (const Arrangement& arrangement : DockLayout::arrangements()) {
            QAction* layout = window.findChild<QAction*>(QStringLiteral("action_layout_") + arrangement.id);
            QVERIFY(layout != nullptr);
            layout->trigger();
            QSet<QString> wanted;
            for (const auto& column : arrangement.columns)
                for (const auto& cell : column.cells)
                    for (const QString& id : cell) {
                        QVERIFY2(dock(window, id) != nullptr, qPrintable(arrangement.id + QLatin1Char(' ') + id));
                        wanted.insert(id);
                    }
            for (QDockWidget* each : window.findChildren<QDockWidget*>()) {
                const QString id = each->objectName().chopped(4);
                QVERIFY2(each->isHidden() != wanted.contains(id), qPrintable(arrangement.id + QLatin1Char(' ') + id));
            }
        }
    }

    void everyArrangementFitsASmallScreenAndCloses() {
        for (const Arrangement& arrangement : DockLayout::arrangements()) {
            WindowOptions o = options(QStringLiteral(MS_TEST_DATA "/mamba-tiny"));
            o.layout = arrangement.id;
            auto window = std::make_unique<MainWindow>(o);
            window->show();
            QVERIFY(QTest::qWaitFor([&] { return window->engine().feed().tokens().size() >= 28; }, kPatience));
            window->selection().setToken(20);
            QTest::qWait(300);
            window->resize(1280, 720);
            QVERIFY2(window->width() <= 1280 && window->height() <= 720,
                     qPrintable(QStringLiteral("%1: %2 x %3").arg(arrangement.id).arg(window->width()).arg(window->height())));
            window.reset();  // views that go must not call on each other
        }
    }

    void layoutsAreKeptByName() {
        {
            MainWindow window(options());
            window.show();
            dock(window, QStringLiteral("model"))->close();
            action(window, "saveLayout")->trigger();
            auto* dialog = window.findChild<QInputDialog*>(QStringLiteral("layoutName"));
            dialog->setTextValue(QStringLiteral("No model – mine"));
            dialog->accept();
        }
        MainWindow window(options());
        window.show();
        action(window, "layout_live")->trigger();
        QVERIFY(!dock(window, QStringLiteral("model"))->isHidden());
        QAction* own = window.findChild<QAction*>(QStringLiteral("action_ownLayout_No model – mine"));
        QVERIFY(own != nullptr);
        own->trigger();
        QVERIFY(dock(window, QStringLiteral("model"))->isHidden());
        DockLayout::remove(QStringLiteral("No model – mine"));
        QVERIFY(DockLayout::savedNames().isEmpty());
    }

    void keysAreChangedKeptAndReset() {
        {
            MainWindow window(options());
            QAction* run = action(window, "run");
            ShortcutEditor editor({run, action(window, "stop")}, {standardShortcut, setShortcut});
            editor.assign(run, QKeySequence(QStringLiteral("Ctrl+.")));
            QCOMPARE(run->shortcut(), QKeySequence(QStringLiteral("Ctrl+.")));
            QVERIFY(action(window, "stop")->shortcut().isEmpty());
            QVERIFY2(editor.note().contains(QStringLiteral("Stop")), qPrintable(editor.note()));
        }
        MainWindow window(options());
        QCOMPARE(action(window, "run")->shortcut(), QKeySequence(QStringLiteral("Ctrl+.")));
        QVERIFY(action(window, "stop")->shortcut().isEmpty());
        ShortcutEditor editor({action(window, "run"), action(window, "stop")}, {standardShortcut, setShortcut});
        QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("shortcutAllStandard")), Qt::LeftButton);
        QCOMPARE(action(window, "run")->shortcut(), QKeySequence(QStringLiteral("Ctrl+R")));
        QCOMPARE(action(window, "stop")->shortcut(), QKeySequence(QStringLiteral("Ctrl+.")));
        QVERIFY(!QSettings().contains(QStringLiteral("shortcuts/action_run")));
    }

    void noTwoActionsShareAKey() {
        MainWindow window(options());
        QHash<QKeySequence, QString> taken;
        for (const QAction* each : window.findChildren<QAction*>()) {
            if (each->shortcut().isEmpty() || !each->objectName().startsWith(QStringLiteral("action_"))) continue;
            QVERIFY2(!taken.contains(each->shortcut()), qPrintable(each->objectName() + QStringLiteral(" and ") + taken.value(each->shortcut())));
            taken.insert(each->shortcut(), each->objectName());
        }
        QVERIFY(taken.size() > 15);
    }

    void findsTextAcrossTokens() {
        TokenLog tokens;
        std::vector<TokenLog::Piece> pieces{{0, QStringLiteral("It ")}, {1, QStringLiteral("was")}, {2, QStringLiteral(" wasted")}, {3, QStringLiteral(" It")}};
        tokens.addPieces(pieces);
        std::vector<TokenRow> rows(8);
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i].id = static_cast<TokenId>(i % 4);
        tokens.append(std::span(rows).first(4));
        TokenSearch search(tokens);
        search.setText(QStringLiteral("was"));
        QCOMPARE(search.matches(), (std::vector<qint64>{1, 2}));
        QCOMPARE(search.next(2), 1);
        QCOMPARE(search.previous(1), 2);
        tokens.append(std::span(rows).last(4));
        QCOMPARE(search.matches(), (std::vector<qint64>{1, 2, 5, 6}));
        search.setText(QStringLiteral("t w"));  // runs from "It " into "was"
        QCOMPARE(search.matches(), (std::vector<qint64>{0, 4}));
        search.setText(QStringLiteral("it"));
        QCOMPARE(search.matches().size(), 4u);
        search.setText(QStringLiteral("IT"));
        QVERIFY(search.matches().empty());
        search.setText(QStringLiteral("#6"));
        QCOMPARE(search.matches(), (std::vector<qint64>{6}));
        tokens.truncate(5);
        QVERIFY(search.matches().empty());
    }

    void findMovesTheCursor() {
        MainWindow window(options(QStringLiteral(MS_TEST_DATA "/mamba-tiny")));
        window.show();
        QVERIFY(QTest::qWaitFor([&] { return window.engine().feed().tokens().size() >= 28; }, kPatience));
        action(window, "find")->trigger();
        auto* edit = window.findChild<QLineEdit*>(QStringLiteral("findText"));
        QVERIFY(edit->isVisible());
        QTest::keyClicks(edit, QStringLiteral("#17"));
        QCOMPARE(window.selection().token(), 17);
        QCOMPARE(window.findChild<QLabel*>(QStringLiteral("findCount"))->text(), QStringLiteral("1 of 1"));
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(!edit->isVisible());
        window.selection().setToken(3);
        action(window, "findNext")->trigger();  // the text stays when the bar is closed
        QCOMPARE(window.selection().token(), 17);
        action(window, "find")->trigger();
        QCOMPARE(window.findChild<QLabel*>(QStringLiteral("findCount"))->text(), QStringLiteral("1 of 1"));
        QTest::keyClick(edit, Qt::Key_Escape);
        edit->clear();
        action(window, "findNext")->trigger();
        QVERIFY(edit->isVisible());  // asks what to find
    }

    void preferencesTakeEffectAndStay() {
        PreferencesDialog dialog({}, {}, {standardShortcut, setShortcut});
        int appearance = -1;
        connect(&dialog, &PreferencesDialog::appearanceChosen, this, [&](int chosen) { appearance = chosen; });
        auto* combo = dialog.findChild<QComboBox*>(QStringLiteral("preferenceAppearance"));
        combo->setFocus();
        QTest::keyClick(combo, Qt::Key_Down);
        Q_EMIT combo->activated(combo->currentIndex());
        QCOMPARE(appearance, 1);
        dialog.findChild<QCheckBox*>(QStringLiteral("preferenceAutorun"))->setChecked(false);
        QCOMPARE(Preferences::load().appearance, 1);
        QVERIFY(!Preferences::load().autorun);
    }

    void tourHasFiveStepsAndComesOnce() {
        WindowOptions first = options();
        first.firstRunTour = true;
        {
            MainWindow window(first);
            window.show();
            QTRY_VERIFY_WITH_TIMEOUT(window.findChild<Tour*>() != nullptr, kPatience);
            auto* tour = window.findChild<Tour*>();
            for (int step = 0; step < 5; ++step) {
                QCOMPARE(tour->step(), step);
                QVERIFY(window.rect().contains(tour->geometry()));
                QVERIFY(tour->height() >= tour->layout()->totalHeightForWidth(tour->width()));
                QTest::mouseClick(tour->findChild<QPushButton*>(QStringLiteral("tourNext")), Qt::LeftButton);
            }
            QTRY_VERIFY(window.findChild<Tour*>() == nullptr);
        }
        MainWindow window(first);
        window.show();
        QTest::qWait(600);
        QVERIFY(window.findChild<Tour*>() == nullptr);
        action(window, "tour")->trigger();
        QVERIFY(window.findChild<Tour*>() != nullptr);
    }

    void guideIsThereSearchesAndFollowsLinks() {
        MainWindow window(options());
        window.show();
        action(window, "guide")->trigger();
        auto* guide = window.findChild<GuideDialog*>();
        QVERIFY(guide != nullptr && guide->text().contains(QStringLiteral("Run a prompt")));
        auto* contents = guide->findChild<QListWidget*>(QStringLiteral("guideContents"));
        for (int row = 0; row < contents->count(); ++row) {
            contents->setCurrentRow(row);
            QVERIFY2(guide->text().size() > 200, qPrintable(contents->item(row)->text()));
        }
        QTest::keyClicks(guide->findChild<QLineEdit*>(QStringLiteral("guideSearch")), QStringLiteral("Run a prompt"));
        QVERIFY(!contents->item(0)->isHidden());
    }

    void interventionsAreUndone() {
        MainWindow window(options(QStringLiteral(MS_TEST_DATA "/mamba-tiny")));
        window.show();
        QVERIFY(QTest::qWaitFor([&] { return window.engine().feed().tokens().size() >= 28; }, kPatience));
        window.selection().setLayer(1);
        window.findChild<QAction*>(QStringLiteral("action_interventionAdd_0"))->trigger();
        auto* table = window.findChild<QTableView*>(QStringLiteral("interventionTable"));
        QCOMPARE(table->model()->rowCount(), 1);
        QCOMPARE(table->model()->index(0, 2).data().toString(), QStringLiteral("1"));
        QVERIFY(table->model()->setData(table->model()->index(0, 4), QStringLiteral("× 0.25")));
        QCOMPARE(table->model()->index(0, 4).data().toString(), QStringLiteral("× 0.25"));
        QVERIFY(!table->model()->setData(table->model()->index(0, 2), QStringLiteral("77")));
        QVERIFY2(window.messages().text().contains(QStringLiteral("77")), qPrintable(window.messages().text()));
        action(window, "undo")->trigger();
        QCOMPARE(table->model()->index(0, 4).data().toString(), QStringLiteral("× 0.5"));
        action(window, "undo")->trigger();
        QCOMPARE(table->model()->rowCount(), 0);
        action(window, "redo")->trigger();
        QCOMPARE(table->model()->rowCount(), 1);
        QTRY_VERIFY_WITH_TIMEOUT(window.engine().feed().tokens().size() > 10 &&
                                     std::isfinite(window.engine().feed().tokens().row(10).baselineSurprisalBits), kPatience);
    }

    void indicesAreReadAndWritten() {
        QCOMPARE(parseIndices(QStringLiteral("0-3, 7,2"), 8), std::optional(std::vector<qint64>{0, 1, 2, 3, 7}));
        QCOMPARE(parseIndices(QStringLiteral(" all "), 8), std::optional(std::vector<qint64>{}));
        for (const char* wrong : {"8", "-1", "3-1", "a", "1-2-3", "1,,2"}) QVERIFY2(!parseIndices(QLatin1String(wrong), 8), wrong);
        QCOMPARE(indicesText({0, 1, 2, 5, 7, 8}), QStringLiteral("0-2, 5, 7-8"));
        QCOMPARE(indicesText({}), QStringLiteral("all"));
    }

private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(TestHabits)
#include "tst_habits.moc"
