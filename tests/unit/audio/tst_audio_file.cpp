#include "engine/audio/audio_file.h"

#include <sys/stat.h>

#include <limits>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

TEST(AudioFile, SaysWhatItIs) {
    const auto file = AudioFile::open(fixture("speech.flac"));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->sampleRate(), 16000);
    EXPECT_EQ(file->channels(), 1);
    EXPECT_EQ(file->frames(), 64000);
    EXPECT_NE(file->format().find("FLAC"), std::string::npos) << file->format();
    EXPECT_TRUE(file->notes().empty());
}

/// Normalised correlation at the lag that fits best: coders delay, and change little else of a voice.
double bestCorrelation(std::span<const float> a, std::span<const float> b) {
    double best = 0.0;
    for (std::size_t lag = 0; lag < 3000; ++lag) {
        double ab = 0.0, aa = 0.0, bb = 0.0;
        for (std::size_t n = 8000; n < 56000 && n + lag < b.size(); ++n) {
            const double x = static_cast<double>(a[n]), y = static_cast<double>(b[n + lag]);
            ab += x * y, aa += x * x, bb += y * y;
        }
        best = std::max(best, ab / std::sqrt(aa * bb));
    }
    return best;
}

TEST(AudioFile, ReadsWhatCodersMadeOfTheSameClip) {
    const std::vector<float> original = speech();
    ASSERT_EQ(original.size(), 64000u);
    for (const char* name : {"speech.opus", "speech.ogg", "speech.mp3"}) {
        auto file = AudioFile::open(fixture(name));
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(file->channels(), 1) << name;
        const std::vector<float> samples = readRest(*file);
        const double seconds = static_cast<double>(samples.size()) / file->sampleRate();
        EXPECT_NEAR(seconds, 4.0, 0.15) << name;
        if (file->sampleRate() == 16000) EXPECT_GT(bestCorrelation(original, samples), 0.9) << name;
        else EXPECT_NEAR(rms(samples) / rms(original), 1.0, 0.1) << name;  // Opus speaks 48 kHz
        EXPECT_TRUE(file->notes().empty()) << name << ": " << file->notes().front();
    }
}

TEST(AudioFile, BlocksOfAnySizeGiveTheSameSamples) {
    const std::vector<float> whole = speech();
    for (const std::size_t size : {1u, 7u, 4095u, 4096u, 4097u, 70000u}) {
        auto file = AudioFile::open(fixture("speech.flac"));
        ASSERT_TRUE(file);
        std::vector<float> all, block(size);
        while (const std::size_t got = file->read(block))
            all.insert(all.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
        EXPECT_EQ(all, whole) << size;
        EXPECT_EQ(file->position(), 64000);
    }
}

TEST(AudioFile, MixesChannelsToTheirMean) {
    auto file = AudioFile::fromBytes(wav<float>({.channels = 3}, {0.5f, 0.25f, 0.0f, -1.0f, 1.0f, 0.75f}), "three");
    ASSERT_TRUE(file) << file.error().message;
    std::vector<float> mono(5);
    ASSERT_EQ(file->readMono(mono), 2u);
    EXPECT_FLOAT_EQ(mono[0], 0.25f);
    EXPECT_FLOAT_EQ(mono[1], 0.25f);
    EXPECT_EQ(file->readMono(mono), 0u);
}

TEST(AudioFile, CountsWhatIsNoNumberAndReadsItAsSilence) {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
    auto file = AudioFile::fromBytes(wav<float>({}, {0.5f, kNan, -kInf, 1e30f, -0.25f}), "nan");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(readRest(*file), (std::vector<float>{0.5f, 0.0f, 0.0f, 0.0f, -0.25f}));
    EXPECT_EQ(file->replacedSamples(), 3);
    ASSERT_EQ(file->notes().size(), 1u);
    EXPECT_NE(file->notes()[0].find("3 samples"), std::string::npos) << file->notes()[0];
}

TEST(AudioFile, RefusesWhatNobodyCanHear) {
    const std::vector<float> some(100, 0.1f);
    expectRefusal(AudioFile::fromBytes({}, "empty"), "empty");
    expectRefusal(AudioFile::fromBytes(wav<float>({.channels = 0}, some), "no channels"), "no channels");
    expectRefusal(AudioFile::fromBytes(wav<float>({.channels = 100}, some), "crowd"), "crowd");
    expectRefusal(AudioFile::fromBytes(wav<float>({.rate = 0}, some), "rate 0"), "rate 0");
    expectRefusal(AudioFile::fromBytes(wav<float>({.rate = 3}, some), "rate 3"), "rate 3");
    expectRefusal(AudioFile::fromBytes(wav<float>({.rate = 2'000'000'000}, some), "fast"), "fast");
    expectRefusal(AudioFile::fromBytes(wav<float>({}, {}), "no samples"), "no samples");
    expectRefusal(AudioFile::open(fixture("README.md")), "README.md");
    expectRefusal(AudioFile::open(fixture("nothing.wav")), "nothing.wav");
    EXPECT_EQ(AudioFile::open(fixture("nothing.wav")).error().code, ErrorCode::NotFound);
    expectRefusal(AudioFile::open(MS_TEST_DATA), "not a regular file");
}

TEST(AudioFile, DoesNotWaitForAPipe) {
    const TempFolder folder;
    const auto pipe = folder.path() / "pipe.wav";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    expectRefusal(AudioFile::open(pipe), "pipe.wav");
}

TEST(AudioFile, UsesWhatATruncatedFileHoldsAndSaysSo) {
    auto file = AudioFile::fromBytes(wav<float>({.dataBytes = 4000}, std::vector<float>(300, 0.5f)), "cut");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(readRest(*file).size(), 300u);
    ASSERT_EQ(file->notes().size(), 1u);
    EXPECT_NE(file->notes()[0].find("1200 of 4000 bytes"), std::string::npos) << file->notes()[0];

    std::vector<std::byte> flac = bytesOf(fixture("speech.flac"));
    flac.resize(flac.size() / 2);
    auto half = AudioFile::fromBytes(std::move(flac), "half.flac");
    ASSERT_TRUE(half) << half.error().message;
    const std::size_t got = readRest(*half).size();
    EXPECT_GT(got, 20000u);
    EXPECT_LT(got, 50000u);
    EXPECT_EQ(half->notes().size(), 1u);
}

TEST(AudioFile, AllocatesNothingByWhatAHeaderPromises) {
    // STREAMINFO's 36-bit sample count, all ones: 2^36 − 1.
    std::vector<std::byte> flac = bytesOf(fixture("speech.flac"));
    flac[21] |= std::byte{0x0f};
    for (std::size_t i = 22; i < 26; ++i) flac[i] = std::byte{0xff};
    auto file = AudioFile::fromBytes(std::move(flac), "huge.flac");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_FALSE(file->frames().has_value());
    EXPECT_EQ(readRest(*file).size(), 64000u);

    // RF64 with a ds64 chunk of 2^42 bytes: 2^40 float samples.
    std::vector<std::byte> rf64;
    put(rf64, "RF64");
    put(rf64, std::uint32_t{0xffffffff});
    put(rf64, "WAVEds64");
    put(rf64, std::uint32_t{28});
    put(rf64, (std::uint64_t{1} << 42) + 72);
    put(rf64, std::uint64_t{1} << 42);
    put(rf64, std::uint64_t{1} << 40);
    put(rf64, std::uint32_t{0});
    const std::vector<std::byte> plain = wav<float>({.dataBytes = 0xffffffff}, std::vector<float>(500, 0.5f));
    rf64.insert(rf64.end(), plain.begin() + 12, plain.end());
    auto wide = AudioFile::fromBytes(std::move(rf64), "huge.wav");
    if (wide) {
        EXPECT_EQ(readRest(*wide).size(), 500u);
    } else {
        expectRefusal(wide, "huge.wav");
    }
}

/// Four big-endian bytes.
void putBig(std::vector<std::byte>& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(value >> shift));
}

/// An AIFF file of 16-bit mono samples at 16 kHz, its chunks in either order.
std::vector<std::byte> aiff(bool soundFirst, const std::vector<std::uint8_t>& samples) {
    const auto size = static_cast<std::uint32_t>(samples.size());
    std::vector<std::byte> common, sound, bytes;
    put(common, "COMM");
    putBig(common, 18);
    for (const int x : {0, 1, 0, 0}) common.push_back(static_cast<std::byte>(x));
    common.push_back(static_cast<std::byte>(size / 2 >> 8));
    common.push_back(static_cast<std::byte>(size / 2));
    for (const int x : {0, 16, 0x40, 0x0c, 0xfa, 0, 0, 0, 0, 0, 0, 0})  // 16 bits; 16000 as an 80-bit float
        common.push_back(static_cast<std::byte>(x));
    put(sound, "SSND");
    putBig(sound, size + 8);
    putBig(sound, 0);
    putBig(sound, 0);
    for (const std::uint8_t x : samples) sound.push_back(static_cast<std::byte>(x));
    put(bytes, "FORM");
    putBig(bytes, static_cast<std::uint32_t>(4 + common.size() + sound.size()));
    put(bytes, "AIFF");
    for (const auto* part : {soundFirst ? &sound : &common, soundFirst ? &common : &sound})
        bytes.insert(bytes.end(), part->begin(), part->end());
    return bytes;
}

TEST(AudioFile, ReadsAiffInAnyOrder) {
    for (const bool soundFirst : {false, true}) {
        auto file = AudioFile::fromBytes(aiff(soundFirst, {0x40, 0x00, 0xc0, 0x00, 0x00, 0x00}), "aiff");
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(file->sampleRate(), 16000);
        EXPECT_EQ(readRest(*file), (std::vector<float>{0.5f, -0.5f, 0.0f})) << soundFirst;
        EXPECT_TRUE(file->notes().empty());
    }
}

TEST(AudioFile, MetadataIsNotRead) {
    const std::vector<float> samples(100, 0.5f);
    const std::vector<std::byte> plain = wav<float>({}, samples);
    // A LIST chunk of nothing but ones in front of the format: libsndfile 1.2 never comes back from it.
    std::vector<std::byte> listed(plain.begin(), plain.begin() + 12);
    put(listed, "LIST");
    put(listed, std::uint32_t{100});
    listed.insert(listed.end(), 100, std::byte{0xff});
    listed.insert(listed.end(), plain.begin() + 12, plain.end());
    auto file = AudioFile::fromBytes(listed, "listed");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(readRest(*file), samples);
    listed.resize(60);
    put(listed, "RIFF");
    expectRefusal(AudioFile::fromBytes(listed, "cut in the list"), "cut in the list");

    for (const char* name : {"speech.flac", "speech.mp3"}) {
        std::vector<std::byte> tagged;
        put(tagged, "ID3\x04");
        for (const int x : {0, 0, 0, 0, 1, 0x02}) tagged.push_back(static_cast<std::byte>(x));  // 130 bytes
        tagged.insert(tagged.end(), 130, std::byte{0x41});
        const std::vector<std::byte> body = bytesOf(fixture(name));
        tagged.insert(tagged.end(), body.begin(), body.end());
        auto with = AudioFile::fromBytes(std::move(tagged), name);
        auto without = AudioFile::open(fixture(name));
        ASSERT_TRUE(with && without) << name;
        EXPECT_EQ(readRest(*with), readRest(*without)) << name;
    }
}

TEST(AudioFile, ReadsWhatARecorderNeverFinished) {
    std::vector<std::byte> bytes = wav<float>({.dataBytes = 0}, std::vector<float>(300, 0.5f));
    auto file = AudioFile::fromBytes(bytes, "unfinished");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(readRest(*file).size(), 300u);
    EXPECT_EQ(file->notes().size(), 1u);

    auto streamed =
        AudioFile::fromBytes(wav<float>({.dataBytes = 0xffffffff}, std::vector<float>(300, 0.5f)), "streamed");
    ASSERT_TRUE(streamed) << streamed.error().message;
    EXPECT_EQ(readRest(*streamed).size(), 300u);
    EXPECT_TRUE(streamed->notes().empty());
}

TEST(AudioFile, ReachesBeyondFourGibibytes) {
    const TempFolder folder;
    const auto path = folder.path() / "long.wav";
    constexpr std::uint64_t kFrames = 1'500'000'000;  // 6 GB, all but the last of them a hole in the file
    std::vector<std::byte> head;
    put(head, "RF64");
    put(head, std::uint32_t{0xffffffff});
    put(head, "WAVEds64");
    put(head, std::uint32_t{28});
    put(head, kFrames * 4 + 72);
    put(head, kFrames * 4);
    put(head, kFrames);
    put(head, std::uint32_t{0});
    const std::vector<std::byte> plain = wav<float>({.dataBytes = 0xffffffff}, {});
    head.insert(head.end(), plain.begin() + 12, plain.end());
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(head.data()), static_cast<std::streamsize>(head.size()));
    out.seekp(static_cast<std::streamoff>(head.size() + (kFrames - 1) * 4));
    const float last = 0.75f;
    out.write(reinterpret_cast<const char*>(&last), sizeof last);
    out.close();
    if (!out) GTEST_SKIP() << "no room for a file with a hole";
    auto file = AudioFile::open(path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->frames(), static_cast<std::int64_t>(kFrames));
    ASSERT_TRUE(file->seek(static_cast<std::int64_t>(kFrames) - 2));
    EXPECT_EQ(readRest(*file), (std::vector<float>{0.0f, 0.75f}));
}

TEST(AudioFile, SeeksToAnySample) {
    const std::vector<float> whole = speech();
    auto file = AudioFile::open(fixture("speech.flac"));
    ASSERT_TRUE(file);
    std::vector<float> some(100);
    for (const std::int64_t at : {40000, 0, 12345, 63950, 64000}) {
        ASSERT_TRUE(file->seek(at)) << at;
        const std::size_t got = file->readMono(some);
        ASSERT_EQ(got, static_cast<std::size_t>(std::min<std::int64_t>(100, 64000 - at)));
        EXPECT_TRUE(std::equal(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got), whole.begin() + at))
            << at;
    }
    EXPECT_FALSE(file->seek(-1));
    EXPECT_FALSE(file->seek(64001));
    EXPECT_TRUE(file->notes().empty()) << file->notes().front();
}

}  // namespace
}  // namespace ms
