#include "engine/film/av_output.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

namespace ms {

namespace {

constexpr int kBufferBytes = 1 << 16;

#if LIBAVFORMAT_VERSION_MAJOR < 61
using WrittenBytes = std::uint8_t;
#else
using WrittenBytes = const std::uint8_t;
#endif

}  // namespace

Result<void> AvOutput::open() {
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (!buffer) return Error{ErrorCode::OutOfMemory, "not enough memory for a film's file buffer"};
    const auto onWrite = [](void* self, WrittenBytes* bytes, int count) {
        return static_cast<AvOutput*>(self)->write(std::as_bytes(std::span(bytes, static_cast<std::size_t>(count))));
    };
    const auto onSeek = [](void* self, std::int64_t offset, int whence) {
        return static_cast<AvOutput*>(self)->seek(offset, whence);
    };
    m_context.reset(avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, onWrite, onSeek));
    if (!m_context) {
        av_free(buffer);
        return Error{ErrorCode::OutOfMemory, "not enough memory for a film's file buffer"};
    }
    return {};
}

void AvOutput::attach(AVFormatContext& muxer) {
    muxer.pb = context();
    muxer.flags |= AVFMT_FLAG_CUSTOM_IO;
    muxer.opaque = this;
    muxer.io_open = openReader;
    muxer.io_close2 = closeReader;
}

int AvOutput::openReader(AVFormatContext* muxer, AVIOContext** context, const char*, int flags, AVDictionary**) {
    if ((flags & AVIO_FLAG_WRITE) != 0) return AVERROR(ENOSYS);  // there is one output, and it is open
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (!buffer) return AVERROR(ENOMEM);
    auto reader = std::make_unique<Reader>(Reader{*static_cast<AvOutput*>(muxer->opaque)});
    const auto onRead = [](void* self, std::uint8_t* bytes, int count) {
        auto& from = *static_cast<Reader*>(self);
        return from.output.read(from, std::as_writable_bytes(std::span(bytes, static_cast<std::size_t>(count))));
    };
    const auto onSeek = [](void* self, std::int64_t offset, int whence) -> std::int64_t {
        if (whence != SEEK_SET || offset < 0) return AVERROR(EINVAL);
        static_cast<Reader*>(self)->at = static_cast<std::uint64_t>(offset);
        return offset;
    };
    *context = avio_alloc_context(buffer, kBufferBytes, 0, reader.get(), onRead, nullptr, onSeek);
    if (!*context) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    reader.release();  // closeReader has it
    return 0;
}

int AvOutput::closeReader(AVFormatContext*, AVIOContext* context) {
    delete static_cast<Reader*>(context->opaque);
    av_freep(static_cast<void*>(&context->buffer));
    avio_context_free(&context);
    return 0;
}

int AvOutput::read(Reader& reader, std::span<std::byte> bytes) {
    const auto got = m_file.read(reader.at, bytes);
    if (!got) {
        m_failure = got.error();
        return AVERROR(EIO);
    }
    reader.at += *got;
    return *got > 0 ? static_cast<int>(*got) : AVERROR_EOF;
}

int AvOutput::write(std::span<const std::byte> bytes) {
    if (m_failure) return AVERROR(EIO);
    Result<void> written;
    if (m_at > m_file.position()) written = m_file.write(std::vector<std::byte>(m_at - m_file.position()));  // room, filled later
    const std::size_t inside = std::min<std::size_t>(bytes.size(), m_file.position() - m_at);
    if (written && inside > 0) written = m_file.overwrite(m_at, bytes.first(inside));
    if (written) written = m_file.write(bytes.subspan(inside));
    if (!written) {
        m_failure = written.error();
        return AVERROR(EIO);
    }
    m_at += bytes.size();
    return static_cast<int>(bytes.size());
}

std::int64_t AvOutput::seek(std::int64_t offset, int whence) {
    const auto end = static_cast<std::int64_t>(m_file.position());
    switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
            return end;
        case SEEK_SET:
            break;
        case SEEK_CUR:
            offset += static_cast<std::int64_t>(m_at);
            break;
        case SEEK_END:
            offset += end;
            break;
        default:
            return AVERROR(EINVAL);
    }
    if (offset < 0) return AVERROR(EINVAL);
    m_at = static_cast<std::uint64_t>(offset);
    return offset;
}

}  // namespace ms
