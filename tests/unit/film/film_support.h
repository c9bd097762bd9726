// Frames, and what FFmpeg's own programs make of the films written from them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/film/colour_histogram.h"
#include "engine/film/film_writer.h"
#include "tests/support/temp_folder.h"

namespace ms::test {

struct Picture {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgba;  // [height, width, 4]

    Picture(int w, int h, Rgb colour = {}) : width(w), height(h) {
        for (int i = 0; i < w * h; ++i) rgba.insert(rgba.end(), {colour.r, colour.g, colour.b, 255});
    }
    void set(int x, int y, Rgb c) {
        const auto at =
            4 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
        rgba[at] = c.r, rgba[at + 1] = c.g, rgba[at + 2] = c.b;
    }
    [[nodiscard]] Rgb at(int x, int y) const {
        const auto i =
            4 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
        return {rgba[i], rgba[i + 1], rgba[i + 2]};
    }
    [[nodiscard]] std::size_t stride() const { return static_cast<std::size_t>(width) * 4; }
};

/// A smooth field that moves, over a background and under a bright bar: what a film of views looks like.
inline Picture scene(int width, int height, int frame) {
    Picture picture(width, height, {24, 28, 36});
    const auto level = [](double value) { return static_cast<std::uint8_t>(std::lround(127.5 + 127.5 * value)); };
    for (int y = 0; y < height * 3 / 4; ++y)
        for (int x = 0; x < width; ++x) {
            const double phase = 0.05 * x + 0.03 * frame;
            picture.set(x, y, {level(std::sin(phase)), level(std::cos(0.04 * y)), level(std::sin(phase + 0.06 * y))});
        }
    for (int x = 0; x < std::min(width, 2 * frame + 1); ++x) picture.set(x, height - 1, {253, 231, 37});
    return picture;
}

/// Standard output of a command; `status` is its exit code.
inline std::string outputOf(const std::string& command, int& status) {
    std::string text;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 1 << 16> block;
    while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) text.append(block.data(), got);
    status = WEXITSTATUS(::pclose(pipe));
    return text;
}

inline bool haveFfmpeg() { return std::system("command -v ffprobe ffmpeg >/dev/null 2>&1") == 0; }

/// What ffprobe says of the film, every frame decoded: "nb_read_frames" -> "12", "TAG:comment" -> "…".
inline std::map<std::string, std::string> probe(const std::filesystem::path& file) {
    int status = 0;
    const std::string text = outputOf(
        "ffprobe -v error -count_frames -show_streams -show_format -of default=nw=1 '" + file.string() + "' 2>&1",
        status);
    EXPECT_EQ(status, 0) << text;
    std::map<std::string, std::string> facts;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const auto sign = line.find('='); sign != std::string::npos)
            facts[line.substr(0, sign)] = line.substr(sign + 1);
    return facts;
}

/// The film's frames as ffmpeg decodes them, at the film's own size.
inline std::vector<Picture> decode(const std::filesystem::path& file, FilmSize size) {
    int status = 0;
    const std::string bytes = outputOf("ffmpeg -v error -i '" + file.string() +
                                           "' -fps_mode passthrough -vf "
                                           "scale=flags=accurate_rnd+full_chroma_int -f rawvideo -pix_fmt rgba - 2>&1",
                                       status);
    EXPECT_EQ(status, 0) << bytes.substr(0, 300);
    std::vector<Picture> pictures;
    const auto each = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4;
    EXPECT_EQ(bytes.size() % each, 0u);
    for (std::size_t at = 0; at + each <= bytes.size(); at += each) {
        Picture picture(size.width, size.height);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), each, picture.rgba.begin());
        pictures.push_back(std::move(picture));
    }
    return pictures;
}

/// Root of the mean squared difference in levels, over the part that both pictures have.
inline double difference(const Picture& a, const Picture& b) {
    const int width = std::min(a.width, b.width), height = std::min(a.height, b.height);
    double sum = 0;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const Rgb p = a.at(x, y), q = b.at(x, y);
            const double r = p.r - q.r, g = p.g - q.g, c = p.b - q.b;
            sum += r * r + g * g + c * c;
        }
    return std::sqrt(sum / (3.0 * width * height));
}

inline FilmOptions optionsFor(FilmFormat format, int width, int height, int framesPerSecond = 25) {
    FilmOptions options;
    options.format = format;
    options.width = width;
    options.height = height;
    options.framesPerSecond = framesPerSecond;
    return options;
}

/// Writes the pictures; the writer's last word is returned.
inline Result<FilmSize> writeFilm(const std::filesystem::path& file, const FilmOptions& options,
                                  const std::vector<Picture>& pictures) {
    MS_TRY(FilmWriter writer, FilmWriter::create(file, options));
    for (const Picture& picture : pictures) MS_CHECK(writer.addFrame(picture.rgba, picture.stride()));
    MS_CHECK(writer.finish());
    return writer.size();
}

}  // namespace ms::test
