#include "engine/audio/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace ms {

namespace {

class FileSource final : public ByteSource {
public:
    FileSource(int fd, std::uint64_t size) : ByteSource(size), m_fd(fd) {}
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    ~FileSource() override { ::close(m_fd); }

    std::size_t readAt(std::uint64_t offset, std::span<std::byte> out) override {
        std::size_t done = 0;
        while (done < out.size()) {
            const ssize_t got = ::pread(m_fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

private:
    int m_fd;
};

class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::vector<std::byte> bytes) : ByteSource(bytes.size()), m_bytes(std::move(bytes)) {}

    std::size_t readAt(std::uint64_t offset, std::span<std::byte> out) override {
        if (offset >= m_bytes.size()) return 0;
        const std::size_t count = std::min<std::size_t>(out.size(), m_bytes.size() - offset);
        std::copy_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
        return count;
    }

private:
    std::vector<std::byte> m_bytes;
};

class SplicedSource final : public ByteSource {
public:
    SplicedSource(std::vector<std::byte> head, std::unique_ptr<ByteSource> body, std::uint64_t begin,
                  std::uint64_t size)
        : ByteSource(head.size() + size), m_head(std::move(head)), m_body(std::move(body)), m_begin(begin) {}

    std::size_t readAt(std::uint64_t offset, std::span<std::byte> out) override {
        if (offset >= size()) return 0;
        out = out.first(std::min<std::uint64_t>(out.size(), size() - offset));
        std::size_t done = 0;
        if (offset < m_head.size()) {
            done = std::min<std::size_t>(out.size(), m_head.size() - offset);
            std::copy_n(m_head.begin() + static_cast<std::ptrdiff_t>(offset), done, out.begin());
        }
        if (done < out.size()) done += m_body->readAt(m_begin + offset + done - m_head.size(), out.subspan(done));
        return done;
    }

private:
    std::vector<std::byte> m_head;
    std::unique_ptr<ByteSource> m_body;
    std::uint64_t m_begin;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> openByteSource(const std::filesystem::path& path) {
    const auto failure = [&](int number) {
        return Error{number == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                     path.string() + ": cannot be opened: " + std::generic_category().message(number)};
    };
    // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return failure(errno);
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        const int number = errno;
        ::close(fd);
        return failure(number);
    }
    if (!S_ISREG(status.st_mode)) {
        ::close(fd);
        return Error{ErrorCode::InvalidArgument, path.string() + ": not a regular file; choose an audio file"};
    }
    return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(fd, static_cast<std::uint64_t>(status.st_size)));
}

std::unique_ptr<ByteSource> memoryByteSource(std::vector<std::byte> bytes) {
    return std::make_unique<MemorySource>(std::move(bytes));
}

std::unique_ptr<ByteSource> spliceByteSource(std::vector<std::byte> head, std::unique_ptr<ByteSource> body,
                                             std::uint64_t begin, std::uint64_t size) {
    return std::make_unique<SplicedSource>(std::move(head), std::move(body), begin, size);
}

}  // namespace ms
