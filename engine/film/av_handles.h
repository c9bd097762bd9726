// Owners of libav objects, and its error codes in words.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <cerrno>
#include <memory>
#include <string>

#include "engine/base/result.h"

namespace ms {

struct AvDeleter {
    void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
    void operator()(AVFormatContext* p) const { avformat_free_context(p); }
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
    void operator()(SwsContext* p) const { sws_freeContext(p); }
    void operator()(AVIOContext* p) const {
        av_freep(&p->buffer);  // libavformat may have replaced the one it was made with
        avio_context_free(&p);
    }
};

template <class T>
using AvPtr = std::unique_ptr<T, AvDeleter>;

[[nodiscard]] inline std::string avReason(int code) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    return av_strerror(code, text, sizeof text) == 0 ? text : "error " + std::to_string(code);
}

[[nodiscard]] inline Error avError(int code, const std::string& what) {
    const ErrorCode kind = code == AVERROR(ENOMEM) ? ErrorCode::OutOfMemory : ErrorCode::Unsupported;
    return {kind, what + ": " + avReason(code)};
}

}  // namespace ms
