// Save, close, open in the window: every view shows the same pixels; title, menu, questions and damage are said without getting in
// the way.
#include <QAction>
#include <QApplication>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "own_settings.h"
#include "ui/export/view_settings.h"
#include "ui/models/intervention_model.h"
#include "ui/views/prompt_panel/prompt_panel.h"
#include "ui/views/prompt_panel/sampling_form.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/main_window.h"
#include "ui/window/recent_files.h"
#include "ui/window/session_files.h"
#include "ui/window/view_host.h"
#include "ui/window/view_registry.h"

using namespace ms;
using namespace ms::test;

namespace {


using Pictures = std::map<QString, QImage>;

WindowOptions textOptions() {
    WindowOptions options;
    options.model = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
    for (int i = 1; i <= 40; ++i) options.prompt += QStringLiteral("%1 ").arg(i);
    options.maxNew = 30;
    options.engine.device = QStringLiteral("host");
    return options;
}

bool rests(MainWindow& window) {
    return QTest::qWaitFor([&] {
        const EngineState state = window.engine().state();
        return (state == EngineState::Idle || state == EngineState::Paused) && !window.engine().progress().active;
    }, kPatience);
}

std::unique_ptr<MainWindow> shown(const WindowOptions& options) {
    auto window = std::make_unique<MainWindow>(options);
    window->resize(1200, 760);
    window->show();
    return window;
}

/// The views that are seen, when nothing changes any more.
Pictures picturesOf(MainWindow& window) {
    Pictures pictures;
    if (!rests(window)) return {};
    for (int still = 0, looks = 0; still < 4 && looks < 100; ++looks) {
        QTest::qWait(150);
        if (QWidget* focused = window.focusWidget()) focused->clearFocus();  // its frame says where the keys go, not what was saved
        Pictures now;
        for (const ScopeView* view : window.views().views()) {
            QWidget* dock = window.views().dock(view->id());
            if (view->isActive() && view->isVisible()) now[view->id()] = dock->grab().toImage().convertToFormat(QImage::Format_RGB32);
        }
        still = now == pictures && rests(window) ? still + 1 : 0;
        pictures = std::move(now);
    }
    return pictures;
}

/// Saves the session as each arrangement shows it.
std::map<QString, Pictures> savedIn(MainWindow& window, const QStringList& arrangements, const QTemporaryDir& folder) {
    std::map<QString, Pictures> all;
    for (const QString& id : arrangements) {
        for (QAction* each : window.findChildren<QAction*>())
            if (each->objectName() == QStringLiteral("action_layout_") + id) each->trigger();
        window.messages().dismiss();  // "Saved as …" takes a line from the views
        all[id] = picturesOf(window);
        window.files().saveAs(folder.filePath(id + QStringLiteral(" é.mscope")));
        if (!QTest::qWaitFor([&] { return window.files().path().contains(id); }, kPatience)) return {};
    }
    return all;
}

/// A model of its own for a test that moves it. The folder must be there.
bool copyModel(const QString& folder) {
    const QDir from(QStringLiteral(MS_TEST_DATA "/mamba-tiny"));
    const QStringList names = from.entryList(QDir::Files);
    return std::all_of(names.begin(), names.end(), [&](const QString& name) { return QFile::copy(from.filePath(name), QDir(folder).filePath(name)); });
}

/// A view in a window of its own, whose size does not depend on what the panels say; when it does not change any more.
QImage alone(MainWindow& window, const QString& id) {
    QDockWidget* dock = window.views().dock(id);
    window.views().show(id);
    dock->setFloating(true);
    dock->resize(640, 300);
    dock->show();
    if (!QTest::qWaitFor([&] { return window.views().view(id)->isActive(); }, 5000)) return {};
    QImage picture;
    for (int still = 0, looks = 0; still < 4 && looks < 100; ++looks) {
        QTest::qWait(100);
        for (QWidget* part : dock->findChildren<QWidget*>()) part->clearFocus();
        const QImage now = window.views().view(id)->grab().toImage().convertToFormat(QImage::Format_RGB32);
        still = now == picture ? still + 1 : 0;
        picture = now;
    }
    return picture;
}

void compare(const QString& name, const Pictures& after, const Pictures& before) {
    QVERIFY(!before.empty());
    const auto names = [](const Pictures& pictures) {
        QStringList all;
        for (const auto& [id, image] : pictures) all << id;
        return all;
    };
    QCOMPARE(names(after), names(before));
    QStringList different;
    for (const auto& [id, image] : before) {
        if (after.at(id) == image) continue;
        different << id;
        image.save(QDir::temp().filePath(QStringLiteral("%1_%2_before.png").arg(name, id)));
        after.at(id).save(QDir::temp().filePath(QStringLiteral("%1_%2_after.png").arg(name, id)));
    }
    QVERIFY2(different.isEmpty(), qPrintable(name + QStringLiteral(": ") + different.join(QLatin1Char(' '))));
}

QAction* action(MainWindow& window, const char* name) { return window.findChild<QAction*>(QStringLiteral("action_") + QLatin1String(name)); }

}  // namespace

class TestSessionFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_settings);
    }
    void init() { QSettings().clear(); }

    void aTextSessionLooksTheSame() {
        std::map<QString, Pictures> before;
        const QStringList arrangements{QStringLiteral("live"), QStringLiteral("layer"), QStringLiteral("memory"), QStringLiteral("predictions"), QStringLiteral("weights")};
        {
            const auto window = shown(textOptions());
            QTRY_COMPARE_WITH_TIMEOUT(window->engine().feed().tokens().size(), 70, kPatience);
            QSignalSpy applied(&window->engine(), &EngineHost::interventionsApplied), kept(&window->engine(), &EngineHost::snapshotsChanged);
            InterventionValue change;
            change.layers = {1};
            change.factor = 0.4f;
            interventions(*window)->add(change);
            QTRY_COMPARE_WITH_TIMEOUT(applied.count(), 1, kPatience);
            QVERIFY(rests(*window));
            window->engine().takeSnapshot(QStringLiteral("kept"), 20);
            QTRY_COMPARE_WITH_TIMEOUT(kept.count(), 1, kPatience);
            window->selection().setLayer(1);
            window->selection().setChannel(3);
            window->selection().setToken(45);
            window->selection().setRange({10, 30});
            window->selection().setTensor(window->engine().model()->tensors.back().name);
            // Not what a view begins with.
            ScopeView* heatmap = window->views().view(QStringLiteral("state_norm"));
            ViewSettings settings(*heatmap, window->selection());
            settings.set(QStringLiteral("colourMap"), QStringLiteral("cividis"));
            settings.applyTo(*heatmap);
            QVERIFY(window->files().isModified());
            before = savedIn(*window, arrangements, m_folder);
            QVERIFY(!window->files().isModified() && !window->isWindowModified());
            QVERIFY(window->windowTitle().startsWith(QStringLiteral("weights é.mscope")));
        }
        QCOMPARE(before.size(), 5u);
        QSet<QString> seen;
        for (const QString& id : arrangements) {
            QSettings().clear();
            const QString file = m_folder.filePath(id + QStringLiteral(" é.mscope"));
            const auto window = opened(file);
            QVERIFY(window);
            QVERIFY2(!window->messages().isShowing(), qPrintable(window->messages().text()));
            compare(id, picturesOf(*window), before[id]);
            for (const auto& [view, image] : before[id]) seen.insert(view);
            QCOMPARE(window->engine().feed().tokens().size(), 70);
            QCOMPARE(window->selection().token(), 45);
            QCOMPARE(window->selection().range(), (TokenRange{10, 30}));
            QVERIFY(window->promptPanel().prompt().startsWith(QStringLiteral("1 2 3 ")));
            QCOMPARE(window->promptPanel().sampling()->maxNew(), 30);
            QCOMPARE(interventions(*window)->list().size(), 1u);
            QVERIFY(!window->files().isModified());
            QVERIFY(window->findChild<RecentFiles*>()->paths().contains(file));
            if (id != arrangements.first()) continue;
            // It goes on from there: the mark comes back.
            RunRequest more = window->promptPanel().request();
            more.stopAtEnd = false;
            window->engine().resume(more);
            QTRY_COMPARE_WITH_TIMEOUT(window->engine().feed().tokens().size(), 100, kPatience);
            QVERIFY(window->files().isModified() && window->isWindowModified());
        }
        for (const ViewEntry& entry : viewRegistry()) QVERIFY2(seen.contains(entry.id) || entry.ofSpeech, qPrintable(entry.id));
    }

    void aSessionOfSpeechLooksTheSame() {
        std::map<QString, Pictures> before;
        const QStringList arrangements{QStringLiteral("speech"), QStringLiteral("layer"), QStringLiteral("memory")};
        {
            WindowOptions options;
            options.sound = QStringLiteral(MS_TEST_DATA "/audio/speech.flac");
            options.speechModel = QStringLiteral(MS_RESOURCES "/models/speech");
            options.engine.device = QStringLiteral("host");
            const auto window = shown(options);
            QTRY_VERIFY_WITH_TIMEOUT(!window->engine().speech().words().empty() && window->engine().state() == EngineState::Idle, kPatience);
            window->engine().speech().replaceWord(2, QStringLiteral("EN"));
            window->selection().setToken(30);
            window->selection().setLayer(1);
            before = savedIn(*window, arrangements, m_folder);
        }
        QCOMPARE(before.size(), 3u);
        for (const QString& id : arrangements) {
            QSettings().clear();
            const auto window = opened(m_folder.filePath(id + QStringLiteral(" é.mscope")));
            QVERIFY(window);
            QVERIFY2(!window->messages().isShowing(), qPrintable(window->messages().text()));
            QCOMPARE(window->engine().speech().words()[2].text, QStringLiteral("EN"));
            compare(QStringLiteral("heard-") + id, picturesOf(*window), before[id]);
            QVERIFY(!window->files().isModified());
        }
    }

    void damageIsSaidAndTheRestOpens() {
        const QString file = saved(QStringLiteral("damaged.mscope"));
        QFile bytes(file);
        QVERIFY(bytes.open(QIODevice::ReadWrite));
        const qsizetype at = bytes.readAll().indexOf("captures/layer.0.dt.mean.npy") + 200;
        QVERIFY(bytes.seek(at) && bytes.write("\xff\xff\xff\xff") == 4);
        bytes.close();
        WindowOptions options;
        options.engine.device = QStringLiteral("host");
        const auto window = shown(options);
        drop(*window, file);
        QTRY_COMPARE_WITH_TIMEOUT(window->engine().feed().tokens().size(), 70, kPatience);
        QTRY_VERIFY(window->messages().text().contains(QStringLiteral("captured series are damaged")));
        QVERIFY(window->files().isModified());
    }

    void aModelThatIsGoneIsAskedFor() {
        const QString model = m_folder.filePath(QStringLiteral("tiny")), moved = m_folder.filePath(QStringLiteral("moved/tiny"));
        QVERIFY(QDir().mkpath(model) && QDir().mkpath(m_folder.filePath(QStringLiteral("moved"))));
        QVERIFY(copyModel(model));
        QString file;
        {
            WindowOptions options = textOptions();
            options.model = model;
            file = saved(QStringLiteral("asks.mscope"), options);
        }
        QVERIFY(QDir().rename(model, moved));
        QSettings().clear();
        WindowOptions options;
        options.session = file;
        options.engine.device = QStringLiteral("host");
        const auto window = shown(options);
        QTRY_VERIFY_WITH_TIMEOUT(window->messages().isAsking(), kPatience);
        QVERIFY(window->messages().text().contains(QStringLiteral("tiny")));
        QVERIFY(window->findChild<QToolButton*>(QStringLiteral("openWithFound")) == nullptr);  // nothing was found
        QVERIFY(window->findChild<QToolButton*>(QStringLiteral("chooseModelFolder"))->isVisible());
        QVERIFY(window->findChild<QToolButton*>(QStringLiteral("chooseModelFile"))->isVisible());
        // Other messages do not take the question away.
        window->messages().show(MessageBar::Kind::Error, QStringLiteral("something else"));
        QVERIFY(window->messages().isAsking());
        window->messages().dismiss();
        QVERIFY(window->messages().isShowing() && window->messages().text().contains(QStringLiteral("tiny")));
        window->messages().dismiss();
        QVERIFY(!window->messages().isAsking() && !window->messages().isShowing());
    }

    /// What was captured looks the same without the model; what needs it says why it cannot be done; it can be found again.
    void aSessionIsShownWithoutItsModel() {
        const QString model = m_folder.filePath(QStringLiteral("gone/tiny")), moved = m_folder.filePath(QStringLiteral("away/tiny"));
        QVERIFY(QDir().mkpath(model) && QDir().mkpath(m_folder.filePath(QStringLiteral("away"))));
        QVERIFY(copyModel(model));
        const QString file = m_folder.filePath(QStringLiteral("alone é.mscope"));
        const QStringList captured{QStringLiteral("dt"), QStringLiteral("state_norm"), QStringLiteral("traces")};
        Pictures before;
        {
            WindowOptions options = textOptions();
            options.model = model;
            const auto window = shown(options);
            QTRY_COMPARE_WITH_TIMEOUT(window->engine().feed().tokens().size(), 70, kPatience);
            window->selection().setToken(45);
            window->selection().setLayer(0);
            for (const QString& id : captured) window->views().show(id);
            const SeriesKey single{ProbePoint::Dt, LayerIndex(0), Reduction::None};  // of the traces, filled in afterwards
            QTRY_VERIFY_WITH_TIMEOUT(window->engine().feed().store()->find(single).has_value(), kPatience);
            QTRY_VERIFY_WITH_TIMEOUT(window->engine().feed().store()->find(single)->end.value == 70 && rests(*window), kPatience);
            for (const QString& id : captured) before[id] = alone(*window, id);
            QVERIFY(rests(*window));
            window->files().saveAs(file);
            QTRY_COMPARE_WITH_TIMEOUT(window->files().path(), file, kPatience);
        }
        QVERIFY(QDir().rename(model, moved));
        QSettings().clear();
        WindowOptions options;
        options.session = file;
        options.engine.device = QStringLiteral("host");
        const auto window = shown(options);
        QTRY_VERIFY_WITH_TIMEOUT(window->messages().isAsking(), kPatience);
        auto* show = window->findChild<QToolButton*>(QStringLiteral("showWithoutModel"));
        QVERIFY(show != nullptr);
        show->click();
        QTRY_COMPARE_WITH_TIMEOUT(window->files().path(), file, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(window->engine().state(), EngineState::NoModel, kPatience);
        QCOMPARE(window->engine().feed().tokens().size(), 70);
        QVERIFY2(window->windowTitle().contains(QStringLiteral("without model")), qPrintable(window->windowTitle()));
        QCOMPARE(window->findChild<QLabel*>(QStringLiteral("statusState"))->text(), QStringLiteral("Without model"));
        QVERIFY(window->findChild<QLabel*>(QStringLiteral("modelProblems"))->text().contains(QStringLiteral("weights are not open")));
        for (const char* name : {"run", "step", "saveSession", "saveSessionAs"}) {
            QVERIFY2(action(*window, name) != nullptr && !action(*window, name)->isEnabled(), name);
            QVERIFY2(action(*window, name)->toolTip().contains(QStringLiteral("without its model")), name);
        }
        QVERIFY(!window->findChild<QWidget*>(QStringLiteral("promptEdit"))->isEnabled());
        QVERIFY(!window->files().isModified());
        window->messages().dismiss();
        Pictures after;
        for (const QString& id : captured) after[id] = alone(*window, id);
        compare(QStringLiteral("shown"), after, before);
        // Every view can be seen, asked and selected in; none needs what is not there to stay alive.
        for (const ViewEntry& entry : viewRegistry()) {
            if (entry.ofSpeech) continue;
            window->selection().setLayer(1);
            window->selection().setToken(20);
            QVERIFY2(!alone(*window, entry.id).isNull(), qPrintable(entry.id));
        }
        // Where the model is found again, the session is opened with it.
        QVERIFY(action(*window, "findSessionModel")->isVisible());
        SessionOpen again;
        again.path = file;
        again.model = moved;
        window->engine().openSession(again);
        QTRY_COMPARE_WITH_TIMEOUT(window->engine().state(), EngineState::Idle, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(action(*window, "run")->isEnabled(), kPatience);
        QVERIFY(!action(*window, "run")->toolTip().contains(QStringLiteral("without its model")));
        QVERIFY(!action(*window, "findSessionModel")->isVisible());
        QCOMPARE(window->engine().feed().tokens().size(), 70);
    }

    /// A file of before holds too little, and says so.
    void anOlderFileHoldsTooLittle() {
        const auto window = shown({});
        SessionOpen wish;
        wish.path = QStringLiteral(MS_TEST_DATA "/sessions/v1.mscope");
        wish.model = QStringLiteral("/nowhere/at/all");
        QSignalSpy failed(&window->engine(), &EngineHost::failed);
        wish.withoutModel = true;
        window->engine().openSession(wish);
        QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, kPatience);
        QVERIFY(failed.first().first().toString().contains(QStringLiteral("too little")));
    }

    void aReadOnlyPlaceIsOneLine() {
        const auto window = shown(textOptions());
        QTRY_COMPARE_WITH_TIMEOUT(window->engine().feed().tokens().size(), 70, kPatience);
        window->files().saveAs(QStringLiteral("/proc/x.mscope"));
        QTRY_VERIFY(window->messages().isShowing());
        QVERIFY2(window->messages().text().startsWith(QStringLiteral("/proc/x.mscope: ")), qPrintable(window->messages().text()));
        QVERIFY(window->files().path().isEmpty() && window->files().isModified());
    }

    void actionsHaveKeysAndNames() {
        const auto window = shown(textOptions());
        QTRY_VERIFY_WITH_TIMEOUT(window->engine().model() != nullptr, kPatience);
        QCOMPARE(action(*window, "saveSession")->shortcut(), QKeySequence(QStringLiteral("Ctrl+S")));
        for (const char* name : {"openSession", "saveSession", "saveSessionAs"}) QTRY_VERIFY2(action(*window, name)->isEnabled(), name);
        QVERIFY(!action(*window, "openLastSession")->isVisible());
        action(*window, "saveSession")->trigger();  // never saved: asks where
        QVERIFY(window->findChild<QWidget*>(QStringLiteral("saveSessionDialog")) != nullptr);
    }

    void nonsenseInTheWindowPartIsPassedOver() {
        // Everything is there, but what is the window's is garbage of the right and the wrong types.
        const auto window = shown(textOptions());
        QTRY_COMPARE_WITH_TIMEOUT(window->engine().feed().tokens().size(), 70, kPatience);
        const QByteArray garbage[] = {
            "{}", "[]", "nonsense", R"({"size":[-5,1e300],"docks":"AAAA////","views":{"dt":{"range":"x"},"traces":7},"axis":{"step":99999,"first":-1e300}})",
            R"({"size":["a"],"docks":12,"views":[],"axis":7,"compare":-4,"file":{}})"};
        for (const QByteArray& part : garbage) {
            const QString file = m_folder.filePath(QStringLiteral("garbage.mscope"));
            QSignalSpy written(&window->engine(), &EngineHost::sessionSaved), opened(&window->engine(), &EngineHost::sessionOpened);
            window->engine().saveSession({file, {QStringLiteral("p"), 1, {}, {}, part}, false});
            QTRY_COMPARE_WITH_TIMEOUT(written.count(), 1, kPatience);
            window->open(file);
            QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, kPatience);
            QVERIFY(rests(*window));
            QCOMPARE(window->engine().feed().tokens().size(), 70);
            QVERIFY(!window->grab().isNull());
        }
    }

private:
    static InterventionModel* interventions(MainWindow& window) {
        return qobject_cast<InterventionModel*>(window.findChild<QTableView*>(QStringLiteral("interventionTable"))->model());
    }
    static std::unique_ptr<MainWindow> opened(const QString& file) {
        WindowOptions options;
        options.session = file;
        options.engine.device = QStringLiteral("host");
        auto window = shown(options);
        return QTest::qWaitFor([&] { return window->files().path() == file; }, kPatience) && rests(*window) ? std::move(window) : nullptr;
    }
    QString saved(const QString& name, const WindowOptions& options = textOptions()) {
        const QString file = m_folder.filePath(name);
        const auto window = shown(options);
        const bool done = QTest::qWaitFor([&] { return window->engine().feed().tokens().size() == 70; }, kPatience) && rests(*window);
        window->files().saveAs(file);
        return done && QTest::qWaitFor([&] { return window->files().path() == file; }, kPatience) ? file : QString();
    }
    static void drop(MainWindow& window, const QString& file) {
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file)});
        QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent event(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &event);
    }

    QTemporaryDir m_settings, m_folder;
};

QTEST_MAIN(TestSessionFiles)
#include "tst_session_files.moc"
