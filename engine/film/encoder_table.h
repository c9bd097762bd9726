// The encoders that are tried for a format, best first, and how each is told what quality means.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/film/av_handles.h"
#include "engine/film/film_encoder.h"
#include "engine/film/film_options.h"

namespace ms {

struct EncoderRow {
    FilmFormat format;
    const char* encoder;   ///< libavcodec's name
    const char* codec;     ///< for people
    const char* plays;     ///< where such a film can be watched
    bool evenSides;        ///< chroma is halved without a rest
    AVColorSpace colours;  ///< that players assume, or are told
    /// Sets rate control and speed; private options go into `options`.
    void (*tune)(AVCodecContext& context, AVDictionary** options, double quality);
};

/// The rows of `format`, best first; none for GIF, which the program writes itself.
[[nodiscard]] std::span<const EncoderRow> encodersOf(FilmFormat format);

struct OpenEncoder {
    AvPtr<AVCodecContext> context;  ///< yuv420p of limited range, time base 1 / framesPerSecond
    FilmSize size;                  ///< of the film
    const EncoderRow* row = nullptr;
    std::string sentence;  ///< which was taken and why
};

/// The first of `rows` that opens. Errors: Unsupported when none does, saying what each lacked.
[[nodiscard]] Result<OpenEncoder> openEncoder(std::span<const EncoderRow> rows, const FilmOptions& options);

}  // namespace ms
