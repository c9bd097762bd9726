// Error rates and the tables they are measured on.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/speech/segment_table.h"
#include "engine/speech/word_error_rate.h"
#include "tests/unit/speech/speech_fixture.h"

using namespace ms;

namespace {

/// Levenshtein by its recursive definition.
std::int64_t distance(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return static_cast<std::int64_t>(a.size() + b.size());
    const std::string restA = a.substr(1), restB = b.substr(1);
    if (a[0] == b[0]) return distance(restA, restB);
    return 1 + std::min({distance(restA, restB), distance(restA, b), distance(a, restB)});
}

const std::string kHeader = "start_sample\tsamples\tspeaker\ttext\n";

std::string errorOf(const std::string& table) {
    const auto segments = parseSegmentTable(table, "t.tsv");
    EXPECT_FALSE(segments);
    return segments ? "" : segments.error().message;
}

}  // namespace

TEST(WordErrorRate, CountsEdits) {
    EXPECT_EQ(wordErrors("the cat sat", "the cat sat"), (EditCounts{0, 0, 0, 3}));
    EXPECT_EQ(wordErrors("the cat sat", "the hat sat down"), (EditCounts{1, 1, 0, 3}));
    EXPECT_EQ(wordErrors("the cat sat", "cat"), (EditCounts{0, 0, 2, 3}));
    EXPECT_EQ(wordErrors("", "a b"), (EditCounts{0, 2, 0, 0}));
    EXPECT_EQ(wordErrors("a b", ""), (EditCounts{0, 0, 2, 2}));
    EXPECT_EQ(wordErrors("a b", "b a"), (EditCounts{2, 0, 0, 2})) << "two substitutions rather than a deletion and an insertion";
    EXPECT_EQ(characterErrors("h\u00fcte", "hutes"), (EditCounts{1, 1, 0, 4}));
    EXPECT_EQ(characterErrors("a b", "ab"), (EditCounts{0, 0, 1, 3}));
    EXPECT_DOUBLE_EQ(wordErrors("a b c d", "a x c").rate(), 0.5);
    EXPECT_EQ(wordErrors("", "").rate(), 0.0);
    EXPECT_EQ(wordErrors("", "a").rate(), 1.0);
}

TEST(WordErrorRate, AgreesWithTheDefinition) {
    std::mt19937 random(6);
    for (int round = 0; round < 300; ++round) {
        std::string a, b;
        for (std::size_t n = random() % 7; n > 0; --n) a += static_cast<char>('a' + random() % 3);
        for (std::size_t n = random() % 7; n > 0; --n) b += static_cast<char>('a' + random() % 3);
        const EditCounts counts = characterErrors(a, b);
        EXPECT_EQ(counts.errors(), distance(a, b)) << a << " " << b;
        EXPECT_EQ(counts.insertions - counts.deletions, static_cast<std::int64_t>(b.size()) - static_cast<std::int64_t>(a.size()));
    }
}

TEST(WordErrorRate, NormalisesFirst) {
    EXPECT_EQ(normalisedForScoring("  It\u2019s \"Well-known\",\tNo. 7!\n"), "it's well known no 7");
    EXPECT_EQ(normalisedForScoring("\u00c9T\u00c9 \u0141\u00f3d\u017a \u0416\u0401 \u03a9 \u2014 \u65e5\u672c\u3002"),
              "\u00e9t\u00e9 \u0142\u00f3d\u017a \u0436\u0451 \u03c9 \u65e5\u672c");
    EXPECT_EQ(normalisedForScoring("a\xff" "b"), "a b");
    EXPECT_EQ(normalisedForScoring("... --"), "");
    ErrorTotals totals;
    totals.add("RUBOUT G M", "rubout, g. n");
    totals.add("YES", "");
    EXPECT_EQ(totals.words, (EditCounts{1, 0, 1, 4}));
    EXPECT_EQ(totals.characters.reference, 13);
    EXPECT_EQ(totals.characters.errors(), 4);
}

TEST(SegmentTable, ReadsRows) {
    const auto segments = parseSegmentTable(kHeader + "0\t64000\tfcaw\tRUBOUT G\r\n65600\t10\t\t\"so\n\n", "t.tsv");
    ASSERT_TRUE(segments) << segments.error().message;
    EXPECT_EQ(*segments, (std::vector<SpokenSegment>{{0, 64000, "fcaw", "RUBOUT G"}, {65600, 10, "", "\"so"}}));
    const auto other = parseSegmentTable("\xEF\xBB\xBFtext\tnote\tsamples\tstart_sample\nhi\tx\t5\t7", "t.tsv");
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ(*other, (std::vector<SpokenSegment>{{7, 5, "", "hi"}}));
}

TEST(SegmentTable, NamesWhatIsWrong) {
    EXPECT_EQ(errorOf(""), "t.tsv: line 1: has no column start_sample; expected start_sample, samples, speaker, text parted by tabs");
    EXPECT_EQ(errorOf("start_sample\tsamples\ttext\ttext\n"), "t.tsv: line 1: column text is there twice");
    EXPECT_EQ(errorOf(kHeader), "t.tsv: line 1: the table has no segments");
    EXPECT_EQ(errorOf(kHeader + "0\t1\tx\n"), "t.tsv: line 2: has 3 columns, the first line 4");
    for (const char* number : {"-1", "1.5", "", "x", "9223372036854775808", "1125899906842625", " 1"})
        EXPECT_EQ(errorOf(kHeader + "0\t1\ts\tx\n" + number + "\t1\ts\tx\n"),
                  "t.tsv: line 3: start_sample is \"" + std::string(number) + "\", no whole number from 0 to 2^50");
    EXPECT_EQ(errorOf(kHeader + "0\t0\ts\tx\n"), "t.tsv: line 2: samples is \"0\", no whole number from 1 to 2^50");
    EXPECT_EQ(readSegmentTable("/nonexistent.tsv").error().code, ErrorCode::NotFound);
}
