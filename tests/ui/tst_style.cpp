#include <QTest>
#include <cmath>

#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"
#include "ui/style/value_scale.h"

using namespace ms;

class TestStyle : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void mapsBeginAndEndAsPublished() {
        QCOMPARE(ColourMap::get(ColourMapId::Viridis).at(0), qRgb(0x44, 0x01, 0x54));
        QCOMPARE(ColourMap::get(ColourMapId::Viridis).at(1), qRgb(0xfd, 0xe7, 0x25));
        QCOMPARE(ColourMap::get(ColourMapId::Cividis).at(-3), qRgb(0x00, 0x20, 0x4d));
        QCOMPARE(ColourMap::get(ColourMapId::Inferno).at(7), qRgb(0xfc, 0xff, 0xa4));
        const QRgb middle = ColourMap::get(ColourMapId::Diverging).at(0.5f);
        QVERIFY(qRed(middle) > 240 && qGreen(middle) > 240 && qBlue(middle) > 240);
    }

    void sequentialMapsGrowLighter() {
        for (const ColourMapId id :
             {ColourMapId::Viridis, ColourMapId::Cividis, ColourMapId::Inferno, ColourMapId::Grey}) {
            double before = -1;
            for (const QRgb c : ColourMap::get(id).table()) {
                const double lightness = 0.2126 * qRed(c) + 0.7152 * qGreen(c) + 0.0722 * qBlue(c);
                QVERIFY2(lightness > before - 1.5, qPrintable(name(id)));
                before = lightness;
            }
        }
    }

    void textOnTokensHasContrast() {
        const auto linear = [](int channel) {
            const double v = channel / 255.0;
            return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
        };
        const auto luminance = [&](QRgb c) {
            return 0.2126 * linear(qRed(c)) + 0.7152 * linear(qGreen(c)) + 0.0722 * linear(qBlue(c));
        };
        for (const bool dark : {false, true})
            for (float bits = 0; bits <= 14; bits += 0.25f) {
                const QRgb back = surprisalColour(bits, dark);
                const double a = luminance(back), b = luminance(legibleOn(back));
                const double contrast = (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
                QVERIFY2(contrast >= 4.0,
                         qPrintable(QStringLiteral("%1 bits, dark %2: contrast %3").arg(bits).arg(dark).arg(contrast)));
            }
    }

    void scalesMapThereAndBack() {
        const ValueScale linear{2, 6};
        QCOMPARE(linear.position(4), 0.5f);
        QCOMPARE(linear.valueAt(0.25f), 3.0f);
        const ValueScale logarithmic{0.01f, 100, ScaleKind::Log};
        QVERIFY(std::abs(logarithmic.position(1) - 0.5f) < 1e-6f);
        QVERIFY(logarithmic.position(0) < 0);
        QCOMPARE(linear.ticks(4), (std::vector<float>{2, 3, 4, 5, 6}));
    }

    void rangesLeaveOutWhatIsNoNumber() {
        const float nan = std::nanf("");
        const std::vector<float> values{nan, 3, -1, INFINITY, 8};
        QCOMPARE(rangeOf(values, ScaleKind::Linear), (ValueScale{-1, 8}));
        QCOMPARE(rangeOf(values, ScaleKind::Log), (ValueScale{3, 8, ScaleKind::Log}));
        std::vector<float> hundred;
        for (int i = 0; i <= 100; ++i) hundred.push_back(static_cast<float>(i));
        QCOMPARE(percentileRange(hundred, 0.01, 0.99, ScaleKind::Linear), (ValueScale{1, 99}));
        const ValueScale both{-100, 100, ScaleKind::Symlog};
        QVERIFY(std::abs(both.position(0) - 0.5f) < 1e-6f);
        for (const float v : {-100.0f, -3.0f, 0.01f, 42.0f})
            QVERIFY(std::abs(both.valueAt(both.position(v)) - v) < 1e-3f * std::abs(v));
        QCOMPARE(both.ticks(7), (std::vector<float>{-100, -10, -1, 0, 1, 10, 100}));
        QCOMPARE(both.ticks(4), (std::vector<float>{-100, 0, 100}));
        QCOMPARE((ValueScale{-0.5f, 100, ScaleKind::Symlog}).ticks(5), (std::vector<float>{0, 1, 10, 100}));
        QCOMPARE((ValueScale{20, 100, ScaleKind::Symlog}).ticks(4), (std::vector<float>{20, 40, 60, 80, 100}));
        QVERIFY((ValueScale{-1e-44f, 1e-44f, ScaleKind::Symlog}).ticks(5).size() < 9);  // ends, however small
        QVERIFY((ValueScale{0, INFINITY, ScaleKind::Symlog}).ticks(5).empty());
        QCOMPARE(centred({-1, 8}), (ValueScale{-8, 8}));
        const ValueScale flat = rangeOf(std::vector<float>{5, 5}, ScaleKind::Linear);
        QVERIFY(flat.low < 5 && flat.high > 5);
    }

    void exactTextReadsBackTheSame() {
        for (const float v : {0.1f, 1.0f / 3.0f, 1e-30f, 123456.789f}) QCOMPARE(exactText(v).toFloat(), v);
        QCOMPARE(groupedText(1234567), QStringLiteral("1\u202f234\u202f567"));
    }
};

QTEST_GUILESS_MAIN(TestStyle)
#include "tst_style.moc"
