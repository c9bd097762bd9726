#include "engine/audio/audio_writer.h"

#include <limits>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

constexpr AudioFormat kFormats[]{AudioFormat::Wav16, AudioFormat::WavFloat, AudioFormat::Flac};

std::filesystem::path nameFor(const TempFolder& folder, AudioFormat format) {
    return folder.path() / (format == AudioFormat::Flac ? "take.flac" : "take.wav");
}

int filesIn(const TempFolder& folder) {
    return static_cast<int>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

TEST(AudioWriter, WhatIsWrittenIsRead) {
    const std::vector<float> clip = speech();
    for (const AudioFormat format : kFormats) {
        const TempFolder folder;
        const auto target = nameFor(folder, format);
        auto writer = AudioWriter::create(target, format, 16000, 1);
        ASSERT_TRUE(writer) << writer.error().message;
        inPieces(clip, 1, 5, [&](auto piece) { ASSERT_TRUE(writer->write(piece)); });
        EXPECT_FALSE(std::filesystem::exists(target));
        ASSERT_TRUE(writer->finish());
        EXPECT_EQ(filesIn(folder), 1);
        auto file = AudioFile::open(target);
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(readRest(*file), clip);  // the clip is of 16 bits itself
        EXPECT_TRUE(file->notes().empty());
    }
}

TEST(AudioWriter, WhatWasRecordedBeforeACrashCanBeRead) {
    const std::vector<float> clip = speech();
    for (const AudioFormat format : kFormats) {
        const TempFolder folder;
        auto writer = AudioWriter::create(nameFor(folder, format), format, 16000, 1);
        ASSERT_TRUE(writer);
        for (std::size_t at = 0; at < 48000; at += 800) ASSERT_TRUE(writer->write(std::span(clip).subspan(at, 800)));
        // What is on disk now is what a crash leaves; nobody has closed or flushed anything.
        auto left = AudioFile::fromBytes(bytesOf(writer->temporary()), "left");
        ASSERT_TRUE(left) << left.error().message;
        const std::vector<float> got = readRest(*left);
        EXPECT_GE(got.size(), format == AudioFormat::Flac ? 48000u - 2 * 4608u : 32000u);
        EXPECT_TRUE(std::equal(got.begin(), got.end(), clip.begin()));
    }
}

TEST(AudioWriter, DroppedRecordingsStayUnderTheirTemporaryName) {
    const TempFolder folder;
    std::filesystem::path left;
    {
        auto writer = AudioWriter::create(folder.path() / "take.wav", AudioFormat::Wav16, 8000, 2);
        ASSERT_TRUE(writer);
        ASSERT_TRUE(writer->write(std::vector<float>(200, 0.25f)));
        EXPECT_EQ(writer->frames(), 100);
        left = writer->temporary();
    }
    auto file = AudioFile::open(left);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->frames(), 100);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "take.wav"));
}

TEST(AudioWriter, DiscardLeavesTheOldFile) {
    const TempFolder folder;
    const auto target = folder.path() / "take.wav";
    std::ofstream(target) << "old";
    auto writer = AudioWriter::create(target, AudioFormat::Wav16, 8000, 1);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(std::vector<float>(200, 0.25f)));
    writer->discard();
    EXPECT_EQ(filesIn(folder), 1);
    EXPECT_EQ(bytesOf(target).size(), 3u);
}

TEST(AudioWriter, ClipsAndSilencesWhatCannotBeWritten) {
    const TempFolder folder;
    auto writer = AudioWriter::create(folder.path() / "take.wav", AudioFormat::Wav16, 16000, 1);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(std::vector<float>{3.0f, -3.0f, std::numeric_limits<float>::quiet_NaN()}));
    ASSERT_TRUE(writer->finish());
    auto file = AudioFile::open(folder.path() / "take.wav");
    ASSERT_TRUE(file);
    const std::vector<float> got = readRest(*file);
    ASSERT_EQ(got.size(), 3u);
    EXPECT_GT(got[0], 0.999f);
    EXPECT_LT(got[1], -0.999f);
    EXPECT_EQ(got[2], 0.0f);
}

TEST(AudioWriter, RefusesWhereItCannotWrite) {
    const TempFolder folder;
    expectRefusal(AudioWriter::create(folder.path() / "no" / "take.wav", AudioFormat::Wav16, 16000, 1), "take.wav");
    EXPECT_EQ(AudioWriter::create(folder.path() / "no" / "take.wav", AudioFormat::Wav16, 16000, 1).error().code,
              ErrorCode::NotFound);
    expectRefusal(AudioWriter::create(folder.path(), AudioFormat::Wav16, 16000, 1), folder.path().string());
    expectRefusal(AudioWriter::create(folder.path() / "a.wav", AudioFormat::Wav16, 0, 1), "a.wav");
    expectRefusal(AudioWriter::create(folder.path() / "a.flac", AudioFormat::Flac, 16000, 99), "a.flac");
    EXPECT_EQ(filesIn(folder), 0);
}

}  // namespace
}  // namespace ms
