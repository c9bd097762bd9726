// Which codecs the installed libraries offer, and which of them a film is made with.
#pragma once

#include <string>
#include <vector>

#include "engine/film/film_options.h"

namespace ms {

/// What a format is written with here, for people to read before they choose.
struct FilmCodecChoice {
    FilmFormat format = FilmFormat::Mp4;
    bool available = false;
    std::string encoder;   ///< "libx264", as libavcodec calls it; "gif" for the program's own
    std::string codec;     ///< "H.264"
    std::string sentence;  ///< what was taken and why, or what is missing
};

/// One choice a format, in the order MP4, WebM, GIF. Opens every encoder once to see whether it works: some
/// milliseconds, so ask once.
[[nodiscard]] std::vector<FilmCodecChoice> filmCodecChoices();

/// What is always possible: the program writes GIF itself.
[[nodiscard]] FilmCodecChoice gifChoice();

/// "MP4"
[[nodiscard]] const char* nameOf(FilmFormat format);
/// "mp4", without a dot
[[nodiscard]] const char* extensionOf(FilmFormat format);

}  // namespace ms
