// Exports from the window: the dialog, its formats, all views at once, the clipboard, and the way back from a dropped figure.
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <algorithm>

#include "export_support.h"
#include "ui/dialogs/export_dialog.h"
#include "ui/dialogs/export_form.h"
#include "ui/dialogs/figure_preview.h"
#include "ui/export/figure_writer.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/views/heatmap/heatmap_view.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/export_controls.h"

using namespace ms;
using namespace ms::test;

namespace {

/// Has more numbers than anybody wants as text.
class EndlessView final : public ScopeView {
public:
    explicit EndlessView(const ViewContext& context) : ScopeView(QStringLiteral("endless"), context) { setTitle(QStringLiteral("Endless"), {}); }
    void dataChanged(qint64, qint64) override {}
    [[nodiscard]] NumberSource numbers(TokenRange) const override {
        NumberArray array{"endless", "endless"};
        array.axes = {{"token", 200'000'000}};
        array.read = [](std::int64_t, std::int64_t, std::span<std::byte> out) -> Result<void> {
            std::fill(out.begin(), out.end(), std::byte(0x3e));
            return {};
        };
        return {{array}};
    }
};

}  // namespace

class TestExportWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_folder);
        m_window = openTextWindow();
        QVERIFY(m_window);
        m_window->views().show(QStringLiteral("dt"));
        QVERIFY(QTest::qWaitFor([&] { return m_window->views().view(QStringLiteral("dt"))->isActive(); }, kPatience));
    }
    void cleanupTestCase() { m_window.reset(); }

    void theDialogShowsAndWritesTheViewInUse() {
        ExportDialog* dialog = openDialog();
        QCOMPARE(dialog->chosenViews(), QStringList{QStringLiteral("dt")});
        auto* preview = dialog->findChild<FigurePreview*>();
        QVERIFY(QTest::qWaitFor([&] { return preview->page() != nullptr && !preview->pixmap().isNull(); }, kPatience));
        // Another format changes the ending of the name.
        auto* path = dialog->findChild<QLineEdit*>(QStringLiteral("export_path"));
        QVERIFY(path->text().endsWith(QStringLiteral("mamba-tiny-dt.png")));
        dialog->form()->setFormat(ExportFormat::Svg);
        QVERIFY(path->text().endsWith(QStringLiteral("mamba-tiny-dt.svg")));
        const QString file = m_folder.filePath(QStringLiteral("ein Bild \u00e4\u4e2d.svg"));
        path->setText(file);
        QSignalSpy written(dialog, &ExportDialog::written);
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("export_write")), Qt::LeftButton);
        QVERIFY(QTest::qWaitFor([&] { return !written.isEmpty(); }, kPatience));
        QVERIFY(QFileInfo(file).size() > 1000);
        QVERIFY(m_window->messages().text().contains(file));
        // What was chosen comes back.
        ExportDialog* again = openDialog();
        QVERIFY(again->form()->format() == ExportFormat::Svg);
        again->reject();
    }

    void numbersAreTheCapturedOnesToTheBit() {
        ExportDialog* dialog = openDialog();
        dialog->form()->setFormat(ExportFormat::Csv);
        const QString file = m_folder.filePath(QStringLiteral("numbers.csv"));
        dialog->findChild<QLineEdit*>(QStringLiteral("export_path"))->setText(file);
        QSignalSpy written(dialog, &ExportDialog::written);
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("export_write")), Qt::LeftButton);
        QVERIFY(QTest::qWaitFor([&] { return !written.isEmpty(); }, kPatience));
        QFile csv(file);
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QStringList columns;
        int lines = 0;
        const SeriesSource& source = static_cast<HeatmapView*>(m_window->views().view(QStringLiteral("dt")))->canvas()->source();
        while (!csv.atEnd()) {
            const QString line = QString::fromUtf8(csv.readLine()).trimmed();
            if (line.startsWith(QLatin1Char('#'))) continue;
            const QStringList fields = line.split(QLatin1Char(','));
            if (columns.isEmpty()) {
                columns = fields;
                continue;
            }
            ++lines;
            const qint64 token = fields[columns.indexOf(QStringLiteral("token"))].toLongLong(), layer = fields[columns.indexOf(QStringLiteral("layer"))].toLongLong();
            QCOMPARE(fields.last().toFloat(), source.at(token, layer));  // the shortest text that reads back as the same number
        }
        QCOMPARE(lines, 60 * static_cast<int>(source.rows()));
    }

    void aFolderThatCannotBeWrittenIsSaidInTheDialog() {
        ExportDialog* dialog = openDialog();
        dialog->form()->setFormat(ExportFormat::Png);
        const QString file = m_folder.filePath(QStringLiteral("nowhere/at/all.png"));
        dialog->findChild<QLineEdit*>(QStringLiteral("export_path"))->setText(file);
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("export_write")), Qt::LeftButton);
        auto* note = dialog->findChild<QLabel*>(QStringLiteral("export_note"));
        QVERIFY(QTest::qWaitFor([&] { return note->text().contains(QStringLiteral("all.png")); }, kPatience));
        QVERIFY(dialog->isVisible() && dialog->findChild<QPushButton*>(QStringLiteral("export_write"))->isEnabled());
        dialog->reject();
        QSettings().remove(QStringLiteral("export/folder"));
    }

    void aHugeTableIsWarnedOf() {
        ExportChoices choices;
        choices.views = {{QStringLiteral("endless"), QStringLiteral("Endless")}};
        choices.settings = [](const QString&) { return ViewSettings(); };
        choices.source = [this] {
            FigureSource source = sourceOf(*m_window);
            source.create = [](const QString&, const ViewContext& context) -> ScopeView* { return new EndlessView(context); };
            return source;
        };
        auto* dialog = new ExportDialog(choices, QStringLiteral("endless"));
        dialog->show();
        dialog->form()->setFormat(ExportFormat::Csv);
        auto* note = dialog->findChild<QLabel*>(QStringLiteral("export_note"));
        QVERIFY2(QTest::qWaitFor([&] { return note->text().contains(QStringLiteral("few programs open that")); }, kPatience), qPrintable(note->text()));
        QVERIFY2(note->text().contains(QStringLiteral("GB as CSV")), qPrintable(note->text()));
        QVERIFY(dialog->findChild<QPushButton*>(QStringLiteral("export_write"))->isEnabled());  // a warning, no refusal
        dialog->form()->setFormat(ExportFormat::Npz);
        QVERIFY2(QTest::qWaitFor([&] { return note->text().startsWith(QStringLiteral("About ")) && !note->text().contains(QStringLiteral("CSV")); }, kPatience), qPrintable(note->text()));
        dialog->reject();
    }

    void severalViewsBecomePanels() {
        ExportDialog* dialog = openDialog();
        auto* views = dialog->findChild<QListWidget*>(QStringLiteral("export_views"));
        for (int i = 0; i < views->count(); ++i)
            if (views->item(i)->data(Qt::UserRole) == QStringLiteral("state_norm")) views->item(i)->setCheckState(Qt::Checked);
        QCOMPARE(dialog->chosenViews().size(), 2);
        auto* preview = dialog->findChild<FigurePreview*>();
        QVERIFY(QTest::qWaitFor([&] { return preview->page() != nullptr && preview->page()->panels().size() == 2; }, kPatience));
        if (qEnvironmentVariableIsSet("MS_SHOTS")) {
            QTest::qWait(300);
            dialog->grab().save(qEnvironmentVariable("MS_SHOTS") + QStringLiteral("/dialog.png"));
        }
        dialog->reject();
    }

    void everyControlHasANameForScreenReaders() {
        ExportDialog* dialog = openDialog();
        for (const QWidget* widget : dialog->findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith(QLatin1String("qt_")) || widget->focusProxy() != nullptr) continue;
            if (widget->inherits("QLineEdit") && widget->parentWidget()->inherits("QAbstractSpinBox")) continue;
            if (widget->inherits("QComboBoxPrivateContainer") || widget->inherits("QComboBoxListView")) continue;
            QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(QStringLiteral("%1 \"%2\"").arg(QLatin1String(widget->metaObject()->className()), widget->objectName())));
        }
        dialog->reject();
    }

    void theClipboardGetsPixelsAndVectors() {
        QGuiApplication::clipboard()->setText(QStringLiteral("before"));
        m_window->findChild<QAction*>(QStringLiteral("action_copyView"))->trigger();
        QVERIFY(QTest::qWaitFor([] { return QGuiApplication::clipboard()->mimeData()->hasImage(); }, kPatience));
        QVERIFY(QGuiApplication::clipboard()->mimeData()->data(QStringLiteral("image/svg+xml")).contains("<svg"));
        QVERIFY(!QGuiApplication::clipboard()->image().isNull());
    }

    void allViewsGoIntoAFolder() {
        const QDir folder(m_folder.filePath(QStringLiteral("all")));
        QVERIFY(QDir().mkpath(folder.path()));
        QSettings().setValue(QStringLiteral("export/format"), QStringLiteral("pdf"));
        m_window->exports().exportAll(folder.path());
        int views = 0;
        for (const ViewEntry& entry : viewRegistry()) views += entry.ofSpeech ? 0 : 1;
        QVERIFY(QTest::qWaitFor([&] { return m_window->messages().text().contains(folder.path()); }, kPatience));
        QCOMPARE(folder.entryList({QStringLiteral("*.pdf")}).size(), views);
    }

    void aDroppedFigureBringsItsViewBack() {
        auto* view = static_cast<HeatmapView*>(m_window->views().view(QStringLiteral("dt")));
        HeatmapSettings settings = view->settings();
        settings.colourMap = ColourMapId::Inferno;
        settings.scale = ScaleKind::Log;
        view->setSettings(settings);
        view->showLayer(LayerIndex(2));
        m_window->selection().setToken(17);
        const QString file = m_folder.filePath(QStringLiteral("back.png"));
        ExportJob job(m_window->exports().source(), {{view->id(), ViewSettings(*view, m_window->selection())}});
        job.write({}, ExportFormat::Png, file);
        QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));

        // Another text is read, the view is set otherwise.
        view->setSettings({});
        view->showLayer(std::nullopt);
        m_window->selection().setToken(3);
        RunRequest other;
        other.ids = {5, 4, 3, 2, 1};
        other.onlyRead = true;
        m_window->engine().run(other);
        QVERIFY(QTest::qWaitFor([&] { return m_window->engine().feed().tokens().size() == 5; }, kPatience));

        m_window->open(file);
        auto* button = m_window->findChild<QToolButton*>(QStringLiteral("messageAction"));
        QVERIFY2(button != nullptr, qPrintable(m_window->messages().text()));
        QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY(QTest::qWaitFor([&] { return m_window->engine().feed().tokens().size() == 60 && view->layer() == LayerIndex(2); }, kPatience));
        QVERIFY(view->settings() == settings);
        QCOMPARE(m_window->selection().token(), 17);
        QCOMPARE(m_window->engine().feed().tokens().row(0).id, TokenId(1));
    }

    void interventionsOfADroppedFigureCanBeApplied() {
        ScopeView* view = m_window->views().view(QStringLiteral("dt"));
        InterventionValue change;
        change.kind = InterventionValue::Kind::ClampDt;
        change.layers = {0, 2};
        change.low = 0.01f;
        FigureSource source = m_window->exports().source();
        source.interventions = {change};
        const QString file = m_folder.filePath(QStringLiteral("changed.svg"));
        ExportJob job(source, {{view->id(), ViewSettings(*view, m_window->selection())}});
        job.write({}, ExportFormat::Svg, file);
        QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));

        QSignalSpy applied(&m_window->engine(), &EngineHost::interventionsApplied);
        const auto click = [&] {
            for (auto* button : m_window->findChildren<QToolButton*>(QStringLiteral("messageAction")))
                if (button->isVisible()) return QTest::mouseClick(button, Qt::LeftButton);
            QFAIL("nothing is offered");
        };
        m_window->open(file);
        click();
        QVERIFY2(QTest::qWaitFor([&] { return m_window->messages().text().contains(QStringLiteral("0.01")); }, kPatience), qPrintable(m_window->messages().text()));
        QVERIFY(applied.isEmpty());  // not without being asked
        click();
        QVERIFY(QTest::qWaitFor([&] { return applied.size() == 1; }, kPatience));
        QCOMPARE(applied.first().first().value<InterventionList>(), InterventionList{change});
        m_window->findChild<QAction*>(QStringLiteral("action_undo"))->trigger();
        QVERIFY(QTest::qWaitFor([&] { return applied.size() == 2; }, kPatience));
        QVERIFY(applied.last().first().value<InterventionList>().empty());
    }

    void aPictureOfSomethingElseIsSaidToBeOne() {
        const QString file = m_folder.filePath(QStringLiteral("other.png"));
        QImage(20, 20, QImage::Format_RGB32).save(file);
        m_window->open(file);
        QVERIFY2(m_window->messages().text().contains(QStringLiteral("other.png")), qPrintable(m_window->messages().text()));
        QVERIFY(m_window->engine().model());
    }

private:
    ExportDialog* openDialog() {
        m_window->findChild<QAction*>(QStringLiteral("action_exportView"))->trigger();
        auto* dialog = m_window->findChild<ExportDialog*>();
        [&] { QVERIFY(dialog != nullptr); }();
        return dialog;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestExportWindow)
#include "tst_export_window.moc"
