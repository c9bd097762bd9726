// Token rows in shared blocks: what goes in comes out, copies share, and none sees what another appends.
#include <QTest>
#include <cmath>
#include <thread>

#include "ui/models/token_log.h"

using namespace ms;

namespace {

constexpr auto kBlock = static_cast<int>(TokenRows::kBlockRows);

TokenRow rowOf(int i, bool baseline = false) {
    TokenRow row;
    row.id = i;
    row.surprisalBits = i == 0 ? std::numeric_limits<float>::quiet_NaN() : 0.1f * static_cast<float>(i);
    row.fromPrompt = i % 3 == 0;
    row.alternativeCount = static_cast<std::uint8_t>(i % 6);
    for (std::size_t a = 0; a < row.alternativeCount; ++a) row.alternatives[a] = {i + static_cast<int>(a), 1.0f / static_cast<float>(i + 1)};
    if (!baseline) return row;
    row.baselineSurprisalBits = 0.2f * static_cast<float>(i);
    row.baselineAlternativeCount = 5;
    for (std::size_t a = 0; a < 5; ++a) row.baselineAlternatives[a] = {2 * i, 0.25f};
    return row;
}

bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same(const TokenRow& a, const TokenRow& b) {
    bool equal = a.id == b.id && same(a.surprisalBits, b.surprisalBits) && a.fromPrompt == b.fromPrompt && a.alternativeCount == b.alternativeCount &&
                 same(a.baselineSurprisalBits, b.baselineSurprisalBits) && a.baselineAlternativeCount == b.baselineAlternativeCount;
    for (std::size_t i = 0; i < TokenRow::kAlternatives; ++i)
        equal = equal && a.alternatives[i].id == b.alternatives[i].id && a.alternatives[i].probability == b.alternatives[i].probability &&
                a.baselineAlternatives[i].id == b.baselineAlternatives[i].id &&
                a.baselineAlternatives[i].probability == b.baselineAlternatives[i].probability;
    return equal;
}

TokenRows rowsUpTo(int count) {
    TokenRows rows;
    for (int i = 0; i < count; ++i) rows.push_back(rowOf(i));
    return rows;
}

}  // namespace

class TestTokenRows : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rowsComeOutAsTheyWentIn() {
        TokenRows rows;
        const auto baseline = [](int i) { return i > kBlock / 2 && i < 2 * kBlock; };  // begins in the midst of a block
        for (int i = 0; i < 3 * kBlock + 7; ++i) rows.push_back(rowOf(i, baseline(i)));
        for (int i = 0; i < 3 * kBlock + 7; ++i) QVERIFY2(same(rows[static_cast<std::size_t>(i)], rowOf(i, baseline(i))), qPrintable(QString::number(i)));
        QCOMPARE(rows.ids()[static_cast<std::size_t>(kBlock)], kBlock);
    }

    void copiesShareAndPart() {
        TokenRows first = rowsUpTo(2 * kBlock + 10);
        TokenRows second = first;
        QCOMPARE(second.sharedBlocks(first), 3u);
        first.push_back(rowOf(1001));   // in the block that both have
        second.push_back(rowOf(2002));  // it was there first: a block of its own
        QCOMPARE(first[first.size() - 1].id, 1001);
        QCOMPARE(second[second.size() - 1].id, 2002);
        QCOMPARE(second.sharedBlocks(first), 2u);
        TokenRows third = first;
        third.truncate(static_cast<std::size_t>(kBlock + 3));
        third.push_back(rowOf(3003));
        QVERIFY(same(first[static_cast<std::size_t>(kBlock + 3)], rowOf(kBlock + 3)));
        QCOMPARE(third.sharedBlocks(first), 1u);
        third.clear();
        QVERIFY(third.empty());
    }

    void extendingSharesWholeBlocks() {
        const TokenRows all = rowsUpTo(5 * kBlock + 20);
        TokenRows some = all;
        some.truncate(static_cast<std::size_t>(kBlock + 5));
        some.extend(all, static_cast<std::size_t>(4 * kBlock + 9));
        QCOMPARE(some.size(), static_cast<std::size_t>(4 * kBlock + 9));
        QCOMPARE(some.sharedBlocks(all), 4u);  // all but the one where they had parted
        for (std::size_t i = 0; i < some.size(); ++i) QVERIFY(same(some[i], all[i]));
        some.push_back(rowOf(7));
        QVERIFY(same(all[static_cast<std::size_t>(4 * kBlock + 9)], rowOf(4 * kBlock + 9)));
    }

    void aRowTakesHalfOfWhatItsValuesTake() {
        const TokenRows rows = rowsUpTo(100 * kBlock);
        qInfo("a row takes %zu bytes, as values %zu", rows.bytes() / rows.size(), sizeof(TokenRow));
        QVERIFY(2 * rows.bytes() <= 108 * rows.size());
        QVERIFY(TokenRows::kRowBytes <= 52);
    }

    void aReaderIsNotDisturbedByAWriter() {
        TokenRows live = rowsUpTo(10);
        const TokenRows seen = live;
        std::jthread writer([&] { for (int i = 10; i < 20'000; ++i) live.push_back(rowOf(i)); });
        for (int round = 0; round < 1000; ++round)
            for (int i = 0; i < 10; ++i) QVERIFY(same(seen[static_cast<std::size_t>(i)], rowOf(i)));
    }
};

QTEST_APPLESS_MAIN(TestTokenRows)
#include "tst_token_rows.moc"
