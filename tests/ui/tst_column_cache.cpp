#include <QTest>
#include <cmath>

#include "synthetic.h"
#include "ui/plot/column_cache.h"

using namespace ms;
using test::SyntheticCapture;

namespace {

constexpr qint64 kTokens = 5000;

std::shared_ptr<CaptureStore> filledStore() {
    auto store = std::make_shared<CaptureStore>();
    SyntheticCapture capture(ProbePoint::Dt, test::smallDims(), LayerIndex(2));
    for (qint64 first = 0; first < kTokens; first += 500) store->append(capture.frame(first, 500));
    return store;
}

}  // namespace

class TestColumnCache : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void columnsAreMeansOrMaximaOfTheirTokens_data() {
        QTest::addColumn<int>("tokensPerColumn");
        QTest::addColumn<bool>("maximum");
        for (const int n : {1, 2, 8, 16, 64, 1024})
            for (const bool maximum : {false, true})
                QTest::addRow("%d tokens, %s", n, maximum ? "maximum" : "mean") << n << maximum;
    }

    void columnsAreMeansOrMaximaOfTheirTokens() {
        QFETCH(int, tokensPerColumn);
        QFETCH(bool, maximum);
        ColumnCache cache;
        cache.setSource(SeriesSource::layers(filledStore(), ProbePoint::Dt, test::smallDims()),
                        maximum ? Aggregate::Max : Aggregate::Mean);
        while (cache.build(kTokens, 1)) {}
        const qint64 columns = (kTokens + tokensPerColumn - 1) / tokensPerColumn;
        std::vector<float> out(static_cast<std::size_t>(columns * 4));
        QVERIFY(cache.read(0, columns, tokensPerColumn, kTokens, out));
        for (qint64 c = 0; c < columns; ++c)
            for (qint64 layer = 0; layer < 4; ++layer) {
                double sum = 0, most = -1e9;
                const qint64 end = std::min(kTokens, (c + 1) * tokensPerColumn);
                for (qint64 t = c * tokensPerColumn; t < end; ++t) {
                    const auto v = static_cast<double>(SyntheticCapture::value(layer, t));
                    sum += v;
                    most = std::max(most, v);
                }
                const double expected = maximum ? most : sum / static_cast<double>(end - c * tokensPerColumn);
                const auto got = static_cast<double>(out[static_cast<std::size_t>(c * 4 + layer)]);
                QVERIFY2(
                    std::abs(got - expected) < 1e-5,
                    qPrintable(
                        QStringLiteral("column %1 layer %2: %3, not %4").arg(c).arg(layer).arg(got).arg(expected)));
            }
    }

    void whatIsNotBuiltYetIsMissing() {
        ColumnCache cache;
        cache.setSource(SeriesSource::layers(filledStore(), ProbePoint::Dt, test::smallDims()), Aggregate::Mean);
        std::vector<float> out(4);
        QVERIFY(!cache.read(3, 1, 64, kTokens, out));
        QVERIFY(isMissing(out[0]));
    }

    void changedPastIsReadAgain() {
        auto store = filledStore();
        ColumnCache cache;
        cache.setSource(SeriesSource::layers(store, ProbePoint::Dt, test::smallDims()), Aggregate::Max);
        while (cache.build(kTokens, 1)) {}
        const CaptureEntry entry{{ProbePoint::Dt, LayerIndex(0), Reduction::MeanChannels}, 1, 1, 0, 0, 1};
        const float peak = 1000;
        store->append({TokenPos(100), 1, {{&entry, TokenPos(100), 1, {&peak, 1}}}});
        cache.invalidate(100);
        while (cache.build(kTokens, 1)) {}
        std::vector<float> out(4);
        QVERIFY(cache.read(0, 1, 1024, kTokens, out));
        QCOMPARE(out[0], peak);
    }

    void nanWinsAndMissingDoesNotCount() {
        auto store = std::make_shared<CaptureStore>();
        const CaptureEntry entry{{ProbePoint::Dt, LayerIndex(0), Reduction::MeanChannels}, 1, 1, 0, 0, 1};
        const std::vector<float> values{1, 3, -std::nanf(""), 2};
        store->append({TokenPos(0), 4, {{&entry, TokenPos(0), 4, values}}});
        const float later = 6;  // tokens 4 to 7 were not captured, token 8 was
        store->append({TokenPos(8), 1, {{&entry, TokenPos(8), 1, {&later, 1}}}});
        ModelDims dims = test::smallDims();
        dims.n_layer = 1;
        ColumnCache cache;
        cache.setSource(SeriesSource::layers(store, ProbePoint::Dt, dims), Aggregate::Mean);
        std::vector<float> out(5);
        QVERIFY(cache.read(0, 5, 2, 10, out));
        QCOMPARE(out[0], 2.0f);
        QVERIFY(std::isnan(out[1]) && !isMissing(out[1]));
        QVERIFY(isMissing(out[2]) && isMissing(out[3]));
        QCOMPARE(out[4], 6.0f);
    }
};

QTEST_GUILESS_MAIN(TestColumnCache)
#include "tst_column_cache.moc"
