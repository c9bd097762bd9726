// Transcripts: corrections, captions, files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "engine/speech/captions.h"
#include "engine/speech/transcript_edit.h"
#include "engine/speech/transcript_export.h"
#include "engine/speech/utf8_text.h"

using namespace ms;

namespace {

Transcript sample() {
    return {{{{{"hello", 0.5, 1.0, 0.75}, {"w\u00f6rld", 1.25, 2.0, 0.5}}, true}, {{{"rubout", 4.0, 4.5, 1.0}}, false}}};
}

Transcript edited(const Result<Transcript>& result) {
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : Transcript{};
}

/// `count` words of about `seconds` each, one segment.
Transcript talk(int count, double seconds, const std::string& word) {
    Transcript transcript{{{}}};
    for (int i = 0; i < count; ++i) transcript.segments[0].words.push_back({word, i * seconds, (i + 1) * seconds, 1});
    return transcript;
}

}  // namespace

TEST(Transcript, JoinsItsText) {
    EXPECT_EQ(sample().text(), "hello w\u00f6rld rubout");
    EXPECT_EQ(sample().words(), 3u);
    EXPECT_EQ(sample().segments[0].start(), 0.5);
    EXPECT_EQ(sample().segments[0].end(), 2.0);
    EXPECT_EQ(Transcript{}.text(), "");
}

TEST(Transcript, PlacesFramesOnTheClock) {
    const FrameClock clock{0.04, 10};
    const TranscriptWord word = placed({"a", 25, 50, 0.5}, clock);
    EXPECT_DOUBLE_EQ(word.start, 11.0);
    EXPECT_DOUBLE_EQ(word.end, 12.0);
    EXPECT_EQ(word.confidence, 0.5);
}

TEST(TranscriptEdit, ReplacesWords) {
    const Transcript one = edited(replaceWord(sample(), {0, 1}, " planet "));
    EXPECT_EQ(one.segments[0].words[1], (TranscriptWord{"planet", 1.25, 2.0, 1.0}));
    const Transcript two = edited(replaceWord(sample(), {0, 0}, "o\nthere"));
    ASSERT_EQ(two.segments[0].words.size(), 3u);
    EXPECT_EQ(two.segments[0].words[0].text, "o");
    EXPECT_DOUBLE_EQ(two.segments[0].words[0].end, 0.5 + 0.5 / 6);
    EXPECT_DOUBLE_EQ(two.segments[0].words[1].start, 0.5 + 0.5 / 6);
    EXPECT_EQ(two.segments[0].words[1].end, 1.0);
    EXPECT_EQ(edited(replaceWord(sample(), {0, 0}, "")).text(), "w\u00f6rld rubout");
    EXPECT_EQ(edited(replaceWord(sample(), {1, 0}, " \t")).segments.size(), 1u) << "a segment without words goes";
    EXPECT_EQ(edited(replaceWord(sample(), {0, 0}, "a\xff")).segments[0].words[0].text, "a?");
    EXPECT_EQ(replaceWord(sample(), {2, 0}, "x").error().message, "transcript: there is no segment 2");
    EXPECT_EQ(replaceWord(sample(), {1, 1}, "x").error().message, "transcript: there is no word 1 in segment 1");
}

TEST(TranscriptEdit, MergesAndSplitsWords) {
    const Transcript merged = edited(mergeWords(sample(), {0, 0}));
    EXPECT_EQ(merged.segments[0].words, (std::vector<TranscriptWord>{{"hellow\u00f6rld", 0.5, 2.0, 0.5}}));
    const Transcript split = edited(splitWord(merged, {0, 0}, 7));  // behind the two bytes of the umlaut
    ASSERT_EQ(split.segments[0].words.size(), 2u);
    EXPECT_EQ(split.segments[0].words[0], (TranscriptWord{"hellow\u00f6", 0.5, 0.5 + 1.5 * 7 / 10, 0.5}));
    EXPECT_EQ(split.segments[0].words[1].text, "rld");
    EXPECT_EQ(split.segments[0].words[1].end, 2.0);
    EXPECT_FALSE(mergeWords(sample(), {0, 1}));
    EXPECT_FALSE(splitWord(sample(), {0, 0}, 0));
    EXPECT_EQ(splitWord(sample(), {0, 1}, 5).error().message, "transcript: \"w\u00f6rld\" cannot be parted at character 5");
}

TEST(TranscriptEdit, MergesAndSplitsSegments) {
    const Transcript merged = edited(mergeSegments(sample(), 0));
    ASSERT_EQ(merged.segments.size(), 1u);
    EXPECT_FALSE(merged.segments[0].final);
    EXPECT_EQ(merged.text(), sample().text());
    const Transcript split = edited(splitSegment(merged, {0, 2}));
    EXPECT_EQ(split.text(), sample().text());
    EXPECT_EQ(split.segments[1].words, sample().segments[1].words);
    EXPECT_FALSE(mergeSegments(sample(), 1));
    EXPECT_FALSE(mergeSegments(sample(), 99));
    EXPECT_FALSE(splitSegment(sample(), {0, 0}));
}

TEST(Captions, KeepTheLimits) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        Transcript transcript;
        double clock = 0;
        std::string said;
        for (std::size_t s = 1 + random() % 4; s > 0; --s) {
            transcript.segments.emplace_back();
            for (std::size_t n = random() % 40; n > 0; --n) {
                std::string word;
                for (std::size_t c = 1 + random() % (random() % 20 == 0 ? 100 : 9); c > 0; --c) word += random() % 5 ? "x" : "\u00e4";
                clock += static_cast<double>(random() % 1000) / 1000;
                const double start = clock;
                clock += static_cast<double>(random() % (random() % 30 == 0 ? 20000 : 800)) / 1000;
                transcript.segments.back().words.push_back({word, start, clock, 1});
                said += word;
            }
        }
        double last = 0;
        std::string shownText;
        for (const Caption& caption : captionsOf(transcript)) {
            EXPECT_GE(caption.start, last - 1e-9);
            EXPECT_GT(caption.end, caption.start);
            EXPECT_LE(caption.end - caption.start, 7 + 1e-9);
            ASSERT_GE(caption.lines.size(), 1u);
            EXPECT_LE(caption.lines.size(), 2u);
            for (const auto& line : caption.lines) {
                EXPECT_LE(characterCount(line), 42u);
                for (const char c : line)
                    if (c != ' ') shownText += c;
            }
            last = caption.end;
        }
        EXPECT_EQ(shownText, said) << "nothing is lost";
    }
}

TEST(Captions, BreakAtPausesAndSegments) {
    const Transcript transcript{{{{{"a", 0, 0.2, 1}, {"b", 0.3, 0.5, 1}, {"c", 5, 5.2, 1}}, true}, {{{"d", 5.3, 5.5, 1}}, true}}};
    EXPECT_EQ(captionsOf(transcript), (std::vector<Caption>{{0, 1, {"a b"}}, {5, 5.3, {"c"}}, {5.3, 6.3, {"d"}}}));
    const auto lines = captionsOf(talk(10, 0.1, "sixteen_letters_"));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].lines, (std::vector<std::string>{"sixteen_letters_ sixteen_letters_", "sixteen_letters_ sixteen_letters_"}));
}

TEST(Captions, SurviveImpossibleTimes) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    const Transcript transcript{{{{{"a", nan, inf, 1}, {"b", -5, -7, 1}, {"c", 1e300, 0, 1}, {"d", 3, 2, 1}}, true}}};
    double last = 0;
    for (const Caption& caption : captionsOf(transcript)) {
        EXPECT_GE(caption.start, last);
        EXPECT_GT(caption.end, caption.start);
        last = caption.end;
    }
    EXPECT_FALSE(toSrt(transcript).empty());
    EXPECT_TRUE(transcriptFromJson(toJson({{{{{"a", nan, inf, 1}}, true}}}), "t.json"));
}

TEST(TranscriptExport, WritesText) { EXPECT_EQ(toTxt(sample()), "hello w\u00f6rld\nrubout\n"); }

TEST(TranscriptExport, WritesSubRip) {
    EXPECT_EQ(toSrt(sample()),
              "1\n00:00:00,500 --> 00:00:02,000\nhello w\u00f6rld\n\n2\n00:00:04,000 --> 00:00:05,000\nrubout\n");
    const Transcript odd{{{{{"a-->b", 3599.9996, 3601.2344, 1}}, true}, {{{"<i>&", 360000, 360001.5, 1}}, true}}};
    EXPECT_EQ(toSrt(odd), "1\n01:00:00,000 --> 01:00:01,234\na->b\n\n2\n100:00:00,000 --> 100:00:01,500\n<i>&\n");
}

TEST(TranscriptExport, WritesWebVtt) {
    const Transcript odd{{{{{"a-->b", 1, 2.5, 1}, {"<i>&amp;", 2.5, 3, 1}}, true}}};
    EXPECT_EQ(toVtt(odd), "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\na--&gt;b &lt;i&gt;&amp;amp;\n");
    EXPECT_EQ(toVtt({}), "WEBVTT\n");
}

TEST(TranscriptExport, JsonComesBack) {
    const auto back = transcriptFromJson(toJson(sample()), "t.json");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, sample());
    const auto empty = transcriptFromJson(toJson({}), "t.json");
    ASSERT_TRUE(empty);
    EXPECT_EQ(*empty, Transcript{});
    const auto quoted = transcriptFromJson(toJson({{{{{"\"\\/", 0, 1, 1}}, true}}}), "t.json");
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->text(), "\"\\/");
}

TEST(TranscriptExport, JsonProblemsAreNamed) {
    const auto errorOf = [](const std::string& words) {
        const auto read = transcriptFromJson(R"({"format":"mambascope-transcript","version":1,"segments":[{"words":)" + words + "}]}", "t.json");
        EXPECT_FALSE(read) << words;
        return read ? "" : read.error().message;
    };
    EXPECT_EQ(errorOf("7"), "t.json: segments[0]: words must be a list");
    EXPECT_EQ(errorOf("[7]"), "t.json: segments[0].words[0]: is no object");
    EXPECT_EQ(errorOf("[{}]"), "t.json: segments[0].words[0]: text must be a string");
    EXPECT_EQ(errorOf(R"([{"text":"a b"}])"), "t.json: segments[0].words[0]: text \"a b\" is no single word");
    EXPECT_EQ(errorOf(R"([{"text":""}])"), "t.json: segments[0].words[0]: text \"\" is no single word");
    EXPECT_EQ(errorOf(R"([{"text":"a","start":-1}])"), "t.json: segments[0].words[0]: start is not from 0 to 1000000000.0");
    EXPECT_EQ(errorOf(R"([{"text":"a","start":2,"end":1}])"), "t.json: segments[0].words[0]: end lies before start");
    EXPECT_EQ(errorOf(R"([{"text":"a","start":1,"end":2,"confidence":1.5}])"),
              "t.json: segments[0].words[0]: confidence is not from 0 to 1.0");
    EXPECT_EQ(transcriptFromJson("{}", "t.json").error().message, "t.json: is no transcript: format must be \"mambascope-transcript\"");
    EXPECT_EQ(transcriptFromJson("[]", "t.json").error().message, "t.json: is no transcript: format must be \"mambascope-transcript\"");
    EXPECT_EQ(transcriptFromJson(R"({"format":"mambascope-transcript","version":2})", "t.json").error().message,
              "t.json: version is not 1; a newer program wrote it");
    EXPECT_FALSE(transcriptFromJson("{", "t.json"));
}

TEST(TranscriptExport, WritesFiles) {
    EXPECT_EQ(transcriptFormat("SRT"), TranscriptFormat::Srt);
    EXPECT_FALSE(transcriptFormat("doc"));
    const auto path = std::filesystem::temp_directory_path() / "ms_tst_transcript.vtt";
    ASSERT_TRUE(writeTranscript(sample(), TranscriptFormat::Vtt, path));
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_EQ(text.str(), toVtt(sample()));
    std::filesystem::remove(path);
    EXPECT_FALSE(writeTranscript(sample(), TranscriptFormat::Txt, "/nonexistent/t.txt"));
}
