#include <set>

#include "engine/film/colour_table.h"
#include "engine/film/gif_lzw.h"
#include "engine/film/median_cut.h"
#include "tests/unit/film/film_support.h"

namespace ms {
namespace {

using namespace test;

/// A plain reader of what GifLzw writes (GIF89a, appendix F), written from the reader's side.
std::vector<std::uint8_t> unpack(const std::vector<std::byte>& bytes) {
    std::size_t at = 1;
    std::vector<std::uint8_t> packed;
    while (const auto length = std::to_integer<std::size_t>(bytes.at(at++))) {
        for (std::size_t i = 0; i < length; ++i) packed.push_back(std::to_integer<std::uint8_t>(bytes.at(at + i)));
        at += length;
    }
    EXPECT_EQ(at, bytes.size());
    std::vector<std::vector<std::uint8_t>> strings;
    std::vector<std::uint8_t> out, last;
    std::size_t bit = 0;
    unsigned bits = 9;
    while (true) {
        unsigned code = 0;
        for (unsigned i = 0; i < bits; ++i, ++bit) code |= ((packed.at(bit / 8) >> (bit % 8)) & 1U) << i;
        if (code == 257) break;
        if (code == 256) {
            strings.clear();
            for (unsigned i = 0; i < 258; ++i) strings.push_back({static_cast<std::uint8_t>(i)});
            bits = 9;
            last.clear();
            continue;
        }
        std::vector<std::uint8_t> now;
        if (code < strings.size()) {
            now = strings[code];
        } else {
            EXPECT_EQ(code, strings.size());
            now = last;
            now.push_back(last.at(0));
        }
        if (!last.empty() && strings.size() < 4096) {
            strings.push_back(last);
            strings.back().push_back(now[0]);
            if (strings.size() == 1U << bits && bits < 12) ++bits;
        }
        out.insert(out.end(), now.begin(), now.end());
        last = std::move(now);
    }
    EXPECT_EQ((bit + 7) / 8, packed.size());
    return out;
}

TEST(GifLzw, WhatIsPackedIsUnpacked) {
    GifLzw lzw;
    std::uint32_t noise = 1;
    // Codes get wider after 255 new strings of noise and start over after 3838: sizes around both.
    for (const std::size_t size : {1, 2, 3, 254, 255, 256, 257, 258, 511, 512, 3837, 3838, 3839, 3840, 3841, 100000})
        for (const int kind : {0, 1, 2}) {
            std::vector<std::uint8_t> indices(size);
            for (std::size_t i = 0; i < size; ++i) {
                noise = noise * 1664525 + 1013904223;
                indices[i] = static_cast<std::uint8_t>(kind == 0 ? 7 : kind == 1 ? i / 3 : noise >> 24);
            }
            std::vector<std::byte> packed;
            lzw.append(packed, indices);
            EXPECT_EQ(unpack(packed), indices) << size << " of kind " << kind;
            if (kind == 0 && size > 1000) {
                EXPECT_LT(packed.size(), size / 20);
            }
        }
}

TEST(MedianCut, FewColoursAreExact) {
    ColourHistogram histogram;
    const std::vector<Rgb> colours{{0, 0, 0}, {255, 255, 255}, {68, 1, 84}, {53, 183, 121}, {253, 231, 37}};
    for (std::size_t i = 0; i < colours.size(); ++i) histogram.add(&colours[i].r, i * i * 1000 + 1);
    const auto table = medianCut(histogram, 255);
    ASSERT_EQ(table.size(), colours.size());
    for (const Rgb& colour : colours) EXPECT_NE(std::find(table.begin(), table.end(), colour), table.end());
}

TEST(MedianCut, NothingAndOneColour) {
    ColourHistogram histogram;
    EXPECT_TRUE(medianCut(histogram, 255).empty());
    const Rgb only{1, 2, 3};
    histogram.add(&only.r, 5);
    EXPECT_EQ(medianCut(histogram, 255), std::vector<Rgb>{only});
}

TEST(MedianCut, ManyColoursAreNear) {
    ColourHistogram histogram;
    for (int r = 0; r < 256; r += 3)
        for (int g = 0; g < 256; g += 3) {
            const Rgb colour{static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), 90};
            histogram.add(&colour.r, 1);
        }
    const auto table = medianCut(histogram, 255);
    EXPECT_EQ(table.size(), 255u);
    ColourTable colours(table);
    EXPECT_LT(colours.error(histogram),
              2 * 16 * 16 / 12.0 * 1.5);  // squares of 16 levels: the best there is, and half more
}

TEST(ColourTable, WhatLiesBetweenIsMixedAndWhatIsThereIsNot) {
    ColourTable table({{0, 0, 0}, {100, 100, 100}});
    ColourHistogram pixels;
    const Rgb black{0, 0, 0}, grey{100, 100, 100}, between{40, 40, 40};
    for (const Rgb* colour : {&black, &grey, &between}) pixels.add(&colour->r, 1);
    EXPECT_NEAR(table.error(pixels), 3 * 1600 / 3.0, 1e-3);
    int lit = 0;
    for (std::size_t y = 0; y < 8; ++y)
        for (std::size_t x = 0; x < 8; ++x) {
            EXPECT_EQ(table.index(&black.r, x, y), 0);
            EXPECT_EQ(table.index(&grey.r, x, y), 1);
            lit += table.index(&between.r, x, y);
        }
    EXPECT_NEAR(lit / 64.0, 0.4, 0.02);  // mean brightness is kept
}

TEST(Gif, FlatColoursAreExactAndStillFramesAreSmall) {
    const TempFolder folder;
    const auto file = folder.path() / "film.gif";
    Picture picture(200, 100, {24, 28, 36});
    std::vector<Picture> pictures;
    for (int i = 0; i < 20; ++i) {
        if (i < 10)
            for (int y = 0; y < 40; ++y) picture.set(20 + i, 20 + y, {253, static_cast<std::uint8_t>(200 + i), 37});
        pictures.push_back(picture);
    }
    ASSERT_TRUE(writeFilm(file, optionsFor(FilmFormat::Gif, 200, 100), pictures));
    EXPECT_LT(std::filesystem::file_size(file), 20'000u);
    if (!haveFfmpeg()) GTEST_SKIP() << "ffmpeg is not installed";
    const auto decoded = decode(file, {200, 100});
    ASSERT_EQ(decoded.size(), 20u);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_LT(difference(decoded[i], pictures[i]), 1) << i;
}

TEST(Gif, NewColoursBringANewTable) {
    if (!haveFfmpeg()) GTEST_SKIP() << "ffmpeg is not installed";
    const TempFolder folder;
    const auto file = folder.path() / "film.gif";
    std::vector<Picture> pictures{Picture(64, 64, {10, 10, 10}), scene(64, 64, 0), Picture(64, 64, {0, 255, 0}),
                                  scene(64, 64, 9)};
    pictures.push_back(pictures.back());
    pictures.back().set(5, 5, {255, 0, 255});  // one pixel, under whatever table is current
    ASSERT_TRUE(writeFilm(file, optionsFor(FilmFormat::Gif, 64, 64), pictures));
    const auto decoded = decode(file, {64, 64});
    ASSERT_EQ(decoded.size(), pictures.size());
    for (std::size_t i = 0; i < pictures.size(); ++i) EXPECT_LT(difference(decoded[i], pictures[i]), 8) << i;
    EXPECT_EQ(decoded[0].at(3, 3), (Rgb{10, 10, 10}));
    EXPECT_NEAR(decoded[2].at(3, 3).g, 255, 4);
}

TEST(Gif, QualityIsTheNumberOfColours) {
    if (!haveFfmpeg()) GTEST_SKIP() << "ffmpeg is not installed";
    const TempFolder folder;
    FilmOptions options = optionsFor(FilmFormat::Gif, 128, 128);
    const auto colours = [&](double quality) {
        options.quality = quality;
        EXPECT_TRUE(writeFilm(folder.path() / "film.gif", options, {scene(128, 128, 3)}));
        std::set<std::uint32_t> all;
        const auto decoded = decode(folder.path() / "film.gif", {128, 128});
        for (std::size_t i = 0; i < decoded.at(0).rgba.size(); i += 4) all.insert(pixelAt(&decoded[0].rgba[i]));
        return all.size();
    };
    EXPECT_LE(colours(0), 64u);
    EXPECT_GT(colours(1), 200u);
}

}  // namespace
}  // namespace ms
