#include "engine/film/video_encoder.h"

#include <cstring>

#include "engine/film/film_codec.h"

namespace ms {

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::create(AtomicFile& file, const FilmOptions& options,
                                                           OpenEncoder encoder) {
    std::unique_ptr<VideoEncoder> self(new VideoEncoder(file));
    self->m_codec = std::move(encoder.context);
    self->m_size = encoder.size;
    self->m_input = {options.width, options.height};
    MS_CHECK(self->m_output.open());
    MS_CHECK(self->start(options));
    return self;
}

Result<void> VideoEncoder::start(const FilmOptions& options) {
    AVFormatContext* muxer = nullptr;
    int code = avformat_alloc_output_context2(&muxer, nullptr, extensionOf(options.format), nullptr);
    m_muxer.reset(muxer);
    if (code < 0) return failure(code, "the container cannot be written");
    m_output.attach(*m_muxer);
    m_muxer->flags |= AVFMT_FLAG_BITEXACT;  // equal films give equal files
    m_stream = avformat_new_stream(m_muxer.get(), nullptr);
    m_frame.reset(av_frame_alloc());
    m_packet.reset(av_packet_alloc());
    if (!m_stream || !m_frame || !m_packet) return failure(AVERROR(ENOMEM), "the film cannot be begun");
    m_stream->time_base = m_codec->time_base;
    m_stream->avg_frame_rate = m_codec->framerate;
    if (code = avcodec_parameters_from_context(m_stream->codecpar, m_codec.get()); code < 0)
        return failure(code, "the film cannot be begun");
    if (!options.title.empty()) av_dict_set(&m_muxer->metadata, "title", options.title.c_str(), 0);
    if (!options.comment.empty()) av_dict_set(&m_muxer->metadata, "comment", options.comment.c_str(), 0);

    m_frame->format = m_codec->pix_fmt;
    m_frame->width = m_size.width;
    m_frame->height = m_size.height;
    m_frame->color_range = m_codec->color_range;
    m_frame->colorspace = m_codec->colorspace;
    m_frame->color_primaries = m_codec->color_primaries;
    m_frame->color_trc = m_codec->color_trc;
    m_frame->chroma_location = m_codec->chroma_sample_location;
    if (code = av_frame_get_buffer(m_frame.get(), 0); code < 0) return failure(code, "the film cannot be begun");

    m_scaler.reset(sws_getContext(m_input.width, m_input.height, AV_PIX_FMT_RGBA, m_input.width, m_input.height,
                                  m_codec->pix_fmt, SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr,
                                  nullptr));
    const int* matrix = sws_getCoefficients(m_codec->colorspace);  // SWS_CS_* are numbered like AVColorSpace
    constexpr int kFullRange = 1, kLimitedRange = 0, kPlain = 1 << 16;
    if (!m_scaler ||
        sws_setColorspaceDetails(m_scaler.get(), matrix, kFullRange, matrix, kLimitedRange, 0, kPlain, kPlain) < 0)
        return failure(AVERROR(EINVAL), "colours cannot be converted");

    AVDictionary* wishes = nullptr;
    if (options.format == FilmFormat::Mp4) av_dict_set(&wishes, "movflags", "+faststart", 0);
    code = avformat_write_header(m_muxer.get(), &wishes);
    av_dict_free(&wishes);
    if (code < 0)
        return failure(code, "the film's header cannot be written");
    return {};
}

void VideoEncoder::convert(const FrameView& frame) {
    const std::uint8_t* source[] = {frame.rgba.data()};
    const int stride[] = {static_cast<int>(frame.stride)};
    sws_scale(m_scaler.get(), source, stride, 0, m_input.height, m_frame->data, m_frame->linesize);
    // An odd side gets a row or column more: that of its edge. Chroma, rounded up, has it already.
    std::uint8_t* luma = m_frame->data[0];
    const auto line = static_cast<std::size_t>(m_frame->linesize[0]);
    if (m_size.width > m_input.width)
        for (int y = 0; y < m_input.height; ++y) {
            std::uint8_t* row = luma + static_cast<std::size_t>(y) * line;
            row[m_input.width] = row[m_input.width - 1];
        }
    if (m_size.height > m_input.height) {
        std::uint8_t* below = luma + static_cast<std::size_t>(m_input.height) * line;
        std::memcpy(below, below - line, static_cast<std::size_t>(m_size.width));
    }
}

Result<void> VideoEncoder::add(const FrameView& frame) {
    // Encoders may still hold the last picture; this takes another buffer if one does.
    if (const int code = av_frame_make_writable(m_frame.get()); code < 0)
        return failure(code, "a frame cannot be encoded");
    convert(frame);
    m_frame->pts = m_frames++;
    return encode(m_frame.get());
}

Result<void> VideoEncoder::encode(const AVFrame* frame) {
    if (const int code = avcodec_send_frame(m_codec.get(), frame); code < 0)
        return failure(code, "a frame cannot be encoded");
    while (true) {
        int code = avcodec_receive_packet(m_codec.get(), m_packet.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
        if (code < 0) return failure(code, "a frame cannot be encoded");
        m_packet->stream_index = m_stream->index;
        m_packet->duration = 1;  // not every encoder says so, and the last frame's is the film's end
        av_packet_rescale_ts(m_packet.get(), m_codec->time_base, m_stream->time_base);
        code = av_interleaved_write_frame(m_muxer.get(), m_packet.get());
        if (code < 0 || m_output.failure()) return failure(code, "a frame cannot be written");
    }
}

Result<void> VideoEncoder::finish() {
    MS_CHECK(encode(nullptr));
    const int code = av_write_trailer(m_muxer.get());
    if (code < 0 || m_output.failure()) return failure(code, "the film's end cannot be written");
    avio_flush(m_output.context());
    if (m_output.failure()) return failure(AVERROR(EIO), "the film's end cannot be written");
    return {};
}

Error VideoEncoder::failure(int code, const char* what) const {
    return m_output.failure() ? *m_output.failure() : avError(code, what);
}

}  // namespace ms
