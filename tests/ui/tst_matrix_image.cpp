// Pixels of matrices against a plain recomputation in double, and limits of many values against sorting them.
#include <QTest>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "ui/models/series_source.h"
#include "ui/plot/matrix_image.h"
#include "ui/style/quantiles.h"

using namespace ms;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Matrix randomMatrix(qint64 rows, qint64 columns, bool holes) {
    Matrix matrix;
    matrix.rows = rows;
    matrix.columns = columns;
    std::mt19937 random(static_cast<unsigned>(rows * 1000 + columns));
    std::normal_distribution<float> normal;
    for (qint64 i = 0; i < rows * columns; ++i) {
        const auto dice = random() % 200;
        float v = std::round(normal(random) * 8) / 8;  // many of equal magnitude
        if (holes && dice < 20) v = kMissingValue;
        if (holes && dice == 20) v = -kMissingValue;
        if (holes && dice == 21) v = kInfinity;
        matrix.values.push_back(v);
    }
    return matrix;
}

/// Elements that a pixel of an axis covers: all that its stretch touches, or the one it begins in.
std::pair<qint64, qint64> covered(double from, double span, int pixels, int p, qint64 count) {
    const double begin = from + span * p / pixels, end = from + span * (p + 1) / pixels;
    const auto first = std::min(static_cast<qint64>(begin), count - 1);
    if (span / pixels <= 1) return {first, first + 1};
    return {first, std::clamp(static_cast<qint64>(std::ceil(end)), first + 1, count)};
}

float plain(const Matrix& m, std::pair<qint64, qint64> rows, std::pair<qint64, qint64> columns, Aggregate aggregate) {
    double sum = 0, most = 0, n = 0;
    bool broken = false;
    for (qint64 r = rows.first; r < rows.second; ++r)
        for (qint64 c = columns.first; c < columns.second; ++c) {
            const float v = m.at(r, c);
            if (isMissing(v)) continue;
            ++n;
            broken = broken || !std::isfinite(v);
            sum += static_cast<double>(v);
            if (std::abs(static_cast<double>(v)) > std::abs(most)) most = static_cast<double>(v);
        }
    if (n == 0) return kMissingValue;
    if (broken) return -kMissingValue;
    return static_cast<float>(aggregate == Aggregate::Mean ? sum / n : most);
}

}  // namespace

class TestMatrixImage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pixelsStandForTheirCells_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<QRectF>("visible");
        QTest::addColumn<bool>("holes");
        for (const bool holes : {false, true}) {
            const char* kind = holes ? "holes" : "whole";
            QTest::addRow("far, %s", kind) << 517 << 1031 << QRectF(0, 0, 1031, 517) << holes;
            QTest::addRow("shifted, %s", kind) << 517 << 1031 << QRectF(13.7, 5.3, 901.1, 400.9) << holes;
            QTest::addRow("near, %s", kind) << 517 << 1031 << QRectF(100.5, 33.25, 17, 9) << holes;
            QTest::addRow("narrow, %s", kind) << 3 << 1031 << QRectF(0, 0, 1031, 3) << holes;
            QTest::addRow("tall, %s", kind) << 801 << 1 << QRectF(0, 0, 1, 801) << holes;
        }
    }

    void pixelsStandForTheirCells() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(QRectF, visible);
        QFETCH(bool, holes);
        const Matrix matrix = randomMatrix(rows, columns, holes);
        constexpr int kWidth = 211, kHeight = 97;
        const MatrixImage image(matrix, visible, {kWidth, kHeight});
        for (const Aggregate aggregate : {Aggregate::Mean, Aggregate::Max}) {
            HeatmapSettings settings;
            settings.aggregate = aggregate;
            const ValueScale scale{-3, 3, ScaleKind::Linear};
            const std::vector<float> values = image.values(aggregate);
            const QImage pixels = image.image(settings, scale);
            for (int y = 0; y < kHeight; ++y)
                for (int x = 0; x < kWidth; ++x) {
                    const float expected = plain(matrix, covered(visible.top(), visible.height(), kHeight, y, rows),
                                                 covered(visible.left(), visible.width(), kWidth, x, columns), aggregate);
                    const float got = values[static_cast<std::size_t>(y * kWidth + x)];
                    QVERIFY2(std::bit_cast<std::uint32_t>(got) == std::bit_cast<std::uint32_t>(expected) || got == expected,
                             qPrintable(QStringLiteral("%1, %2: %3, not %4").arg(x).arg(y).arg(got).arg(expected)));
                    const QRgb colour = isMissing(got) ? 0u : std::isnan(got) ? kNanColour : ColourMap::get(settings.colourMap).at(scale.position(got));
                    QCOMPARE(reinterpret_cast<const QRgb*>(pixels.constScanLine(y))[x], colour);
                }
        }
    }

    void aPartShowsItsCellsAndNothingElse() {
        Matrix matrix;
        matrix.rows = 1000;
        matrix.columns = 3000;
        matrix.part = MatrixPart{200, 500, 1000, 1500, 50, 75};  // 10 × 20 elements a cell
        for (int i = 0; i < 50 * 75; ++i) matrix.values.push_back(static_cast<float>(i));
        const MatrixImage image(matrix, {0, 0, 3000, 1000}, {300, 100});
        const std::vector<float> values = image.values(Aggregate::Mean);
        for (int y = 0; y < 100; ++y)
            for (int x = 0; x < 300; ++x) {
                const float got = values[static_cast<std::size_t>(y * 300 + x)], expected = matrix.at(10 * y, 10 * x);
                QVERIFY2(isMissing(expected) ? isMissing(got) : got == expected, qPrintable(QStringLiteral("%1, %2").arg(x).arg(y)));
            }
    }

    void quantilesAreThoseOfTheSortedValues() {
        std::mt19937 random(3);
        std::normal_distribution<float> normal;
        for (const int count : {1, 7, 1000, 40'000, 300'001})
            for (const bool positive : {false, true})
                for (const float spread : {1.0f, 1e-30f, 0.0f}) {
                    std::vector<float> values;
                    for (int i = 0; i < count; ++i) values.push_back(spread * std::pow(normal(random), 3.0f));
                    for (std::size_t i = 3; i < values.size(); i += 11) values[i] = i % 2 == 0 ? kInfinity : i % 3 == 0 ? kMissingValue : -kInfinity;
                    for (std::size_t i = 5; i < values.size(); i += 13) values[i] = 0;
                    std::vector<float> sorted;
                    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted), [&](float v) { return std::isfinite(v) && (!positive || v > 0); });
                    std::sort(sorted.begin(), sorted.end());
                    const auto got = quantiles(values, positive, 0.01, 0.99);
                    QCOMPARE(got.has_value(), !sorted.empty());
                    if (!got) continue;
                    const auto at = [&](double share) { return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)]; };
                    QVERIFY2(got->first == at(0.01) && got->second == at(0.99), qPrintable(QStringLiteral("%1 values").arg(count)));
                }
    }
};

QTEST_APPLESS_MAIN(TestMatrixImage)
#include "tst_matrix_image.moc"
