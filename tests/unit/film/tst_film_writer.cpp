#include "engine/film/film_writer.h"

#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "engine/film/encoder_table.h"
#include "tests/unit/film/film_support.h"

namespace ms {
namespace {

using namespace test;

constexpr FilmFormat kFormats[]{FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif};

/// Every way to make a film here: with each encoder that opens, best first, and GIF.
struct Way {
    FilmFormat format;
    std::string encoder;
};

std::vector<Way> ways() {
    std::vector<Way> all;
    for (const FilmFormat format : kFormats)
        for (const EncoderRow& row : encodersOf(format))
            if (openEncoder(std::span(&row, 1), optionsFor(format, 256, 256))) all.push_back({format, row.encoder});
    all.push_back({FilmFormat::Gif, ""});
    return all;
}

std::vector<Picture> scenes(int width, int height, int count) {
    std::vector<Picture> pictures;
    for (int i = 0; i < count; ++i) pictures.push_back(scene(width, height, i));
    return pictures;
}

class FilmWay : public testing::TestWithParam<Way> {
protected:
    void SetUp() override {
        if (!haveFfmpeg()) GTEST_SKIP() << "ffmpeg and ffprobe are not installed";
    }
    [[nodiscard]] FilmOptions options(int width, int height, int framesPerSecond = 25) const {
        FilmOptions chosen = optionsFor(GetParam().format, width, height, framesPerSecond);
        chosen.encoder = GetParam().encoder;
        return chosen;
    }
    [[nodiscard]] std::filesystem::path file() const {
        return m_folder.path() / (std::string("film.") + extensionOf(GetParam().format));
    }
    TempFolder m_folder;
};

TEST_P(FilmWay, HasTheAskedFramesRateAndSizeAndLooksLikeThem) {
    const auto pictures = scenes(160, 96, 24);
    const auto size = writeFilm(file(), options(160, 96), pictures);
    ASSERT_TRUE(size) << size.error().message;
    EXPECT_EQ(*size, (FilmSize{160, 96}));
    EXPECT_EQ(m_folder.files(), 1);
    auto facts = probe(file());
    EXPECT_EQ(facts["nb_read_frames"], "24");
    EXPECT_EQ(facts["avg_frame_rate"], "25/1");
    EXPECT_EQ(facts["r_frame_rate"], "25/1");
    EXPECT_EQ(facts["width"], "160");
    EXPECT_EQ(facts["height"], "96");
    EXPECT_NEAR(std::stod(facts["duration"]), 24.0 / 25, 0.011);
    const auto decoded = decode(file(), *size);
    ASSERT_EQ(decoded.size(), pictures.size());
    for (std::size_t i = 0; i < decoded.size(); ++i) {
        EXPECT_LT(difference(decoded[i], pictures[i]), GetParam().format == FilmFormat::Gif ? 12 : 8) << "frame " << i;
        // The right frame in the right place: another one is not as near.
        const Picture& other = pictures[(i + 8) % pictures.size()];
        EXPECT_GT(difference(decoded[i], other), difference(decoded[i], pictures[i])) << i;
    }
}

TEST_P(FilmWay, ThirtyFramesASecondDoNotDrift) {
    const auto size = writeFilm(file(), options(32, 32, 30), scenes(32, 32, 30));
    ASSERT_TRUE(size) << size.error().message;
    auto facts = probe(file());
    EXPECT_EQ(facts["nb_read_frames"], "30");
    EXPECT_NEAR(std::stod(facts["duration"]), 1, 0.005);
}

TEST_P(FilmWay, OddSizes) {
    const auto pictures = scenes(33, 17, 5);
    const auto size = writeFilm(file(), options(33, 17), pictures);
    ASSERT_TRUE(size) << size.error().message;
    EXPECT_EQ(*size, GetParam().format == FilmFormat::Mp4 ? (FilmSize{34, 18}) : (FilmSize{33, 17}));
    auto facts = probe(file());
    EXPECT_EQ(facts["nb_read_frames"], "5");
    EXPECT_EQ(facts["width"], std::to_string(size->width));
    EXPECT_EQ(facts["height"], std::to_string(size->height));
    const auto decoded = decode(file(), *size);
    ASSERT_EQ(decoded.size(), 5u);
    EXPECT_LT(difference(decoded[4], pictures[4]), 24);  // so small that chroma of half the size costs more
    // The added column and row repeat the edge, so that no line shows there.
    for (int y = 0; y < 10; ++y) {
        const Rgb edge = decoded[0].at(32, y), added = decoded[0].at(size->width - 1, y);
        EXPECT_NEAR(edge.g, added.g, 12) << y;
    }
}

TEST_P(FilmWay, OneFrame) {
    const auto size = writeFilm(file(), options(64, 48, 10), scenes(64, 48, 1));
    ASSERT_TRUE(size) << size.error().message;
    auto facts = probe(file());
    EXPECT_EQ(facts["nb_read_frames"], "1");
    EXPECT_NEAR(std::stod(facts["duration"]), 0.1, 0.001);
}

TEST_P(FilmWay, OnePixel) {
    const auto size = writeFilm(file(), options(1, 1), scenes(1, 1, 3));
    ASSERT_TRUE(size) << size.error().message;
    EXPECT_EQ(probe(file())["nb_read_frames"], "3");
}

TEST_P(FilmWay, ColoursComeBack) {
    FilmOptions chosen = options(64, 64);
    chosen.quality = 1;
    // Black and white tell the range, red, green and blue the matrix.
    const std::vector<Rgb> colours{{0, 0, 0},       {255, 255, 255}, {255, 0, 0},    {0, 255, 0},   {0, 0, 255},
                                   {128, 128, 128}, {68, 1, 84},     {53, 183, 121}, {253, 231, 37}};
    std::vector<Picture> pictures;
    for (const Rgb& colour : colours) pictures.insert(pictures.end(), 3, Picture(64, 64, colour));
    const auto size = writeFilm(file(), chosen, pictures);
    ASSERT_TRUE(size) << size.error().message;
    const auto decoded = decode(file(), *size);
    ASSERT_EQ(decoded.size(), pictures.size());
    for (std::size_t i = 2; i < decoded.size(); i += 3)
        for (const int at : {0, 31, 63}) {
            const Rgb got = decoded[i].at(at, at), wanted = pictures[i].at(at, at);
            const auto names = testing::Message() << "colour " << i / 3 << " at " << at;
            EXPECT_NEAR(got.r, wanted.r, 4) << names;
            EXPECT_NEAR(got.g, wanted.g, 4) << names;
            EXPECT_NEAR(got.b, wanted.b, 4) << names;
        }
    if (GetParam().format == FilmFormat::Gif) return;
    auto facts = probe(file());
    EXPECT_EQ(facts["color_space"], facts["codec_name"] == "vp8" ? "bt470bg" : "bt709");
    EXPECT_NE(facts["color_range"], "pc");
}

TEST_P(FilmWay, MetadataComesBack) {
    FilmOptions chosen = options(32, 32);
    chosen.title = "Δ of layer 3, \"dark\"";
    chosen.comment = R"({"program": "MambaScope", "model": "mamba-130m", "text": ")" + std::string(100'000, 'x') + "\"}";
    ASSERT_TRUE(writeFilm(file(), chosen, scenes(32, 32, 2)));
    auto facts = probe(file());
    if (GetParam().format == FilmFormat::Gif) {  // knows comments, but no titles: ffprobe shows the last one
        EXPECT_EQ(facts["TAG:comment"], chosen.comment);
        std::ifstream in(file(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        EXPECT_NE(bytes.find(chosen.title), std::string::npos);
        return;
    }
    EXPECT_EQ(facts["TAG:title"], chosen.title);
    EXPECT_EQ(facts.contains("TAG:comment") ? facts["TAG:comment"] : facts["TAG:COMMENT"], chosen.comment);
}

TEST_P(FilmWay, WiderRowsAndAlphaMakeNoDifference) {
    const Picture picture = scene(40, 30, 3);
    Picture wide(50, 30, {255, 0, 255});
    for (int y = 0; y < 30; ++y)
        for (int x = 0; x < 40; ++x) wide.set(x, y, picture.at(x, y));
    for (std::size_t i = 3; i < wide.rgba.size(); i += 4) wide.rgba[i] = static_cast<std::uint8_t>(i);
    const auto contentOf = [&](const std::vector<std::uint8_t>& rgba, std::size_t stride) {
        auto writer = FilmWriter::create(file(), options(40, 30));
        EXPECT_TRUE(writer && writer->addFrame(rgba, stride) && writer->finish());
        std::ifstream in(file(), std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    const std::string plain = contentOf(picture.rgba, 160);
    EXPECT_FALSE(plain.empty());
    EXPECT_EQ(contentOf(wide.rgba, 200), plain);
}

TEST_P(FilmWay, AFullDiskLeavesTheOldFile) {
    std::ofstream(file()) << "old";
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_IGN);  // so that writing beyond the limit is an error, as on a full disk
    const rlimit small{4096, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    FilmOptions chosen = options(160, 96);
    chosen.quality = 1;
    const auto result = writeFilm(file(), chosen, scenes(160, 96, 60));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Io);
    EXPECT_NE(result.error().message.find(file().string()), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(m_folder.files(), 1);
    EXPECT_EQ(std::filesystem::file_size(file()), 3u);
}

TEST_P(FilmWay, DestroyedBeforeItIsFinishedLeavesNothing) {
    {
        auto writer = FilmWriter::create(file(), options(32, 32));
        ASSERT_TRUE(writer);
        for (int i = 0; i < 10; ++i) {
            const Picture picture = scene(32, 32, i);
            ASSERT_TRUE(writer->addFrame(picture.rgba, picture.stride()));
        }
        EXPECT_EQ(writer->frames(), 10);
        EXPECT_FALSE(std::filesystem::exists(file()));
    }
    EXPECT_EQ(m_folder.files(), 0);
}

INSTANTIATE_TEST_SUITE_P(Films, FilmWay, testing::ValuesIn(ways()), [](const auto& way) {
    std::string name = nameOf(way.param.format) + ("_" + way.param.encoder);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(FilmWriter, RefusesWhatCannotBeAFilm) {
    const TempFolder folder;
    const auto refused = [&](auto change) {
        FilmOptions options = optionsFor(FilmFormat::Gif, 32, 32);
        change(options);
        const auto writer = FilmWriter::create(folder.path() / "film.gif", options);
        if (writer) return std::string("accepted");
        EXPECT_EQ(writer.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(writer.error().message.find("film.gif"), std::string::npos);
        return writer.error().message;
    };
    EXPECT_NE(refused([](FilmOptions& o) { o.width = 0; }).find("0 x 32"), std::string::npos);
    EXPECT_NE(refused([](FilmOptions& o) { o.height = 8193; }).find("8192"), std::string::npos);
    EXPECT_NE(refused([](FilmOptions& o) { o.framesPerSecond = 51; }).find("1 to 50"), std::string::npos);
    EXPECT_NE(refused([](FilmOptions& o) { o.framesPerSecond = 0; }).find("0 frames"), std::string::npos);
    EXPECT_NE(refused([](FilmOptions& o) { o.quality = 1.5; }).find("between 0 and 1"), std::string::npos);
    EXPECT_NE(refused([](FilmOptions& o) { o.quality = std::nan(""); }).find("between 0 and 1"), std::string::npos);
    EXPECT_EQ(folder.files(), 0);
}

TEST(FilmWriter, NoFrameIsNoFilm) {
    const TempFolder folder;
    for (const FilmFormat format : kFormats) {
        auto writer = FilmWriter::create(folder.path() / "film", optionsFor(format, 32, 32));
        ASSERT_TRUE(writer);
        const auto finished = writer->finish();
        ASSERT_FALSE(finished);
        EXPECT_EQ(finished.error().code, ErrorCode::InvalidArgument);
    }
    EXPECT_EQ(folder.files(), 0);
}

TEST(FilmWriter, AFrameOfTheWrongSizeLosesTheFilm) {
    const TempFolder folder;
    {
        auto writer = FilmWriter::create(folder.path() / "film.gif", optionsFor(FilmFormat::Gif, 32, 32));
        ASSERT_TRUE(writer);
        const Picture good(32, 32), small(32, 31);
        ASSERT_TRUE(writer->addFrame(good.rgba, good.stride()));
        EXPECT_FALSE(writer->addFrame(good.rgba, 127));
        EXPECT_FALSE(writer->addFrame(small.rgba, small.stride()));
        EXPECT_FALSE(writer->addFrame(good.rgba, good.stride()));
        EXPECT_FALSE(writer->finish());
    }
    EXPECT_EQ(folder.files(), 0);
}

TEST(FilmWriter, SaysWhereItCannotWrite) {
    const TempFolder folder;
    for (const FilmFormat format : kFormats) {
        const auto missing = FilmWriter::create(folder.path() / "no" / "film", optionsFor(format, 32, 32));
        ASSERT_FALSE(missing);
        EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
        EXPECT_NE(missing.error().message.find("no/film"), std::string::npos);
        const auto isFolder = FilmWriter::create(folder.path(), optionsFor(format, 32, 32));
        ASSERT_FALSE(isFolder);
        EXPECT_EQ(isFolder.error().code, ErrorCode::Io);
    }
    if (::geteuid() == 0) return;  // root may write everywhere
    std::filesystem::permissions(folder.path(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_FALSE(FilmWriter::create(folder.path() / "film.gif", optionsFor(FilmFormat::Gif, 32, 32)));
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST(FilmWriter, NamesBeyondAscii) {
    const TempFolder folder;
    const auto file = folder.path() / "Фильм Δ ü.mp4";
    for (const FilmFormat format : kFormats) {
        const auto size = writeFilm(file, optionsFor(format, 32, 32), scenes(32, 32, 2));
        ASSERT_TRUE(size) << size.error().message;
        EXPECT_EQ(folder.files(), 1);
    }
}

/// Players show the beginning before they have the end. The index may be larger than the frames.
TEST(FilmWriter, AnMp4BeginsWithItsIndex) {
    const TempFolder folder;
    const auto file = folder.path() / "front.mp4";
    for (const int comment : {0, 300'000}) {
        FilmOptions options = optionsFor(FilmFormat::Mp4, 64, 48);
        options.comment = std::string(static_cast<std::size_t>(comment), 'x');
        const auto written = writeFilm(file, options, scenes(64, 48, 5));
        if (!written && written.error().code == ErrorCode::Unsupported) GTEST_SKIP() << written.error().message;
        ASSERT_TRUE(written) << written.error().message;
        std::ifstream stream(file, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
        EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
        if (haveFfmpeg()) {
            EXPECT_EQ(probe(file)["nb_read_frames"], "5");
        }
    }
}

TEST(FilmCodecs, EveryFormatHasAChoiceOrAReason) {
    const auto choices = filmCodecChoices();
    ASSERT_EQ(choices.size(), 3u);
    const TempFolder folder;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        EXPECT_EQ(choices[i].format, kFormats[i]);
        EXPECT_FALSE(choices[i].sentence.empty());
        EXPECT_EQ(choices[i].sentence.back(), '.');
        if (!choices[i].available) continue;
        const auto writer = FilmWriter::create(folder.path() / "film", optionsFor(kFormats[i], 256, 256));
        ASSERT_TRUE(writer);
        EXPECT_EQ(writer->codec().encoder, choices[i].encoder);
        EXPECT_EQ(writer->codec().sentence, choices[i].sentence);
    }
    EXPECT_TRUE(choices[2].available);
}

TEST(FilmCodecs, WhatIsMissingIsPassedOverAndNamed) {
    const auto mp4 = encodersOf(FilmFormat::Mp4);
    EncoderRow missing = mp4.front();
    missing.encoder = "libnowhere";
    const EncoderRow rows[]{missing, mp4.back()};
    const auto open = openEncoder(rows, optionsFor(FilmFormat::Mp4, 64, 64));
    ASSERT_TRUE(open) << open.error().message;
    EXPECT_EQ(open->sentence,
              "MPEG-4 by mpeg4, because libnowhere is not installed: plays in most players, but not in browsers.");
    const EncoderRow more[]{missing, missing, mp4.back()};
    const auto third = openEncoder(more, optionsFor(FilmFormat::Mp4, 64, 64));
    ASSERT_TRUE(third);
    EXPECT_NE(third->sentence.find("because none of libnowhere, libnowhere works here"), std::string::npos);
    const auto none = openEncoder(std::span(rows, 1), optionsFor(FilmFormat::Mp4, 64, 64));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::Unsupported);
    EXPECT_NE(none.error().message.find("libnowhere is not installed"), std::string::npos);
    EXPECT_NE(none.error().message.find("choose GIF"), std::string::npos);
}

TEST(FilmCodecs, InsistingOnAnotherFormatsEncoderIsRefused) {
    const TempFolder folder;
    FilmOptions options = optionsFor(FilmFormat::WebM, 64, 64);
    options.encoder = "libx264";
    const auto writer = FilmWriter::create(folder.path() / "film.webm", options);
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ErrorCode::Unsupported);
    EXPECT_NE(writer.error().message.find("libx264"), std::string::npos);
}

}  // namespace
}  // namespace ms
