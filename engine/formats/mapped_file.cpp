#include "engine/formats/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace ms {

namespace {

struct Descriptor {
    int fd = -1;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

Error ioError(const std::string& file, int number) {
    const auto code = number == ENOENT || number == ENOTDIR ? ErrorCode::NotFound
                      : number == ENOMEM                    ? ErrorCode::OutOfMemory
                                                            : ErrorCode::Io;
    return {code, file + ": cannot be opened: " + std::generic_category().message(number)};
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
    const std::string file = path.string();
    // O_NONBLOCK: opening a pipe must not wait for its writer; it is refused below.
    const Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (descriptor.fd < 0) return ioError(file, errno);
    struct stat status {};
    if (::fstat(descriptor.fd, &status) != 0) return ioError(file, errno);
    if (S_ISDIR(status.st_mode)) return Error{ErrorCode::Format, file + ": is a folder, a file is needed here"};
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Format, file + ": is not a regular file"};
    if (status.st_size <= 0) return Error{ErrorCode::Format, file + ": is empty; download it again"};

    const auto size = static_cast<std::size_t>(status.st_size);
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.fd, 0);
    if (address == MAP_FAILED) return ioError(file, errno);
    return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(address), size}));
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size()); }

void MappedFile::prefetch() const {
    // Advice only: when the kernel declines, pages are read on first touch as always.
    ::madvise(const_cast<std::byte*>(m_bytes.data()), m_bytes.size(), MADV_WILLNEED);
}

}  // namespace ms
