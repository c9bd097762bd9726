// Arrows run one way; who includes what is the proof.
#include <QDir>
#include <QDirIterator>
#include <QRegularExpression>
#include <QTest>

class TestUiIncludes : public QObject {
    Q_OBJECT

    const QDir m_root{QStringLiteral(MS_TEST_DATA "/../..")};

    /// Every `#include "…"` below a folder as "file: included".
    [[nodiscard]] QStringList includes(const QString& folder) const {
        static const QRegularExpression line(QStringLiteral("^#include \"([^\"]+)\""), QRegularExpression::MultilineOption);
        QStringList found;
        QDirIterator files(m_root.filePath(folder), {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (!file.open(QIODevice::ReadOnly)) continue;
            const QString text = QString::fromUtf8(file.readAll());
            for (const QRegularExpressionMatch& match : line.globalMatch(text))
                found.append(m_root.relativeFilePath(file.fileName()) + QStringLiteral(": ") + match.captured(1));
        }
        return found;
    }

private Q_SLOTS:
    void onlyTheBridgeIncludesTheEnginesRuntime() {
        const QStringList all = includes(QStringLiteral("ui"));
        QVERIFY(all.size() > 100);
        static const QRegularExpression allowed(QStringLiteral(": engine/(base|probe|analysis|audio|speech|export|film)/"));
        for (const QString& include : all)
            if (include.contains(QStringLiteral(": engine/")) && !include.startsWith(QStringLiteral("ui/bridge/")))
                QVERIFY2(allowed.match(include).hasMatch(), qPrintable(include));
    }

    void viewsIncludeNoOtherViewAndNoBridge() {
        static const QRegularExpression ofView(QStringLiteral("^ui/views/([^/]+)/"));
        static const QRegularExpression intoView(QStringLiteral(": ui/views/([^/]+)/"));
        for (const QString& include : includes(QStringLiteral("ui/views"))) {
            QVERIFY2(!include.contains(QStringLiteral(": ui/bridge/")), qPrintable(include));
            QVERIFY2(!include.contains(QStringLiteral(": ui/window/")), qPrintable(include));
            const QRegularExpressionMatch target = intoView.match(include);
            if (target.hasMatch() && target.captured(1) != QStringLiteral("base"))  // what all of them are made of
                QVERIFY2(target.captured(1) == ofView.match(include).captured(1), qPrintable(include));
        }
    }

    void theEngineKnowsNoQt() {
        static const QRegularExpression qt(QStringLiteral("^#include <Q[A-Z]"), QRegularExpression::MultilineOption);
        QDirIterator files(m_root.filePath(QStringLiteral("engine")), {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files,
                           QDirIterator::Subdirectories);
        int read = 0;
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!qt.match(QString::fromUtf8(file.readAll())).hasMatch(), qPrintable(file.fileName()));
            ++read;
        }
        QVERIFY(read > 20);
    }
};

QTEST_GUILESS_MAIN(TestUiIncludes)
#include "tst_ui_includes.moc"
