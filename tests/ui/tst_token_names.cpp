// How tokens and frames are told in words, and that curves over frames have the ticks of heatmaps over frames.
#include <QTest>
#include <cmath>

#include "ui/models/token_log.h"
#include "ui/plot/token_columns.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/plot/token_names.h"

using namespace ms;

namespace {

void fill(TokenLog& tokens, qint64 count) {
    const std::vector<TokenLog::Piece> pieces{{0, QStringLiteral("–")}, {1, QStringLiteral("t")}};
    tokens.addPieces(pieces);
    std::vector<TokenRow> rows;
    for (qint64 i = 0; i < count; ++i) rows.push_back({.id = i % 3 == 2 ? 1 : 0});
    tokens.append(rows);
}

}  // namespace

class TestTokenNames : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tokensAreCounted() {
        TokenLog tokens;
        fill(tokens, 2000);
        const TokenNames names(tokens);
        const QChar space(0x202F);
        QCOMPARE(names.name(17), QStringLiteral("token 17 “t”"));
        QCOMPARE(names.name(2500), QStringLiteral("token 2_500").replace(QLatin1Char('_'), space));  // not there: no text
        QCOMPARE(names.text(17), QStringLiteral("17 “t”"));
        QCOMPARE(names.place(1234), QStringLiteral("token 1_234").replace(QLatin1Char('_'), space));
        QCOMPARE(names.shortPlace(5), QStringLiteral("5"));
        QCOMPARE(names.range({3, 10}), QStringLiteral("tokens 3 to 9"));
        QCOMPARE(names.length(12.5), QStringLiteral("12.5 tokens"));
    }

    void framesAreTimed() {
        TokenLog tokens;
        fill(tokens, 2000);
        const TokenNames names(tokens, 0.04);
        QCOMPARE(names.name(17), QStringLiteral("0:00.680 (frame 17 “t”)"));
        QCOMPARE(names.text(1625), QStringLiteral("1:05.000 “t”"));
        QCOMPARE(names.text(-1), QStringLiteral("−0:00.040"));
        QCOMPARE(names.place(31), QStringLiteral("0:01.240"));
        QCOMPARE(names.shortPlace(31), QStringLiteral("0:01.24"));
        QCOMPARE(names.range({3, 10}), QStringLiteral("0:00.120 to 0:00.400"));
        QCOMPARE(names.length(12), QStringLiteral("480 ms"));
    }

    void curvesHaveTheTicksOfHeatmaps() {
        TimeAxis axis;
        Selection selection;
        TokenCurvePlot plot(axis, selection);
        plot.resize(700, 220);
        plot.show();
        axis.setTokenCount(2000);
        axis.setFollow(false);
        for (const int zoom : {0, 4, -3, -7}) {
            axis.zoom(zoom, 500);
            axis.scrollTo(497);
            Curve curve;
            for (int i = 0; i < 2000; ++i) {
                curve.x << i;
                curve.y << std::sin(i * 0.1);
            }
            plot.setAxes({{}, QStringLiteral("y"), false, ScaleKind::Linear, true, 0.04});
            plot.setCurves({curve});
            plot.grab();  // margins settle with the first
            QCoreApplication::processEvents();
            plot.grab();
            const QRect inside = plot.plotRect();
            const TokenColumns columns{inside, axis.scale(), axis.firstToken() / axis.scale().tokensPerColumn, axis.tokenCount(), 0.04};
            const std::vector<AxisTick> expected = tokenTicks(columns, plot.fontMetrics());
            const auto ticks = plot.xTicks();
            QVERIFY(!expected.empty());
            std::size_t at = 0;
            for (const AxisTick& tick : expected) {
                if (tick.x < inside.left() || tick.x > inside.right() - 1) continue;
                while (at < ticks.size() && ticks[at].second != tick.text) ++at;
                QVERIFY2(at < ticks.size(), qPrintable(QStringLiteral("%1 at %2, zoom %3; first is %4, of %5").arg(tick.text).arg(tick.x).arg(zoom).arg(ticks.empty() ? QString() : ticks.front().second).arg(ticks.size())));
                const int x = plot.pointOf(ticks[at].first, 0).x();
                QVERIFY2(std::abs(x - tick.x) <= 1, qPrintable(QStringLiteral("%1: %2, not %3").arg(tick.text).arg(x).arg(tick.x)));
            }
            axis.zoom(-zoom, 500);
        }
    }
};

QTEST_MAIN(TestTokenNames)
#include "tst_token_names.moc"
