#include "engine/film/film_codec.h"

#include "engine/film/encoder_table.h"

namespace ms {

std::vector<FilmCodecChoice> filmCodecChoices() {
    std::vector<FilmCodecChoice> choices;
    for (const FilmFormat format : {FilmFormat::Mp4, FilmFormat::WebM}) {
        FilmOptions trial;
        trial.format = format;
        trial.width = trial.height = 256;  // hardware encoders refuse very small frames
        if (const auto open = openEncoder(encodersOf(format), trial))
            choices.push_back({format, true, open->row->encoder, open->row->codec, open->sentence});
        else choices.push_back({format, false, {}, {}, open.error().message + "."});
    }
    choices.push_back(gifChoice());
    return choices;
}

FilmCodecChoice gifChoice() {
    return {FilmFormat::Gif, true, "gif", "GIF",
            "GIF by MambaScope itself: plays everywhere, but with 255 colours at a time and in larger files."};
}

const char* nameOf(FilmFormat format) {
    switch (format) {
        case FilmFormat::Mp4:
            return "MP4";
        case FilmFormat::WebM:
            return "WebM";
        case FilmFormat::Gif:
            return "GIF";
    }
    return "";
}

const char* extensionOf(FilmFormat format) {
    switch (format) {
        case FilmFormat::Mp4:
            return "mp4";
        case FilmFormat::WebM:
            return "webm";
        case FilmFormat::Gif:
            return "gif";
    }
    return "";
}

}  // namespace ms
