#include <QElapsedTimer>
#include <QScrollBar>
#include <QTest>

#include "synthetic.h"
#include "ui/views/prompt_panel/token_chips.h"

using namespace ms;

namespace {

struct Chips {
    TokenLog tokens;
    TimeAxis axis;
    Selection selection;
    TokenChips view{tokens, axis, selection};

    explicit Chips(qint64 count) {
        std::vector<TokenLog::Piece> pieces;
        for (TokenId id = 0; id < 100; ++id)
            pieces.emplace_back(id, id == 40 ? QStringLiteral(".\n") : QStringLiteral(" word%1").arg(id));
        tokens.addPieces(pieces);
        view.resize(400, 200);
        view.show();
        append(count);
    }
    void append(qint64 count) {
        std::vector<TokenRow> rows;
        const qint64 first = tokens.size();
        for (qint64 t = first; t < first + count; ++t) rows.push_back(test::tokenRow(t));
        tokens.append(rows);
        axis.setTokenCount(tokens.size());
    }
};

}  // namespace

class TestChips : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyChipIsHitWhereItIsDrawn() {
        Chips chips(60);
        chips.view.verticalScrollBar()->setValue(0);
        int seen = 0;
        for (qint64 token = 0; token < 60; ++token) {
            const QRect rect = chips.view.rectOf(token);
            if (rect.isEmpty() || !chips.view.viewport()->rect().contains(rect)) continue;
            QCOMPARE(chips.view.tokenAt(rect.center()), token);
            QCOMPARE(chips.view.tokenAt(rect.topLeft()), token);
            ++seen;
        }
        QVERIFY(seen > 15);
        QCOMPARE(chips.view.tokenAt({1, 1}), -1);
    }

    void linesBreakAtTheEdgeAndAfterNewlines() {
        ChipLayout layout([](qint64 token) { return ChipLayout::Extent{30, token == 4}; });
        layout.setWidth(100);
        layout.append(8);
        QCOMPARE(layout.lines(), 3);  // 0 1 2 | 3 4⏎ | 5 6 7
        QCOMPARE(layout.firstOf(1), 3);
        QCOMPARE(layout.firstOf(2), 5);
        QCOMPARE(layout.lineOf(7), 2);
        QCOMPARE(layout.placeOf(6).x, 30 + ChipLayout::kGap);
        QCOMPARE(layout.tokenAt(1, 95), -1);
        layout.setWidth(1);  // too narrow for anything: one token a line
        QCOMPARE(layout.lines(), 8);
    }

    void clickSetsTheCursorAndTheCursorScrolls() {
        Chips chips(3000);
        const QScrollBar* bar = chips.view.verticalScrollBar();
        QCOMPARE(bar->value(), bar->maximum());  // follows the newest
        chips.selection.setToken(10);            // from a heatmap
        QVERIFY(!chips.view.rectOf(10).isEmpty());
        QTest::mouseClick(chips.view.viewport(), Qt::LeftButton, {}, chips.view.rectOf(12).center());
        QCOMPARE(chips.selection.token(), 12);
    }

    void describesWithProbabilityAndAlternatives() {
        Chips chips(20);
        const QString text = TokenChips::describe(chips.tokens, 3);
        QVERIFY2(text.contains(QStringLiteral("3.00 bits")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("0.125")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("50.0 %")), qPrintable(text));
        QVERIFY(TokenChips::describe(chips.tokens, 0).contains(QStringLiteral("first token")));
    }

    void aHundredThousandTokensStayQuick() {
        Chips chips(100'000);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 50; ++i) {
            chips.append(1);
            chips.view.viewport()->repaint();
        }
        const double perFrame = static_cast<double>(timer.nsecsElapsed()) * 1e-6 / 50;
        qInfo("append and repaint at 100 000 tokens: %.2f ms", perFrame);
        QVERIFY2(perFrame < 50, "appending must not lay out everything anew");
    }
};

QTEST_MAIN(TestChips)
#include "tst_chips.moc"
