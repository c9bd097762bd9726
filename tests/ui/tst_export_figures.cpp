// Every view as PNG, SVG and PDF, on small real models: the three show the same, text stays text, and each says what made it.
#include <QImageReader>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QSvgRenderer>
#include <QPainter>
#include <QRegularExpression>
#include <QXmlStreamReader>
#include <cstring>

#include "export_support.h"
#include "ui/export/export_job.h"
#include "ui/plot/heatmap_canvas.h"

using namespace ms;
using namespace ms::test;

namespace {

/// Mean difference of colour channels after shrinking: edges are smoothed differently, areas and lines stand where they stand.
double difference(const QImage& a, const QImage& b) {
    const QSize small(a.width() / 4, a.height() / 4);
    const QImage x = a.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
    const QImage y = b.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
    double sum = 0;
    for (int row = 0; row < small.height(); ++row)
        for (int column = 0; column < small.width(); ++column) {
            const QRgb p = x.pixel(column, row), q = y.pixel(column, row);
            sum += std::abs(qRed(p) - qRed(q)) + std::abs(qGreen(p) - qGreen(q)) + std::abs(qBlue(p) - qBlue(q));
        }
    return sum / (3.0 * small.width() * small.height());
}

QString textsOf(const QByteArray& svg) {
    QXmlStreamReader xml(svg);
    QStringList texts;
    while (!xml.atEnd())
        if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == QStringLiteral("text")) texts << xml.readElementText();
    return texts.join(QLatin1Char('\n'));
}

QString withoutBlanks(QString text) { return text.remove(QRegularExpression(QStringLiteral("\\s"))); }

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Null: there is no pdftotext.
QString pdfText(const QString& path) {
    const QString tool = QStandardPaths::findExecutable(QStringLiteral("pdftotext"));
    if (tool.isEmpty()) return {};
    QProcess process;
    process.start(tool, {QStringLiteral("-enc"), QStringLiteral("UTF-8"), path, QStringLiteral("-")});
    return process.waitForFinished() ? QString::fromUtf8(process.readAllStandardOutput()) : QString();
}

/// What stands at the axes of a view.
QStringList labelsOf(const QString& id) {
    static const QHash<QString, QStringList> s_labels{
        {QStringLiteral("dt"), {QStringLiteral("token"), QStringLiteral("layer"), QStringLiteral("Step size")}},
        {QStringLiteral("overview"), {QStringLiteral("token"), QStringLiteral("layer"), QStringLiteral("bits")}},
        {QStringLiteral("channel_map"), {QStringLiteral("token"), QStringLiteral("channel")}},
        {QStringLiteral("traces"), {QStringLiteral("token")}},
        {QStringLiteral("state"), {QStringLiteral("state"), QStringLiteral("channel")}},
        {QStringLiteral("time_scales"), {QStringLiteral("half-life"), QStringLiteral("1/|A|"), QStringLiteral("channel")}},
        {QStringLiteral("hidden_attention"), {QStringLiteral("query"), QStringLiteral("key")}},
        {QStringLiteral("spectrogram"), {QStringLiteral("time"), QStringLiteral("frequency / Hz")}},
        {QStringLiteral("waveform"), {QStringLiteral("time"), QStringLiteral("amplitude")}},
    };
    return s_labels.value(id);
}

/// Empty when it was written, else what went wrong.
QString exportNow(const FigureSource& source, const std::vector<FigurePanel>& panels, const FigureOptions& options, ExportFormat format, const QString& path) {
    ExportJob job(source, panels);
    QSignalSpy failed(&job, &ExportJob::failed);
    job.write(options, format, path);
    if (!QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience)) return QStringLiteral("it never ended");
    return failed.isEmpty() ? QString() : failed.first().first().toString();
}

}  // namespace

class TestExportFigures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_folder);
        m_window = openTextWindow();
        m_speech = openSpeechWindow();
        QVERIFY(m_window && m_speech);
    }
    void cleanupTestCase() {
        m_window.reset();
        m_speech.reset();
    }

    void everyViewInEveryFormat_data() {
        QTest::addColumn<QString>("id");
        for (const ViewEntry& entry : viewRegistry()) QTest::newRow(qPrintable(entry.id)) << entry.id;
    }

    void everyViewInEveryFormat() {
        QFETCH(QString, id);
        MainWindow& window = isOfSpeech(id) ? *m_speech : *m_window;
        const FigureSource source = sourceOf(window);
        const FigurePanel panel{id, ViewSettings(*window.views().view(id), window.selection())};
        FigureOptions options;
        options.size = {16, 9};
        options.dpi = 192;
        for (const ExportFormat format : {ExportFormat::Png, ExportFormat::Svg, ExportFormat::Pdf}) {
            ExportJob job(source, {panel}, nullptr);
            QSignalSpy written(&job, &ExportJob::written), failed(&job, &ExportJob::failed);
            job.write(options, format, file(id, key(format)));
            QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));
            QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed.first().first().toString()));
            QCOMPARE(written.size(), 1);
        }
        const QImage png(file(id, QStringLiteral("png")));
        QCOMPARE(png.size(), options.pixelSize());

        QFile svgFile(file(id, QStringLiteral("svg")));
        QVERIFY(svgFile.open(QIODevice::ReadOnly));
        const QByteArray svg = svgFile.readAll();
        QSvgRenderer renderer(svg);
        QVERIFY(renderer.isValid());
        QImage drawn(png.size(), QImage::Format_RGB32);
        drawn.fill(Qt::white);
        QPainter painter(&drawn);
        renderer.render(&painter);
        painter.end();
        if (qEnvironmentVariableIsSet("MS_SHOTS")) drawn.save(qEnvironmentVariable("MS_SHOTS") + QLatin1Char('/') + id + QStringLiteral("-svg.png"));
        const double apart = difference(png, drawn);
        QVERIFY2(apart < 4, qPrintable(QStringLiteral("%1 differs by %2").arg(id).arg(apart)));

        const QString title = window.views().view(id)->title(), texts = textsOf(svg);
        QVERIFY2(withoutBlanks(texts).contains(withoutBlanks(title).left(12)), qPrintable(title + QStringLiteral(" is not in: ") + texts));
        for (const QString& label : labelsOf(id)) QVERIFY2(withoutBlanks(texts).contains(withoutBlanks(label)), qPrintable(label + QStringLiteral(" is not in: ") + texts));
        const QString printed = pdfText(file(id, QStringLiteral("pdf")));
        if (printed.isNull()) QSKIP("pdftotext is not installed (Debian: poppler-utils)");
        for (const QString& label : labelsOf(id)) QVERIFY2(withoutBlanks(printed).contains(withoutBlanks(label)), qPrintable(label + QStringLiteral(" is not in: ") + printed));
        QVERIFY2(withoutBlanks(printed).contains(withoutBlanks(title).left(12)), qPrintable(title + QStringLiteral(" is not in: ") + printed));
    }

    void numbersOfEveryView_data() { everyViewInEveryFormat_data(); }
    void numbersOfEveryView() {
        QFETCH(QString, id);
        MainWindow& window = isOfSpeech(id) ? *m_speech : *m_window;
        auto page = makePage(sourceOf(window), {{id, ViewSettings(*window.views().view(id), window.selection())}});
        QSignalSpy settled(page.get(), &FigurePage::settled);
        page->layOut({});
        QVERIFY(QTest::qWaitFor([&] { return !settled.isEmpty(); }, kPatience));
        const NumberSource numbers = numbersOf(*page);
        if (id == QStringLiteral("architecture")) {
            QVERIFY(numbers.arrays.empty());
            return;
        }
        const Result<void> sound = numbers.check();
        QVERIFY2(sound.ok(), sound ? "" : sound.error().message.c_str());
        const CaptureStore& store = *window.engine().feed().store();
        int captured = 0;
        for (const NumberArray& array : numbers.arrays) {
            std::vector<std::byte> bytes(static_cast<std::size_t>(array.bytes()));
            const Result<void> read = array.read(0, array.rows(), bytes);
            QVERIFY2(read.ok(), array.name.c_str());
            for (const SeriesInfo& series : store.series()) {
                if (series.key.path() != array.name || series.width != array.rowElements()) continue;  // some views hand out a part
                std::vector<float> values(bytes.size() / sizeof(float));
                store.read(series.key, TokenPos(0), array.rows(), 0, series.width, values);
                QVERIFY2(std::memcmp(values.data(), bytes.data(), bytes.size()) == 0, array.name.c_str());
                ++captured;
            }
        }
        const QStringList heatmaps{QStringLiteral("dt"), QStringLiteral("overview"), QStringLiteral("channel_map"), QStringLiteral("spectrogram"), QStringLiteral("posteriors")};
        if (heatmaps.contains(id)) QVERIFY2(captured > 0, qPrintable(id));
    }

    void eachFileSaysWhatMadeIt() {
        const QString id = QStringLiteral("overview");
        const FigureSource source = sourceOf(*m_window);
        const ViewSettings settings(*m_window->views().view(id), m_window->selection());
        for (const ExportFormat format : {ExportFormat::Png, ExportFormat::Svg, ExportFormat::Pdf}) {
            const QString path = m_folder.filePath(QStringLiteral("made_\u00e4\u4e2d.") + key(format));
            QVERIFY(exportNow(source, {{id, settings}}, {}, format, path).isEmpty());
            if (format == ExportFormat::Pdf) {
                QFile file(path);
                QVERIFY(file.open(QIODevice::ReadOnly));
                const QByteArray bytes = file.readAll();
                QVERIFY(bytes.contains("mambascope:provenance"));
                QVERIFY(bytes.contains("/FontFile"));
                continue;
            }
            const Result<Provenance> read = provenanceOfFigure(path);
            QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
            QCOMPARE(QString::fromStdString(read->view), id);
            QCOMPARE(read->input.ids.size(), std::size_t(60));
            QCOMPARE(read->input.ids[0], TokenId(1));
            QCOMPARE(read->model.fingerprint, source.model->fingerprint.toStdString());
            QCOMPARE(read->model.hash.size(), std::size_t(64));
            QCOMPARE(read->probe, std::string("dt"));
            QCOMPARE(viewsOf(*read).size(), std::size_t(1));
            QCOMPARE(viewsOf(*read)[0].settings.toText(), settings.toText());
        }
    }

    /// The same pixels: a figure is the view itself.
    void aBareFigureIsWhatTheWindowShows_data() { everyViewInEveryFormat_data(); }
    void aBareFigureIsWhatTheWindowShows() {
        QFETCH(QString, id);
        MainWindow& window = isOfSpeech(id) ? *m_speech : *m_window;
        ScopeView* view = window.views().view(id);
        QDockWidget* dock = window.views().dock(id);
        window.views().show(id);
        dock->setFloating(true);
        const bool scrolls = id == QStringLiteral("architecture") || id == QStringLiteral("logit_lens");  // when it is small
        dock->resize(scrolls ? QSize(1400, 900) : QSize(760, 420));
        view->setControlsShown(false);
        QVERIFY(QTest::qWaitFor([&] { return view->isActive() && window.engine().state() == EngineState::Idle && !window.engine().progress().active; }, kPatience));
        QTest::qWait(100);
        for (QWidget* part : view->findChildren<QWidget*>()) part->clearFocus();
        QImage shown;
        for (int still = 0, looks = 0; still < 4 && looks < 100; ++looks) {
            QTest::qWait(120);
            const QImage now = view->grab().toImage().convertToFormat(QImage::Format_RGB32);
            still = now == shown ? still + 1 : 0;
            shown = now;
        }
        FigureOptions options = FigureOptions::bare(view->size());
        options.marks = true;
        auto page = makePage(sourceOf(window), {{id, ViewSettings(*view, window.selection())}});
        QSignalSpy settled(page.get(), &FigurePage::settled);
        page->layOut(options);
        QVERIFY(QTest::qWaitFor([&] { return !settled.isEmpty(); }, kPatience));
        const QImage figure = page->image().convertToFormat(QImage::Format_RGB32);
        QCOMPARE(figure.size(), shown.size());
        if (figure != shown && qEnvironmentVariableIsSet("MS_SHOTS")) {
            figure.save(qEnvironmentVariable("MS_SHOTS") + QStringLiteral("/bare-%1-figure.png").arg(id));
            shown.save(qEnvironmentVariable("MS_SHOTS") + QStringLiteral("/bare-%1-window.png").arg(id));
        }
        int apart = 0;
        for (int y = 0; y < figure.height(); ++y)
            for (int x = 0; x < figure.width(); ++x) apart += figure.pixel(x, y) != shown.pixel(x, y);
        QCOMPARE(apart, 0);
        view->setControlsShown(true);
        dock->close();
    }

    void cellsCanBeRectangles() {
        const FigureSource source = sourceOf(*m_window);
        const ViewSettings settings(*m_window->views().view(QStringLiteral("dt")), m_window->selection());
        FigureOptions options;
        const QString path = m_folder.filePath(QStringLiteral("cells.svg"));
        QVERIFY(exportNow(source, {{QStringLiteral("dt"), settings}}, options, ExportFormat::Svg, path).isEmpty());
        const qint64 images = contentOf(path).count("<image");
        options.cellRectangles = true;
        QVERIFY(exportNow(source, {{QStringLiteral("dt"), settings}}, options, ExportFormat::Svg, path).isEmpty());
        QCOMPARE(contentOf(path).count("<image"), images - 1);  // the colour bar's is left
        QVERIFY(contentOf(path).count("<rect") > 50);
    }

    void aRangeOfTokensFillsTheWidth() {
        const FigureSource source = sourceOf(*m_window);
        auto page = makePage(source, {{QStringLiteral("dt"), ViewSettings(*m_window->views().view(QStringLiteral("dt")), m_window->selection())}});
        FigureOptions options;
        options.tokens = FigureTokens::Range;
        options.range = {7, 31};
        QSignalSpy settled(page.get(), &FigurePage::settled);
        page->layOut(options);
        QVERIFY(QTest::qWaitFor([&] { return !settled.isEmpty(); }, kPatience));
        QCOMPARE(page->panels().front()->shownTokens().first, 7);
        QCOMPARE(page->panels().front()->shownTokens().end, 31);
        const auto* canvas = page->panels().front()->view().findChild<HeatmapCanvas*>();
        const HeatmapScene scene = const_cast<HeatmapCanvas*>(canvas)->scene();
        QCOMPARE(canvas->layoutNow().plot.width(), 24 * scene.timeScale.columnPixels);
    }

    void severalViewsShareAPage() {
        const FigureSource source = sourceOf(*m_window);
        std::vector<FigurePanel> panels;
        for (const QString& id : {QStringLiteral("dt"), QStringLiteral("state_norm"), QStringLiteral("traces"), QStringLiteral("state")})
            panels.push_back({id, ViewSettings(*m_window->views().view(id), m_window->selection())});
        FigureOptions options;
        options.size = {17, 14};
        const QString path = file(QStringLiteral("page"), QStringLiteral("svg"));
        QVERIFY(exportNow(source, panels, options, ExportFormat::Svg, path).isEmpty());
        QVERIFY(exportNow(source, panels, options, ExportFormat::Png, file(QStringLiteral("page"), QStringLiteral("png"))).isEmpty());
        const QString texts = textsOf(contentOf(path));
        for (const QString& label : {QStringLiteral("a   "), QStringLiteral("b   "), QStringLiteral("d   "), QStringLiteral("(c)")}) QVERIFY2(texts.contains(label), qPrintable(texts));
        const Result<Provenance> made = provenanceOfFigure(path);
        QVERIFY(made.ok());
        const std::vector<RecordedView> views = viewsOf(*made);
        QCOMPARE(views.size(), panels.size());
        QCOMPARE(views[2].id, QStringLiteral("traces"));
        QCOMPARE(views[2].settings.toText(), panels[2].settings.toText());
    }

    void whatCannotBeWrittenIsSaidAndLeavesNothing() {
        const FigureSource source = sourceOf(*m_window);
        const std::vector<FigurePanel> panels{{QStringLiteral("dt"), {}}};
        QVERIFY(exportNow(source, panels, {}, ExportFormat::Png, m_folder.filePath(QStringLiteral("no/such/folder.png"))).contains(QStringLiteral("folder.png")));
        QVERIFY(exportNow(source, {{QStringLiteral("nonsense"), {}}}, {}, ExportFormat::Png, m_folder.filePath(QStringLiteral("x.png"))).contains(QStringLiteral("no such view")));
        FigureOptions huge;
        huge.size = {1000, 1000};
        QVERIFY(exportNow(source, panels, huge, ExportFormat::Png, m_folder.filePath(QStringLiteral("x.png"))).contains(QStringLiteral("smaller")));
        // A file that is there already stays as it was when the export is cancelled.
        const QString kept = m_folder.filePath(QStringLiteral("kept.png"));
        QFile old(kept);
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write("old");
        old.close();
        ExportJob job(source, panels);
        QSignalSpy cancelled(&job, &ExportJob::cancelled), written(&job, &ExportJob::written);
        job.write({}, ExportFormat::Png, kept);
        QTest::qWait(10);
        job.cancel();
        QTest::qWait(500);
        QCOMPARE(cancelled.size(), 1);
        QVERIFY(written.isEmpty());
        QCOMPARE(contentOf(kept), QByteArray("old"));
        QVERIFY(!QFileInfo::exists(m_folder.filePath(QStringLiteral("x.png"))));
    }

private:
    [[nodiscard]] QString file(const QString& id, const QString& ending) const {
        const QString folder = qEnvironmentVariable("MS_SHOTS", m_folder.path());
        return folder + QLatin1Char('/') + id + QLatin1Char('.') + ending;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window, m_speech;
};

QTEST_MAIN(TestExportFigures)
#include "tst_export_figures.moc"
