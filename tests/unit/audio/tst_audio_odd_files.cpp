// Faulty, foreign and random files: transcribable or refused in one line, never a crash, never much memory.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

/// What became of a file, and that it was one of the two things that may become of it.
std::string outcome(Result<AudioFile> file, const std::string& name) {
    if (!file) {
        expectRefusal(file, name);
        return "refused: " + file.error().message;
    }
    const std::vector<float> samples = readRest(*file, 2'000'000);
    EXPECT_FALSE(samples.empty()) << name;
    EXPECT_TRUE(std::all_of(samples.begin(), samples.end(), [](float x) { return std::isfinite(x); })) << name;
    std::string text = "read: " + std::to_string(samples.size()) + " samples, " + std::to_string(file->channels()) +
                       " channels, " + std::to_string(file->sampleRate()) + " Hz, " + file->format();
    for (const std::string& note : file->notes()) {
        EXPECT_EQ(note.find('\n'), std::string::npos) << name << ": " << note;
        text += "; " + note;
    }
    return text;
}

std::vector<std::filesystem::path> filesBelow(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// MAMBASCOPE_TEST_DATA: another folder of sound files to walk and tell of.
TEST(OddAudio, EveryFileIsReadOrRefusedInOneLine) {
    const char* more = std::getenv("MAMBASCOPE_TEST_DATA");
    const auto files = filesBelow(more ? std::filesystem::path(more) : fixture(""));
    ASSERT_FALSE(files.empty());
    for (const auto& path : files) {
        const std::string text = outcome(AudioFile::open(path), path.filename().string());
        if (more) std::printf("%s: %s\n", path.filename().c_str(), text.c_str());
    }
}

struct Expected {
    const char* name;
    std::size_t frames;
    int channels, rate;
};

TEST(OddAudio, UnusualWavFilesAreReadRight) {
    for (const Expected& expected :
         {Expected{"44100Hz-be-1ch-4bytes.wav", 4410, 1, 44100},
          Expected{"44100Hz-le-1ch-4bytes-rf64.wav", 4410, 1, 44100},
          Expected{"8000Hz-le-2ch-1byteu.wav", 800, 2, 8000}, Expected{"44100Hz-2ch-32bit-float-be.wav", 441, 2, 44100},
          Expected{"44100Hz-2ch-32bit-float-le.wav", 441, 2, 44100},
          Expected{"48000Hz-2ch-64bit-float-le-wavex.wav", 480, 2, 48000}}) {
        auto file = AudioFile::open(fixture(std::string("odd/") + expected.name));
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(file->channels(), expected.channels) << expected.name;
        EXPECT_EQ(file->sampleRate(), expected.rate) << expected.name;
        const std::vector<float> samples = readRest(*file);
        EXPECT_EQ(samples.size(), expected.frames) << expected.name;
        EXPECT_GT(rms(samples), 0.01) << expected.name;
        EXPECT_LT(rms(samples), 1.0) << expected.name;
    }
}

TEST(OddAudio, EarlyEndIsUsedAndTold) {
    auto file = AudioFile::open(fixture("odd/44100Hz-le-1ch-4bytes-early-eof.wav"));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_GT(readRest(*file).size(), 200u);
    ASSERT_FALSE(file->notes().empty());
    expectRefusal(AudioFile::open(fixture("odd/44100Hz-le-1ch-4bytes-early-eof-no-data.wav")), "no-data.wav");
}

TEST(OddAudio, RandomAndMutatedBytesNeverCrash) {
    std::vector<std::vector<std::byte>> seeds;
    for (const auto& path : filesBelow(fixture(""))) {
        std::vector<std::byte> bytes = bytesOf(path);
        bytes.resize(std::min<std::size_t>(bytes.size(), 6000));
        seeds.push_back(std::move(bytes));
    }
    std::mt19937 random(20);
    int accepted = 0;
    for (int i = 0; i < 2000; ++i) {
        std::vector<std::byte> bytes;
        if (i % 4 == 0) {  // random behind a magic number, or wholly
            static constexpr const char* kMagic[]{
                "", "RIFF....WAVEfmt ", "fLaC", "OggS", "FORM....AIFFCOMM", "RIFX....WAVEfmt ", "ID3"};
            put(bytes, kMagic[random() % std::size(kMagic)]);
            const std::size_t size = random() % 3000;
            while (bytes.size() < size) bytes.push_back(static_cast<std::byte>(random()));
        } else {
            bytes = seeds[random() % seeds.size()];
            const std::size_t changes = 1 + random() % 12;
            for (std::size_t c = 0; c < changes && !bytes.empty(); ++c) {
                const std::size_t range = random() % 3 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 128);
                const std::size_t at = random() % range;
                switch (random() % 4) {
                    case 0:
                        bytes[at] = static_cast<std::byte>(random());
                        break;
                    case 1:
                        bytes[at] = random() % 2 ? std::byte{0xff} : std::byte{0};
                        break;
                    case 2:
                        bytes[at] ^= static_cast<std::byte>(1u << random() % 8);
                        break;
                    default:
                        bytes.resize(bytes.size() - random() % std::min<std::size_t>(bytes.size(), 200));
                        break;
                }
            }
        }
        if (outcome(AudioFile::fromBytes(std::move(bytes), "bytes"), "bytes").starts_with("read")) ++accepted;
        if (HasFailure()) FAIL() << "at " << i;
    }
    EXPECT_GT(accepted, 200) << "the mutations reach no decoder";
    EXPECT_LT(accepted, 1800);
}

}  // namespace
}  // namespace ms
