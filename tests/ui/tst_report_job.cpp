// Reports of a run on a tiny model: one file that asks for nothing else, with figures, tables and what made it.
#include <QDir>
#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QSet>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QUrl>
#include <algorithm>
#include <cmath>
#include <optional>

#include "small_run.h"
#include "ui/export/report_job.h"
#include "ui/style/appearance.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr qint64 kTokens = 60;

QString textOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QStringList found(const QString& text, const QString& pattern) {
    QStringList all;
    auto matches = QRegularExpression(pattern, QRegularExpression::DotMatchesEverythingOption).globalMatch(text);
    while (matches.hasNext()) all << matches.next().captured(1);
    return all;
}

/// What a browser shows of a page, and the addresses that the page, not the browser by itself, asked for.
struct Visit {
    QImage picture;
    QStringList asked;
};

/// Nothing when there is no browser. No name is ever resolved: what is asked for is known from the browser's log of its network.
std::optional<Visit> visit(const QByteArray& html) {
    const QString browser = QStandardPaths::findExecutable(QStringLiteral("chromium"));
    if (browser.isEmpty()) return {};
    const QTemporaryDir folder;
    const QString page = folder.filePath(QStringLiteral("page.html")), log = folder.filePath(QStringLiteral("net.json")), picture = folder.filePath(QStringLiteral("page.png"));
    QFile file(page);
    if (!file.open(QIODevice::WriteOnly) || file.write(html) != html.size()) return Visit{};
    file.close();
    QProcess process;
    process.start(browser, {QStringLiteral("--headless"), QStringLiteral("--no-sandbox"), QStringLiteral("--disable-gpu"), QStringLiteral("--disable-dev-shm-usage"), QStringLiteral("--no-first-run"),
                            QStringLiteral("--disable-background-networking"), QStringLiteral("--disable-component-update"), QStringLiteral("--disable-sync"), QStringLiteral("--hide-scrollbars"),
                            QStringLiteral("--host-resolver-rules=MAP * ~NOTFOUND"), QStringLiteral("--user-data-dir=") + folder.filePath(QStringLiteral("profile")), QStringLiteral("--window-size=900,3000"),
                            QStringLiteral("--log-net-log=") + log, QStringLiteral("--screenshot=") + picture, QUrl::fromLocalFile(page).toString()});
    if (!process.waitForFinished(kPatience)) return Visit{};
    Visit visit{QImage(picture), {}};
    QFile told(log);
    if (!told.open(QIODevice::ReadOnly)) return Visit{};
    const QJsonObject events = QJsonDocument::fromJson(told.readAll()).object();
    if (events.isEmpty()) return Visit{};
    const int started = events.value(QStringLiteral("constants")).toObject().value(QStringLiteral("logEventTypes")).toObject().value(QStringLiteral("URL_REQUEST_START_JOB")).toInt(-1);
    for (const QJsonValue& event : events.value(QStringLiteral("events")).toArray()) {
        const QJsonObject params = event.toObject().value(QStringLiteral("params")).toObject();
        const bool begins = event.toObject().value(QStringLiteral("type")).toInt(-2) == started && params.contains(QStringLiteral("url"));
        if (!begins || params.value(QStringLiteral("initiator")).toString() == QStringLiteral("not an origin")) continue;
        visit.asked << params.value(QStringLiteral("url")).toString();
    }
    return visit;
}

/// Of the heatmap's and the curves' colours: neither paper nor ink.
int colouredPixels(const QImage& picture) {
    int coloured = 0;
    for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x) {
            const QRgb p = picture.pixel(x, y);
            coloured += std::max({qRed(p), qGreen(p), qBlue(p)}) - std::min({qRed(p), qGreen(p), qBlue(p)}) > 60;
        }
    return coloured;
}

ReportPlan planOf(const QString& title) {
    ReportPlan plan;
    plan.title = title;
    return plan;
}

}  // namespace

class TestReportJob : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        applyAppearance(*qApp, Appearance::Light);
        m_run = std::make_unique<SmallRun>();
        QVERIFY(m_run->read(kTokens));
        m_path = qEnvironmentVariable("MS_SHOTS", m_folder.path()) + QStringLiteral("/rep\u00f6rt.html");
        FigureSource source = m_run->source();
        source.sampling = SamplingSettings{0.5f, 40, 0.9f, 7};
        ReportJob job(source, panels({QStringLiteral("dt"), QStringLiteral("traces"), QStringLiteral("nonsense")}));
        QSignalSpy written(&job, &ReportJob::written);
        ReportPlan plan = planOf(QStringLiteral("A <b>run</b> & more"));
        plan.note = QStringLiteral("Seen <here>:\nlayer 2.");
        job.write(plan, m_path);
        QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));
        QCOMPARE(written.size(), 1);
        m_html = textOf(m_path);
    }
    void cleanupTestCase() { m_run.reset(); }

    void asksForNothing() {
        QVERIFY(m_html.startsWith(QStringLiteral("<!DOCTYPE html>")));
        for (const QString& target : found(m_html, QStringLiteral("(?:src|href)\\s*=\\s*\"([^\"]*)\"")))
            QVERIFY2(target.startsWith(QStringLiteral("data:")), qPrintable(target.left(100)));
        QVERIFY(!m_html.contains(QStringLiteral("@import")));
        for (const QString& target : found(m_html, QStringLiteral("url\\(([^)]*)\\)"))) QVERIFY2(target.startsWith(QLatin1Char('#')), qPrintable(target));
        QVERIFY(!m_html.contains(QStringLiteral("<b>run</b>")));
        QVERIFY(m_html.contains(QStringLiteral("<h1>A &lt;b&gt;run&lt;/b&gt; &amp; more</h1>")));
    }

    void aBrowserShowsTheFiguresAndAsksForNothing() {
        const QByteArray html = m_html.toUtf8();
        const auto visited = visit(html);
        if (!visited) QSKIP("chromium is not installed");
        QVERIFY2(!visited->picture.isNull(), "chromium made no picture of the report");
        if (qEnvironmentVariableIsSet("MS_SHOTS")) visited->picture.save(qEnvironmentVariable("MS_SHOTS") + QStringLiteral("/report.png"));
        QCOMPARE(visited->asked, QStringList());
        QVERIFY2(colouredPixels(visited->picture) > 20'000, qPrintable(QString::number(colouredPixels(visited->picture))));
        // What the two looks would see otherwise: a page that does ask, and one without figures.
        static const QRegularExpression figures(QStringLiteral("<figure>.*</figure>"), QRegularExpression::DotMatchesEverythingOption);
        static const QRegularExpression policy(QStringLiteral("<meta http-equiv[^>]*>"));
        const QString other = QString(m_html).remove(figures).remove(policy).replace(QStringLiteral("</main>"), QStringLiteral("<img src=\"http://report.invalid/x.png\"></main>"));
        const auto control = visit(other.toUtf8());
        QCOMPARE(control->asked, QStringList{QStringLiteral("http://report.invalid/x.png")});
        QVERIFY(colouredPixels(control->picture) < 2'000);
    }

    void holdsWhatWasChosen() {
        QVERIFY(m_html.contains(QStringLiteral("<p class=\"note\">Seen &lt;here&gt;:\nlayer 2.</p>")));
        QVERIFY(m_html.contains(QStringLiteral("temperature 0.5, top-k the 40 most probable, top-p 0.9, seed 7")));
        FigureSource source = m_run->source();
        source.sampling = SamplingSettings{};
        ReportJob job(source, {});
        ReportPlan plan = planOf(QStringLiteral("bare"));
        plan.model = plan.text = plan.sampling = false;
        const QString path = m_folder.filePath(QStringLiteral("bare.html"));
        job.write(plan, path);
        QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));
        const QString html = textOf(path);
        for (const char* left : {"<h2>Model</h2>", "<h2>Text</h2>", "Most surprising", "temperature", "<figure>"}) QVERIFY2(!html.contains(QLatin1String(left)), left);
        QVERIFY(html.contains(QStringLiteral("<h2>Settings</h2>")));
    }

    void isWellFormed() {
        const QStringList ids = found(m_html, QStringLiteral(" id=\"([^\"]*)\""));
        QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), ids.size());
        for (const QString& name : found(m_html, QStringLiteral("url\\(#([^)]*)\\)"))) QVERIFY2(ids.contains(name), qPrintable(name));
        const QString tool = QStandardPaths::findExecutable(QStringLiteral("xmllint"));
        if (tool.isEmpty()) QSKIP("xmllint is not installed");
        QProcess process;
        process.start(tool, {QStringLiteral("--html"), QStringLiteral("--noout"), m_path});
        QVERIFY(process.waitForFinished(kPatience));
        // It knows HTML 4: elements that came later are all it may complain about.
        for (const QString& line : QString::fromUtf8(process.readAllStandardError()).split(QLatin1Char('\n')))
            if (line.contains(QStringLiteral("error :"))) QVERIFY2(line.contains(QStringLiteral("invalid")) && line.contains(QStringLiteral("Tag")), qPrintable(line));
    }

    void holdsFiguresThatCanBeRead() {
        const QStringList figures = found(m_html, QStringLiteral("<figure>(.*?)</figure>"));
        QCOMPARE(figures.size(), 2);  // there is no view of the third name
        for (const QString& figure : figures) {
            QVERIFY(figure.contains(QStringLiteral("<svg role=\"img\" aria-label=\"")));
            QVERIFY(figure.contains(QStringLiteral("<text")));
            QVERIFY(figure.contains(QStringLiteral("<figcaption><b>")));
        }
        QVERIFY(figures.first().contains(QStringLiteral("data:image/png")));
        QVERIFY(m_html.contains(QStringLiteral("<html lang=\"")));
        QVERIFY(m_html.contains(QStringLiteral("prefers-color-scheme: dark")));
    }

    void tablesHoldTheValues() {
        const QStringList tables = found(m_html, QStringLiteral("<div class=\"wide\"><table>(.*?)</table>"));
        QCOMPARE(tables.size(), 2);
        const TokenLog& tokens = m_run->engine.feed().tokens();
        float most = 0;
        for (qint64 t = 1; t < tokens.size(); ++t) most = std::max(most, tokens.row(t).surprisalBits);
        const QStringList numbers = found(tables[0], QStringLiteral("<td class=\"n\">([^<]*)</td>"));
        QCOMPARE(numbers.size(), 3 * 20);
        QCOMPARE(numbers[1], QString::number(most, 'f', 2));
        for (qsizetype i = 4; i < numbers.size(); i += 3) QVERIFY(numbers[i].toDouble() <= numbers[i - 3].toDouble());
        // A row for each layer: its number, then mean and largest value of three measures.
        const qint64 layers = m_run->engine.model()->dims.n_layer;
        const QStringList cells = found(tables[1], QStringLiteral("<td class=\"n\">([^<]*)</td>"));
        QCOMPARE(cells.size(), 7 * layers);
        const SeriesSource dt = SeriesSource::layers(m_run->engine.feed().store(), ProbePoint::Dt, m_run->engine.model()->dims);
        std::vector<float> values(static_cast<std::size_t>(dt.rows()));
        double sum = 0, largest = 0;
        for (qint64 t = 0; t < kTokens; ++t) {
            dt.read(t, 1, values);
            sum += values[0];
            largest = std::max(largest, static_cast<double>(values[0]));
        }
        QVERIFY(std::abs(cells[1].toDouble() - sum / kTokens) < 1e-2 * sum / kTokens);
        QVERIFY(std::abs(cells[2].toDouble() - largest) < 1e-2 * largest);
    }

    void saysWhatMadeIt() {
        const QStringList json = found(m_html, QStringLiteral("<script type=\"application/json\" id=\"mambascope-provenance\">(.*?)</script>"));
        QCOMPARE(json.size(), 1);
        const Result<Provenance> made = provenanceFromJson(json.first().toStdString(), m_path.toStdString());
        QVERIFY2(made.ok(), made ? "" : made.error().message.c_str());
        QCOMPARE(made->input.ids.size(), static_cast<std::size_t>(kTokens));
        QCOMPARE(made->model.hash.size(), std::size_t(64));
        QVERIFY(m_html.contains(QString::fromStdString(made->model.hash)));
        QVERIFY(m_html.contains(QStringLiteral("mamba-tiny")));
    }

    void cancellingAndFailingLeaveNothing() {
        const QString path = m_folder.filePath(QStringLiteral("no.html"));
        ReportJob job(m_run->source(), panels({QStringLiteral("dt")}));
        QSignalSpy cancelled(&job, &ReportJob::cancelled), failed(&job, &ReportJob::failed);
        job.write(planOf(QStringLiteral("x")), path);
        job.cancel();
        QTest::qWait(100);
        QCOMPARE(cancelled.size(), 1);
        QVERIFY(!QFile::exists(path));
        job.write(planOf(QStringLiteral("x")), m_folder.filePath(QStringLiteral("no/such/folder.html")));
        QVERIFY(QTest::qWaitFor([&] { return !failed.isEmpty(); }, kPatience));
        QVERIFY(failed.first().first().toString().contains(QStringLiteral("folder.html")));
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<SmallRun> m_run;
    QString m_path, m_html;
};

QTEST_MAIN(TestReportJob)
#include "tst_report_job.moc"
