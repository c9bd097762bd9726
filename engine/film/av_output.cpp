#include "engine/film/av_output.h"

#include <algorithm>
#include <cstdio>

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

int AvOutput::write(std::span<const std::byte> bytes) {
    if (m_failure) return AVERROR(EIO);
    const std::size_t inside = std::min<std::size_t>(bytes.size(), m_file.position() - m_at);
    auto written = inside > 0 ? m_file.overwrite(m_at, bytes.first(inside)) : Result<void>{};
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
    if (offset < 0 || offset > end) return AVERROR(EINVAL);
    m_at = static_cast<std::uint64_t>(offset);
    return offset;
}

}  // namespace ms
