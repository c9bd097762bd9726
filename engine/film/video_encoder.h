// MP4 and WebM through libavcodec and libavformat.
#pragma once

#include <memory>
#include <string>

#include "engine/film/av_output.h"
#include "engine/film/encoder_table.h"
#include "engine/film/film_encoder.h"
#include "engine/formats/atomic_file.h"

namespace ms {

class VideoEncoder final : public FilmEncoder {
public:
    /// Writes the header. `file` must outlive the encoder. Errors: Unsupported, Io, OutOfMemory.
    static Result<std::unique_ptr<VideoEncoder>> create(AtomicFile& file, const FilmOptions& options,
                                                        OpenEncoder encoder);

    Result<void> add(const FrameView& frame) override;
    Result<void> finish() override;
    [[nodiscard]] FilmSize size() const override { return m_size; }

private:
    explicit VideoEncoder(AtomicFile& file) : m_output(file) {}
    Result<void> start(const FilmOptions& options);
    void convert(const FrameView& frame);
    Result<void> encode(const AVFrame* frame);
    [[nodiscard]] Error failure(int code, const char* what) const;

    AvOutput m_output;  // the muxer writes through it: must outlive it
    AvPtr<AVCodecContext> m_codec;
    AvPtr<AVFormatContext> m_muxer;
    AvPtr<SwsContext> m_scaler;
    AvPtr<AVFrame> m_frame;
    AvPtr<AVPacket> m_packet;
    AVStream* m_stream = nullptr;
    FilmSize m_input, m_size;
    std::int64_t m_frames = 0;
};

}  // namespace ms
