// What a film is made as: chosen in a dialog or on the command line.
#pragma once

#include <string>

namespace ms {

enum class FilmFormat { Mp4, WebM, Gif };

struct FilmOptions {
    FilmFormat format = FilmFormat::Mp4;
    int width = 0, height = 0;  ///< of the frames, in pixels
    int framesPerSecond = 30;
    double quality = 0.75;  ///< 0 (small) to 1 (good)
    std::string encoder;    ///< "libx264" insists on one of libavcodec's encoders; empty: the best that is installed
    std::string title, comment;  ///< metadata, UTF-8; the comment is the provenance's JSON
};

/// Longest side that every codec here can hold, in pixels.
inline constexpr int kMostFilmPixels = 8192;
/// GIF counts in hundredths of a second, and browsers slow down what is shown for less than two of them.
[[nodiscard]] constexpr int mostFramesPerSecond(FilmFormat format) { return format == FilmFormat::Gif ? 50 : 240; }

}  // namespace ms
