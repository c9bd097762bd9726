#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "ui/plot/curve_menu.h"
#include "ui/plot/curve_plot.h"
#include "ui/plot/heatmap_menu.h"

using namespace ms;

namespace {

struct Shown {
    CurvePlot plot;

    explicit Shown(ScaleKind scale, const std::vector<Curve>& curves = {}, QSize size = {600, 400}) {
        plot.setAxes({QStringLiteral("x"), QStringLiteral("y"), false, scale, false});
        plot.setCurves(curves);
        plot.resize(size);
        plot.show();
        draw();
    }
    QImage draw() {
        plot.grab();  // margins settle with the first
        QApplication::processEvents();
        return plot.grab().toImage();
    }
    [[nodiscard]] QStringList labels() const {
        QStringList all;
        for (const auto& [value, label] : plot.yTicks()) all << label;
        return all;
    }
    [[nodiscard]] QWidget* inside() const { return plot.findChild<QWidget*>(); }
};

/// Where symlog puts a value between −most and most, in float64 and by its definition.
double share(double value, double most) {
    const auto position = [most](double v) { return std::copysign(std::log(1 + std::abs(v) / (most / 1000)), v); };
    return (position(value) + position(most)) / (2 * position(most));
}

Curve level(double y, const QColor& colour) { return {QString::number(y), {0, 1, 2, 3, 4}, {y, y, y, y, y}, colour, false}; }

/// Labels as the axis writes them: with a true minus.
QStringList labelled(const char* labels) {
    return QString::fromLatin1(labels).replace(QLatin1Char('-'), QChar(0x2212)).split(QLatin1Char(' '));
}

QAction* actionOf(const QMenu& menu, const QString& text) {
    for (QAction* action : menu.actions())
        if (action->text() == text) return action;
    return nullptr;
}

}  // namespace

class TestCurves : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void symlogTicksArePowersOfTenOfBothSigns() {
        Shown shown(ScaleKind::Symlog);
        shown.plot.setYRange(-100, 100);
        shown.draw();
        QCOMPARE(shown.labels(), labelled("-100 -10 -1 0 1 10 100"));
        const std::vector<double> values{-100, -10, -1, 0, 1, 10, 100};
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double drawn = shown.plot.yTicks()[i].first;
            QVERIFY2(std::abs(drawn - values[i]) <= 1e-6 * std::abs(values[i]), qPrintable(QString::number(drawn)));
        }
        shown.plot.setYRange(-3000, 20);  // one sign reaches farther
        shown.draw();
        QCOMPARE(shown.labels(), labelled("-1e3 -100 -10 0 10"));
    }

    void ticksLeaveRoomForTheirLabels() {
        for (const int height : {90, 140, 260, 500}) {
            Shown shown(ScaleKind::Symlog, {}, {500, height});
            for (const double most : {1e-6, 0.7, 1.0, 42.0, 1e9}) {
                shown.plot.setYRange(-most, most);
                shown.draw();
                const auto ticks = shown.plot.yTicks();
                QVERIFY(ticks.size() >= 3);
                QCOMPARE(ticks[ticks.size() / 2].first, 0.0);
                for (std::size_t i = 1; i < ticks.size(); ++i) {
                    const int above = shown.plot.pointOf(0, ticks[i].first).y(), below = shown.plot.pointOf(0, ticks[i - 1].first).y();
                    QVERIFY2(below - above >= shown.plot.fontMetrics().height(), qPrintable(QStringLiteral("%1 px, ±%2: %3").arg(height).arg(most).arg(shown.labels().join(QLatin1Char(' ')))));
                }
            }
        }
    }

    void withinOneDecadeTicksAreRoundSteps() {
        Shown shown(ScaleKind::Symlog);
        shown.plot.setYRange(500, 900);
        shown.draw();
        QVERIFY(shown.plot.yTicks().size() >= 3);
        for (const auto& [value, label] : shown.plot.yTicks()) QCOMPARE(label, QString::number(std::round(value / 50) * 50));
    }

    void symlogDrawsValuesWhereItsDefinitionSays() {
        const std::vector<double> values{-70, -0.5, 0.02, 3, 100};
        const std::vector<QColor> colours{Qt::red, Qt::blue, Qt::magenta, Qt::darkGreen, Qt::darkCyan};
        std::vector<Curve> curves;
        for (std::size_t i = 0; i < values.size(); ++i) curves.push_back(level(values[i], colours[i]));
        Shown shown(ScaleKind::Symlog, curves);
        shown.plot.showLegend(false);
        shown.plot.setYRange(-100, 100);
        const QImage image = shown.draw();
        const QRect inside = shown.plot.plotRect();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double y = inside.bottom() - share(values[i], 100) * inside.height();
            QVERIFY2(std::abs(shown.plot.pointOf(1, values[i]).y() - y) <= 1, qPrintable(QStringLiteral("%1: %2, not %3").arg(values[i]).arg(shown.plot.pointOf(1, values[i]).y()).arg(y)));
            if (values[i] == 100) continue;  // half of it lies under the frame
            bool seen = false;
            for (const int x : {inside.left() + 100, inside.left() + 101, inside.left() + 102})
                for (int row = static_cast<int>(y) - 2; row <= static_cast<int>(y) + 2; ++row) {
                    const QColor pixel = image.pixelColor(x, row);
                    seen = seen || (std::abs(pixel.hue() - colours[i].hue()) <= 6 && pixel.saturation() > 100);
                }
            QVERIFY2(seen, qPrintable(QStringLiteral("%1 is not drawn at %2").arg(values[i]).arg(y)));
        }
    }

    void curvesAndHeatmapsAgreeOnSymlog() {
        Shown shown(ScaleKind::Symlog);
        const ValueScale heatmap{-8, 250, ScaleKind::Symlog};
        shown.plot.setYRange(-8, 250);
        shown.draw();
        const QRect inside = shown.plot.plotRect();
        for (const float value : {-7.0f, -0.1f, 0.0f, 0.2f, 5.0f, 249.0f}) {
            const double y = inside.bottom() - static_cast<double>(heatmap.position(value)) * inside.height();
            QVERIFY(std::abs(shown.plot.pointOf(0, static_cast<double>(value)).y() - y) <= 1);
        }
    }

    void theAxisFitsItsData() {
        const Curve wild{QStringLiteral("wild"), {0, 1, 2, 3, 4, 5}, {-1e4, 3, 0, std::nan(""), 1e-3, 2e5}, {}, false};
        Shown shown(ScaleKind::Symlog, {wild});
        for (qsizetype i = 0; i < wild.y.size(); ++i)
            if (!std::isnan(wild.y[i])) QVERIFY(shown.plot.plotRect().adjusted(0, 0, 1, 1).contains(shown.plot.pointOf(wild.x[i], wild.y[i])));
        for (const double y : {0.0, -3.0}) {
            shown.plot.setCurves({level(y, {})});
            shown.draw();
            QVERIFY(shown.plot.plotRect().contains(shown.plot.pointOf(2, y)));
        }
        shown.plot.setCurves({});
        shown.draw();  // nothing to fit is no reason to fail
        shown.plot.setHistogram({0, 1, 2, 3}, {5, 0, 100000});
        shown.draw();
        QVERIFY(std::abs(shown.plot.pointOf(0.5, 0).y() - shown.plot.plotRect().bottom()) <= 1);
    }

    void readoutsShowTrueValues() {
        Shown shown(ScaleKind::Symlog, {level(-50, {}), level(7, {})});
        QSignalSpy readouts(&shown.plot, &CurvePlot::readoutChanged), hovered(&shown.plot, &CurvePlot::hovered), clicked(&shown.plot, &CurvePlot::clicked);
        const QPoint at = shown.plot.pointOf(2, -50);
        QTest::mouseMove(shown.inside(), at);
        QTest::mouseClick(shown.inside(), Qt::LeftButton, {}, at);
        QCOMPARE(readouts.last()[0].toString(), QStringLiteral("-50 = \u221250   x = 2"));
        QCOMPARE(shown.plot.readoutAt(shown.plot.pointOf(3, 7)), QStringLiteral("7 = 7   x = 3"));
        QVERIFY(std::abs(hovered.last()[1].toDouble() + 50) < 2);  // to the pixel
        QVERIFY(std::abs(clicked.last()[1].toDouble() + 50) < 2);
        QCOMPARE(shown.plot.curves()[0].y[0], -50.0);
    }

    void aClickIsNoDragAndADragPans() {
        Shown shown(ScaleKind::Linear, {level(1, {})});
        QSignalSpy clicked(&shown.plot, &CurvePlot::clicked);
        const QPoint middle = shown.plot.plotRect().center();
        const double before = shown.plot.xAt(middle);
        QTest::mousePress(shown.inside(), Qt::LeftButton, {}, middle);
        for (const int moved : {3, 20, 50}) QTest::mouseMove(shown.inside(), middle + QPoint(moved, 0));
        QTest::mouseRelease(shown.inside(), Qt::LeftButton, {}, middle + QPoint(50, 0));
        shown.draw();
        QCOMPARE(clicked.size(), 0);
        QVERIFY(std::abs(shown.plot.xAt(middle + QPoint(50, 0)) - before) < 0.05);  // what was taken hold of moved along
        QTest::mouseDClick(shown.inside(), Qt::LeftButton, {}, middle);
        QVERIFY(std::abs(shown.plot.xAt(middle) - before) < 0.05);
    }

    void theMenuOffersTheScale() {
        CurveMenu menu;
        QSignalSpy changed(&menu, &CurveMenu::settingsChanged);
        QAction* symlog = actionOf(menu, QStringLiteral("Symmetric logarithmic"));
        QVERIFY(symlog != nullptr && !symlog->isChecked());
        symlog->trigger();
        QCOMPARE(changed.size(), 1);
        const auto chosen = changed.last()[0].value<CurveSettings>();
        QCOMPARE(chosen.scale, ScaleKind::Symlog);
        QVERIFY(symlog->isChecked() && !actionOf(menu, QStringLiteral("Linear"))->isChecked());
        QCOMPARE(summaryOf(chosen), QStringLiteral("min–max · symlog"));
        symlog->trigger();  // again says nothing new
        QCOMPARE(changed.size(), 1);
    }

    void bothMenusTakeFixedLimits() {
        CurveMenu curves;
        HeatmapMenu heatmap;
        QSignalSpy ofCurves(&curves, &CurveMenu::settingsChanged), ofHeatmap(&heatmap, &HeatmapMenu::settingsChanged);
        for (QMenu* menu : {static_cast<QMenu*>(&curves), static_cast<QMenu*>(&heatmap)}) {
            auto* low = menu->findChild<QLineEdit*>(QStringLiteral("fixedLow"));
            QVERIFY(low != nullptr);
            low->setText(QStringLiteral("7"));  // above the upper limit: refused
            Q_EMIT low->editingFinished();
            QCOMPARE(low->text(), QStringLiteral("0"));
            low->setText(QStringLiteral("-2.5"));
            Q_EMIT low->editingFinished();
            QVERIFY(actionOf(*menu, QStringLiteral("Fixed:"))->isChecked());
        }
        QCOMPARE(ofCurves.size(), 1);
        QCOMPARE(ofCurves.last()[0].value<CurveSettings>().fixedLow, -2.5f);
        QCOMPARE(ofHeatmap.size(), 1);
        QCOMPARE(ofHeatmap.last()[0].value<HeatmapSettings>().fixedLow, -2.5f);
        QCOMPARE(ofHeatmap.last()[0].value<HeatmapSettings>().range, RangeMode::Fixed);
    }

    void settingsAreStored() {
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        CurveSettings settings, loaded;
        settings.scale = ScaleKind::Symlog;
        settings.range = RangeMode::Percentile;
        settings.save(store);
        loaded.load(store);
        QCOMPARE(loaded, settings);
        store.setValue(QStringLiteral("scale"), 77);
        store.setValue(QStringLiteral("range"), -1);
        store.setValue(QStringLiteral("fixedLow"), QStringLiteral("none"));
        loaded.load(store);
        QCOMPARE(loaded, settings);
        store.clear();
        store.setValue(QStringLiteral("logarithmic"), true);  // as the first version wrote it
        CurveSettings old;
        old.load(store);
        QCOMPARE(old.scale, ScaleKind::Log);
    }
};

QTEST_MAIN(TestCurves)
#include "tst_curves.moc"
