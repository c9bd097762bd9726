// libavformat's output, led into a file that appears only when it is complete.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/result.h"
#include "engine/film/av_handles.h"
#include "engine/formats/atomic_file.h"

namespace ms {

/// libavformat calls back into this object: it must stay where it is, and outlive the muxer.
class AvOutput {
public:
    /// `file` must outlive the object.
    explicit AvOutput(AtomicFile& file) : m_file(file) {}
    AvOutput(const AvOutput&) = delete;
    AvOutput& operator=(const AvOutput&) = delete;

    /// Errors: OutOfMemory.
    Result<void> open();
    /// Gives the muxer this output, to write and to read again: an MP4's index is put in front of its frames at the end, so
    /// that players can begin before they have all of it.
    void attach(AVFormatContext& muxer);
    [[nodiscard]] AVIOContext* context() const { return m_context.get(); }
    /// Why the file could not be written, in its own words, which libavformat's codes would lose.
    [[nodiscard]] const std::optional<Error>& failure() const { return m_failure; }

private:
    struct Reader {
        AvOutput& output;
        std::uint64_t at = 0;
    };
    static int openReader(AVFormatContext* muxer, AVIOContext** reader, const char* url, int flags, AVDictionary** options);
    static int closeReader(AVFormatContext* muxer, AVIOContext* reader);
    int read(Reader& reader, std::span<std::byte> bytes);
    int write(std::span<const std::byte> bytes);
    std::int64_t seek(std::int64_t offset, int whence);

    AtomicFile& m_file;
    AvPtr<AVIOContext> m_context;
    std::uint64_t m_at = 0;  ///< where the next byte goes: muxers come back to fill in sizes
    std::optional<Error> m_failure;
};

}  // namespace ms
