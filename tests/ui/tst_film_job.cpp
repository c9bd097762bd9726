// Films of a run on a tiny model: as many frames as asked for, tokens that come one by one, and nothing left of what was given up.
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "small_run.h"
#include "ui/export/film_job.h"
#include "ui/style/appearance.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr qint64 kTokens = 320;
constexpr QSize kSize(480, 270);

/// Every frame decoded: "nb_read_frames" -> "12", "TAG:comment" -> "…".
QMap<QString, QString> probe(const QString& path) {
    QProcess process;
    process.start(QStringLiteral("ffprobe"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-count_frames"), QStringLiteral("-show_streams"),
                                              QStringLiteral("-show_format"), QStringLiteral("-of"), QStringLiteral("default=nw=1"), path});
    QMap<QString, QString> facts;
    if (!process.waitForFinished(kPatience)) return facts;
    for (const QString& line : QString::fromUtf8(process.readAllStandardOutput()).split(QLatin1Char('\n')))
        if (const qsizetype sign = line.indexOf(QLatin1Char('=')); sign > 0) facts[line.left(sign)] = line.mid(sign + 1);
    return facts;
}

/// Pixels that differ, in a part of both pictures.
int apart(const QImage& a, const QImage& b, const QRect& part) {
    int count = 0;
    for (int y = part.top(); y <= part.bottom(); ++y)
        for (int x = part.left(); x <= part.right(); ++x) count += a.pixel(x, y) != b.pixel(x, y);
    return count;
}

struct Drawn {
    QList<QImage> pictures;
    QList<qint64> tokens;
};

}  // namespace

class TestFilmJob : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        applyAppearance(*qApp, Appearance::Light);
        m_run = std::make_unique<SmallRun>();
        QVERIFY(m_run->read(kTokens));
    }
    void cleanupTestCase() { m_run.reset(); }

    void aPlanCountsItsFrames() {
        FilmPlan plan = smallPlan();
        QCOMPARE(plan.growingFrames(kTokens), 16);
        QCOMPARE(plan.frames(kTokens), 20);
        QCOMPARE(plan.tokensIn(0, kTokens), 20);
        QCOMPARE(plan.tokensIn(1, kTokens), 40);
        QCOMPARE(plan.tokensIn(15, kTokens), kTokens);
        QCOMPARE(plan.tokensIn(19, kTokens), kTokens);
        plan.tokensPerSecond = 4;  // slower than frames: the first shows a token all the same
        QCOMPARE(plan.tokensIn(0, kTokens), 1);
        plan.setSeconds(10.4, kTokens);
        QCOMPARE(plan.seconds(kTokens), 10.4);
        QVERIFY(plan.problem(kTokens).isEmpty());
        QVERIFY(plan.problem(0).contains(QStringLiteral("no tokens")));
        plan.figure.size = {9000, 400};
        QVERIFY(plan.problem(kTokens).contains(QStringLiteral("8192")));
        plan.figure.size = kSize;
        plan.format = FilmFormat::Gif;
        plan.framesPerSecond = 60;
        QVERIFY(plan.problem(kTokens).contains(QStringLiteral("GIF")));
        plan.framesPerSecond = 10;
        plan.tokensPerSecond = 0;
        QVERIFY(!plan.problem(kTokens).isEmpty());
    }

    void aPlanIsKept() {
        QSettings store(m_folder.filePath(QStringLiteral("plan.ini")), QSettings::IniFormat);
        FilmPlan plan = smallPlan(), read;
        plan.format = FilmFormat::WebM;
        plan.figure.fitTokens = false;
        plan.save(store);
        read.load(store);
        QVERIFY(read == plan);
    }

    void everyFormatHasTheFrames_data() {
        QTest::addColumn<int>("format");
        for (const FilmFormat format : {FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif}) QTest::newRow(nameOf(format)) << static_cast<int>(format);
    }
    void everyFormatHasTheFrames() {
        QFETCH(int, format);
        FilmPlan plan = smallPlan();
        plan.format = static_cast<FilmFormat>(format);
        for (const FilmCodecChoice& choice : filmCodecChoices())
            if (choice.format == plan.format && !choice.available) QSKIP(choice.sentence.c_str());
        const QString path = m_folder.filePath(QStringLiteral("f\u00e4lm.") + QLatin1String(extensionOf(plan.format)));
        FilmJob job(source(), panels({QStringLiteral("dt")}));
        QSignalSpy written(&job, &FilmJob::written), failed(&job, &FilmJob::failed), progress(&job, &FilmJob::progressChanged);
        FilmResult result;
        connect(&job, &FilmJob::written, &job, [&](const FilmResult& r) { result = r; });
        job.write(plan, path);
        QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience));
        QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed.first().first().toString()));
        QCOMPARE(written.size(), 1);
        QCOMPARE(result.path, path);
        QCOMPARE(result.frames, 20);
        QCOMPARE(result.size, kSize);
        QVERIFY2(result.codec.contains(QStringLiteral(" by ")), qPrintable(result.codec));  // "VP9 by libvpx-vp9: plays in …"
        QVERIFY(!progress.last().first().value<JobProgress>().active);
        if (QStandardPaths::findExecutable(QStringLiteral("ffprobe")).isEmpty()) QSKIP("ffprobe is not installed");
        const QMap<QString, QString> facts = probe(path);
        QCOMPARE(facts.value(QStringLiteral("nb_read_frames")), QStringLiteral("20"));
        QCOMPARE(facts.value(QStringLiteral("width")), QStringLiteral("480"));
        if (plan.format == FilmFormat::Gif) return;  // ffprobe shows no comment of it
        const QString comment = facts.value(QStringLiteral("TAG:comment"), facts.value(QStringLiteral("TAG:COMMENT")));
        const Result<Provenance> made = provenanceFromJson(comment.toStdString(), path.toStdString());
        QVERIFY2(made.ok(), made ? "" : made.error().message.c_str());
        QCOMPARE(made->view, std::string("dt"));
        QCOMPARE(made->input.ids.size(), static_cast<std::size_t>(kTokens));
        QCOMPARE(made->model.hash.size(), std::size_t(64));
    }

    /// What comes later is not there yet; what is there stays as it is.
    void tokensComeFromLeftToRight() {
        const Drawn film = filmOf(smallPlan(), {QStringLiteral("dt")});
        QCOMPARE(film.pictures.size(), 16);
        QCOMPARE(film.tokens.first(), 20);
        QCOMPARE(film.tokens.last(), kTokens);
        QVERIFY(std::is_sorted(film.tokens.begin(), film.tokens.end()));
        const QImage &first = film.pictures.first(), &middle = film.pictures[7], &last = film.pictures.last();
        for (const QImage& picture : film.pictures) QCOMPARE(picture.size(), kSize);
        const int height = kSize.height() / 2;
        const QRect early(120, 40, 60, height), late(330, 40, 60, height);
        QVERIFY(apart(first, last, late) > late.width() * late.height() / 2);
        QCOMPARE(apart(middle, last, early), 0);       // the same colours all along
        QCOMPARE(apart(first, middle, late), 0);       // empty in both
    }

    /// The axis is that of all tokens, whatever is shown of them.
    void curvesKeepTheirHeight() {
        const Drawn film = filmOf(smallPlan(), {QStringLiteral("traces")});
        QCOMPARE(film.pictures.size(), 16);
        const QRect early(0, 30, 180, kSize.height() - 60);  // with the axis
        QCOMPARE(apart(film.pictures[7], film.pictures.last(), early), 0);
        QVERIFY(apart(film.pictures[7], film.pictures.last(), QRect(300, 30, 100, kSize.height() - 60)) > 0);
    }

    void followingKeepsTheNewestInView() {
        FilmPlan plan = smallPlan();
        plan.figure.fitTokens = false;
        m_run->axis.zoom(4, -1);  // wider tokens than fit
        const Drawn film = filmOf(plan, {QStringLiteral("dt"), QStringLiteral("traces")});
        QCOMPARE(film.pictures.size(), 16);
        QCOMPARE(film.tokens.last(), kTokens);
        for (qsizetype i = 1; i < film.pictures.size(); ++i) QVERIFY(film.pictures[i] != film.pictures[i - 1]);
    }

    void cancellingLeavesNothing() {
        const QString path = m_folder.filePath(QStringLiteral("cancelled/film.mp4"));
        QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("cancelled")));
        FilmPlan plan = smallPlan();
        plan.format = FilmFormat::Gif;
        plan.framesPerSecond = 30;
        plan.tokensPerSecond = 1;
        FilmJob job(source(), panels({QStringLiteral("dt")}));
        QSignalSpy cancelled(&job, &FilmJob::cancelled), drawn(&job, &FilmJob::drawn), written(&job, &FilmJob::written);
        job.write(plan, path);
        QVERIFY(QTest::qWaitFor([&] { return drawn.size() > 5; }, kPatience));
        job.cancel();
        QVERIFY(QTest::qWaitFor([&] { return !cancelled.isEmpty(); }, kPatience));
        QVERIFY(!job.isRunning());
        QVERIFY(written.isEmpty());
        const QDir folder(m_folder.filePath(QStringLiteral("cancelled")));
        QVERIFY(folder.entryList(QDir::Files | QDir::Hidden).isEmpty());
        // So does the end of the job itself.
        auto given = std::make_unique<FilmJob>(source(), panels({QStringLiteral("dt")}));
        QSignalSpy some(given.get(), &FilmJob::drawn);
        given->write(plan, path);
        QVERIFY(QTest::qWaitFor([&] { return some.size() > 2; }, kPatience));
        given.reset();
        QVERIFY(folder.entryList(QDir::Files | QDir::Hidden).isEmpty());
    }

    void whatCannotBeWrittenIsSaid() {
        QVERIFY(problemOf(panels({QStringLiteral("dt")}), m_folder.filePath(QStringLiteral("no/such/film.mp4"))).contains(QStringLiteral("film.mp4")));
        QVERIFY(problemOf(panels({QStringLiteral("nonsense")}), m_folder.filePath(QStringLiteral("x.mp4"))).contains(QStringLiteral("no such view")));
        QVERIFY(!QFile::exists(m_folder.filePath(QStringLiteral("x.mp4"))));
    }

    /// The window stays usable: what a film costs is measured, not asserted, but for a bound that no machine should miss.
    void aTurnIsShort() {
        FilmPlan plan = smallPlan();
        plan.figure.size = {1280, 720};
        plan.framesPerSecond = 30;
        const qint64 frames = qEnvironmentVariableIntValue("MS_FILM_FRAMES") > 0 ? qEnvironmentVariableIntValue("MS_FILM_FRAMES") : 12;
        plan.stillSeconds = 0;
        plan.setSeconds(static_cast<double>(frames) / 30, kTokens);
        FilmJob job(source(), panels({QStringLiteral("dt")}));
        QElapsedTimer timer;
        timer.start();
        job.write(plan, m_folder.filePath(QStringLiteral("turn.mp4")));
        QVERIFY(QTest::qWaitFor([&] { return !job.isRunning(); }, 2 * kPatience));
        qInfo("%lld frames in %lld ms, longest turn %.1f ms", static_cast<long long>(frames), static_cast<long long>(timer.elapsed()), job.longestTurn());
        QVERIFY(job.longestTurn() < 1000);
    }

private:
    [[nodiscard]] static FilmPlan smallPlan() {
        FilmPlan plan;
        plan.figure.size = kSize;
        plan.framesPerSecond = 10;
        plan.tokensPerSecond = 200;
        plan.stillSeconds = 0.4;
        return plan;
    }
    [[nodiscard]] FigureSource source() { return m_run->source(); }
    [[nodiscard]] Drawn filmOf(const FilmPlan& plan, const QStringList& ids) {
        Drawn film;
        FilmJob job(source(), panels(ids));
        connect(&job, &FilmJob::drawn, &job, [&](const QImage& picture, qint64 tokens) {
            film.pictures << picture;
            film.tokens << tokens;
        });
        job.write(plan, m_folder.filePath(QStringLiteral("drawn.gif")));
        if (!QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience)) return {};
        const QString shots = qEnvironmentVariable("MS_SHOTS");
        for (qsizetype i = 0; i < film.pictures.size() && !shots.isEmpty(); ++i)
            film.pictures[i].save(QStringLiteral("%1/film-%2-%3.png").arg(shots, ids.join(QLatin1Char('-'))).arg(i));
        return film;
    }
    [[nodiscard]] QString problemOf(const std::vector<FigurePanel>& views, const QString& path) {
        FilmJob job(source(), views);
        QSignalSpy failed(&job, &FilmJob::failed);
        job.write(smallPlan(), path);
        if (!QTest::qWaitFor([&] { return !job.isRunning(); }, kPatience)) return {};
        return failed.isEmpty() ? QString() : failed.first().first().toString();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<SmallRun> m_run;
};

QTEST_MAIN(TestFilmJob)
#include "tst_film_job.moc"
