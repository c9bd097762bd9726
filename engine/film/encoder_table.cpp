#include "engine/film/encoder_table.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "engine/film/film_codec.h"

namespace ms {

namespace {

/// a at quality 0, b at quality 1
int between(double a, double b, double quality) { return static_cast<int>(std::lround(a + (b - a) * quality)); }

/// For encoders that know bits a second only: up to 0.25 bits a pixel keep thin lines and small text readable.
std::int64_t bitRate(const AVCodecContext& context, double quality) {
    const double pixels = static_cast<double>(context.width) * context.height * av_q2d(context.framerate);
    return std::max<std::int64_t>(std::llround(pixels * (0.05 + 0.2 * quality)), 100'000);
}

void set(AVDictionary** options, const char* key, const char* value) { av_dict_set(options, key, value, 0); }
void set(AVDictionary** options, const char* key, int value) { av_dict_set_int(options, key, value, 0); }

void tuneX264(AVCodecContext&, AVDictionary** options, double quality) {
    set(options, "preset", "veryfast");
    set(options, "crf", between(34, 12, quality));
}

void tuneNvenc(AVCodecContext&, AVDictionary** options, double quality) {
    set(options, "rc", "vbr");
    set(options, "cq", between(38, 16, quality));
}

void tuneMpeg4(AVCodecContext& context, AVDictionary**, double quality) {
    context.flags |= AV_CODEC_FLAG_QSCALE;
    context.global_quality = FF_QP2LAMBDA * between(12, 2, quality);
}

void tuneBitRate(AVCodecContext& context, AVDictionary**, double quality) {
    context.bit_rate = bitRate(context, quality);
}

/// https://trac.ffmpeg.org/wiki/Encode/VP9: constant quality is a bit rate of 0; rows and tiles share the threads.
void tuneVp9(AVCodecContext& context, AVDictionary** options, double quality) {
    context.bit_rate = 0;
    set(options, "crf", between(48, 10, quality));
    set(options, "deadline", "realtime");
    set(options, "cpu-used", 7);
    set(options, "row-mt", 1);
    set(options, "tile-columns", 2);
}

/// VP8 takes the quality as a bound and wants a bit rate that it need not keep to.
void tuneVp8(AVCodecContext& context, AVDictionary** options, double quality) {
    context.bit_rate = 4 * bitRate(context, quality);
    set(options, "crf", between(48, 6, quality));
    set(options, "deadline", "realtime");
    set(options, "cpu-used", 6);
}

constexpr const char* kEverywhere = "plays nearly everywhere";
constexpr const char* kBrowsers = "plays in browsers and most players";

constexpr AVColorSpace kBt709 = AVCOL_SPC_BT709;
constexpr AVColorSpace kBt601 = AVCOL_SPC_BT470BG;  // the only one VP8 has: RFC 6386, section 9.2

constexpr EncoderRow kMp4[] = {
    {FilmFormat::Mp4, "libx264", "H.264", kEverywhere, true, kBt709, tuneX264},
    {FilmFormat::Mp4, "libopenh264", "H.264", kEverywhere, true, kBt709, tuneBitRate},
    {FilmFormat::Mp4, "h264_nvenc", "H.264", kEverywhere, true, kBt709, tuneNvenc},
    {FilmFormat::Mp4, "h264_v4l2m2m", "H.264", kEverywhere, true, kBt709, tuneBitRate},
    {FilmFormat::Mp4, "mpeg4", "MPEG-4", "plays in most players, but not in browsers", true, kBt709, tuneMpeg4},
};

constexpr EncoderRow kWebM[] = {
    {FilmFormat::WebM, "libvpx-vp9", "VP9", kBrowsers, false, kBt709, tuneVp9},
    {FilmFormat::WebM, "libvpx", "VP8", kBrowsers, false, kBt601, tuneVp8},
};

Result<OpenEncoder> tryRow(const EncoderRow& row, const FilmOptions& options) {
    const AVCodec* codec = avcodec_find_encoder_by_name(row.encoder);
    if (!codec) return Error{ErrorCode::Unsupported, std::string(row.encoder) + " is not installed"};
    OpenEncoder open;
    open.row = &row;
    const auto side = [&](int pixels) { return row.evenSides ? pixels + pixels % 2 : pixels; };
    open.size = {side(options.width), side(options.height)};
    open.context.reset(avcodec_alloc_context3(codec));
    if (!open.context) return Error{ErrorCode::OutOfMemory, std::string(row.encoder) + ": not enough memory"};
    AVCodecContext& context = *open.context;
    context.width = open.size.width;
    context.height = open.size.height;
    context.pix_fmt = AV_PIX_FMT_YUV420P;
    context.time_base = {1, options.framesPerSecond};
    context.framerate = {options.framesPerSecond, 1};
    context.gop_size = 2 * options.framesPerSecond;  // a player can jump to any two seconds
    context.color_range = AVCOL_RANGE_MPEG;
    context.colorspace = row.colours;
    context.color_primaries = AVCOL_PRI_BT709;
    context.color_trc = AVCOL_TRC_BT709;
    context.chroma_sample_location = AVCHROMA_LOC_LEFT;
    context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;  // MP4 and WebM both keep it outside the packets
    context.thread_count = 0;                      // as many as there are cores
    AVDictionary* extra = nullptr;
    row.tune(context, &extra, options.quality);
    const int opened = avcodec_open2(&context, codec, &extra);
    av_dict_free(&extra);
    if (opened < 0) return avError(opened, std::string(row.encoder) + " does not open");
    return open;
}

/// Encoders that were passed over, for people.
struct PassedOver {
    std::string names, reasons;
    int count = 0;

    void add(const EncoderRow& row, const Error& error) {
        const char* comma = count++ > 0 ? ", " : "";
        names += std::string(comma) + row.encoder;
        reasons += comma + error.message;
    }
    [[nodiscard]] std::string why() const {
        if (count == 0) return {};
        return count == 1 ? ", because " + reasons : ", because none of " + names + " works here";
    }
};

}  // namespace

std::span<const EncoderRow> encodersOf(FilmFormat format) {
    switch (format) {
        case FilmFormat::Mp4:
            return kMp4;
        case FilmFormat::WebM:
            return kWebM;
        case FilmFormat::Gif:
            break;
    }
    return {};
}

Result<OpenEncoder> openEncoder(std::span<const EncoderRow> rows, const FilmOptions& options) {
    static std::once_flag s_quiet;
    std::call_once(s_quiet, [] { av_log_set_level(AV_LOG_QUIET); });  // failures are returned, not printed
    PassedOver better;
    for (const EncoderRow& row : rows) {
        auto open = tryRow(row, options);
        if (!open) {
            better.add(row, open.error());
            continue;
        }
        open->sentence = std::string(row.codec) + " by " + row.encoder + better.why() + ": " + row.plays + ".";
        return open;
    }
    return Error{ErrorCode::Unsupported, std::string(nameOf(options.format)) + " cannot be written here: " +
                                             better.reasons + "; install FFmpeg's libraries with it, or choose GIF"};
}

}  // namespace ms
