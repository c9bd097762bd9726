#include "engine/formats/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace ms {

namespace {

/// So that the new name outlives a power cut. Some file systems cannot; the data are safe even so.
void syncFolder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    [[maybe_unused]] const int synced = ::fsync(fd);
    ::close(fd);
}

const char* remedy(int number) {
    switch (number) {
        case ENOSPC:
        case EDQUOT:
            return "; free some space or choose another folder";
        case EACCES:
        case EPERM:
        case EROFS:
            return "; choose a folder that you may write to";
        case ENOENT:
            return "; make the folder first";
        case ENAMETOOLONG:
            return "; choose a shorter name";
        default:
            return "";
    }
}

/// Hidden, and short enough to be a name wherever the target's is one.
std::string temporaryName(const std::filesystem::path& target) {
    static std::atomic<unsigned> s_counter{0};
    constexpr std::size_t kMostBytes = 200;
    return "." + target.filename().string().substr(0, kMostBytes) + "." + std::to_string(::getpid()) + "-" +
           std::to_string(s_counter++) + ".part";
}

}  // namespace

Error AtomicFile::failure(const char* what, int number) const {
    return {number == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
            m_target.string() + ": " + what + ": " + std::generic_category().message(number) + remedy(number)};
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& target) {
    AtomicFile file;
    file.m_target = target;
    std::error_code error;
    if (!target.has_filename() || std::filesystem::is_directory(target, error))
        return file.failure("cannot be written", EISDIR);
    if (error.value() == ENAMETOOLONG) return file.failure("cannot be written", ENAMETOOLONG);  // the temporary is shorter
    file.m_temporary = target.parent_path() / temporaryName(target);
    const int fd = ::open(file.m_temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        const int number = errno;
        file.m_temporary.clear();
        return file.failure("cannot be written", number);
    }
    file.m_file.reset(::fdopen(fd, "w+b"));
    if (!file.m_file) {
        const int number = errno;
        ::close(fd);
        return file.failure("cannot be written", number);
    }
    return file;
}

void AtomicFile::removeAbandoned(const std::filesystem::path& target) {
    const std::string prefix = "." + target.filename().string() + ".", suffix = ".part";
    std::error_code ignored;
    const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
        const long process = std::strtol(name.c_str() + prefix.size(), nullptr, 10);
        if (process > 0 && ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH)
            std::filesystem::remove(entry.path(), ignored);
    }
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_file(std::move(other.m_file)),
      m_target(std::move(other.m_target)),
      m_temporary(std::exchange(other.m_temporary, {})),
      m_position(other.m_position) {}

AtomicFile::~AtomicFile() {
    if (m_temporary.empty()) return;
    m_file.reset();
    std::error_code ignored;
    std::filesystem::remove(m_temporary, ignored);
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
    if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), m_file.get()) != bytes.size())
        return failure("writing failed", errno);
    m_position += bytes.size();
    return {};
}

Result<void> AtomicFile::write(std::string_view text) { return write(std::as_bytes(std::span(text))); }

Result<void> AtomicFile::overwrite(std::uint64_t offset, std::span<const std::byte> bytes) {
    std::FILE* file = m_file.get();
    if (::fseeko(file, static_cast<off_t>(offset), SEEK_SET) != 0 ||
        std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() || ::fseeko(file, 0, SEEK_END) != 0)
        return failure("writing failed", errno);
    return {};
}

Result<std::size_t> AtomicFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
    if (std::fflush(m_file.get()) != 0) return failure("writing failed", errno);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::pread(::fileno(m_file.get()), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("reading failed", errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Result<void> AtomicFile::commit(Durability durability) {
    if (std::ferror(m_file.get()) != 0) return failure("writing failed", EIO);  // the caller overlooked it
    // Data before name: a power cut must not leave an empty file where a whole one was.
    if (durability == Durability::OnDisk && (std::fflush(m_file.get()) != 0 || ::fsync(::fileno(m_file.get())) != 0))
        return failure("writing failed", errno);
    std::FILE* file = m_file.release();
    if (std::fclose(file) != 0) return failure("writing failed", errno);
    std::error_code error;
    std::filesystem::rename(m_temporary, m_target, error);
    if (error) return failure("cannot be replaced", error.value());
    m_temporary.clear();
    if (durability == Durability::OnDisk) syncFolder(m_target.parent_path());
    return {};
}

}  // namespace ms
