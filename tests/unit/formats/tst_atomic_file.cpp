// Files that are whole or not there: full disks, folders that cannot be written, names of every kind.
#include "engine/formats/atomic_file.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/formats/npz_writer.h"
#include "engine/formats/safetensors_writer.h"
#include "tests/support/file_size_limit.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLimit = 64 << 10;

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

/// A file system of 64 kB, where the system allows to mount one.
class SmallDisk {
public:
    explicit SmallDisk(const fs::path& folder) : m_folder(folder) {
        fs::create_directory(folder);
        m_mounted = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") == 0;
        m_error = errno;
    }
    ~SmallDisk() {
        if (m_mounted) ::umount2(m_folder.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool mounted() const { return m_mounted; }
    [[nodiscard]] const char* why() const { return std::strerror(m_error); }

private:
    fs::path m_folder;
    bool m_mounted = false;
    int m_error = 0;
};

/// Writes blocks until the file has `bytes`, then commits.
Result<void> writeBlocks(const fs::path& path, std::size_t bytes, Durability durability) {
    MS_TRY(AtomicFile file, AtomicFile::create(path));
    const std::string block(1000, 'x');
    while (file.position() < bytes) MS_CHECK(file.write(block));
    return file.commit(durability);
}

}  // namespace

TEST(AtomicFile, AppearsWhenItIsWhole) {
    TempFolder folder;
    for (const Durability durability : {Durability::Visible, Durability::OnDisk}) {
        const auto path = folder.write("a.txt", "old");
        auto file = AtomicFile::create(path);
        ASSERT_TRUE(file.ok()) << file.error().message;
        ASSERT_TRUE(file->write("new text").ok());
        ASSERT_TRUE(file->overwrite(0, asBytes("NEW")).ok());
        ASSERT_TRUE(file->write("!").ok());
        EXPECT_EQ(readAll(path), "old");
        ASSERT_TRUE(file->commit(durability).ok());
        EXPECT_EQ(readAll(path), "NEW text!");
        EXPECT_EQ(entries(folder.path()), 1u);
    }
}

TEST(AtomicFile, LeavesNothingWhenItIsDropped) {
    TempFolder folder;
    {
        auto file = AtomicFile::create(folder.path() / "a.txt");
        ASSERT_TRUE(file.ok() && file->write("text").ok());
        EXPECT_EQ(entries(folder.path()), 1u);
    }
    EXPECT_EQ(entries(folder.path()), 0u);
}

TEST(AtomicFile, FilesThatCannotGrowLeaveTheOldOne) {
    TempFolder folder;
    const auto path = folder.write("a.bin", "old");
    const FileSizeLimit limit(kLimit);
    for (const Durability durability : {Durability::Visible, Durability::OnDisk}) {
        expectError(writeBlocks(path, 10 * kLimit, durability), ErrorCode::Io, {"a.bin: writing failed"});
        // Only the last bytes do not fit: they lie in a buffer until the commit.
        expectError(writeBlocks(path, kLimit + 500, durability), ErrorCode::Io, {"a.bin: writing failed"});
    }
    EXPECT_EQ(readAll(path), "old");
    EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, AnOverlookedFailureIsNoticedByTheCommit) {
    TempFolder folder;
    const FileSizeLimit limit(kLimit);
    auto file = AtomicFile::create(folder.path() / "a.bin");
    ASSERT_TRUE(file.ok());
    EXPECT_FALSE(file->write(std::string(2 * kLimit, 'x')).ok());
    expectError(file->commit(), ErrorCode::Io, {"a.bin: writing failed"});
    EXPECT_FALSE(fs::exists(folder.path() / "a.bin"));
}

TEST(AtomicFile, AFullDiskIsSaidInOneLine) {
    TempFolder folder;
    const SmallDisk disk(folder.path() / "disk");
    if (!disk.mounted()) GTEST_SKIP() << "no small disk can be mounted here: " << disk.why();
    const auto path = folder.write("disk/a.bin", "old");
    expectError(writeBlocks(path, 10 * kLimit, Durability::OnDisk), ErrorCode::Io,
                {"a.bin: writing failed: No space left on device; free some space"});
    EXPECT_EQ(readAll(path), "old");
    EXPECT_EQ(entries(folder.path() / "disk"), 1u);
}

TEST(AtomicFile, FoldersThatCannotBeWritten) {
    TempFolder folder;
    expectError(AtomicFile::create(folder.path() / "no" / "a.txt"), ErrorCode::NotFound, {"a.txt", "make the folder"});
    expectError(AtomicFile::create(folder.path()), ErrorCode::Io, {folder.path().string(), "cannot be written"});
    expectError(AtomicFile::create(folder.path() / (std::string(300, 'n') + ".txt")), ErrorCode::Io, {"shorter name"});
}

TEST(AtomicFile, ReadOnlyFolders) {
    TempFolder folder;
    const fs::path locked = folder.path() / "locked";
    const SmallDisk disk(locked);
    if (::geteuid() != 0) fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
    else if (!disk.mounted() || ::mount("", locked.c_str(), "", MS_REMOUNT | MS_RDONLY, "") != 0)
        GTEST_SKIP() << "permissions do not stop root, and no file system can be made read-only here";
    const auto refused = AtomicFile::create(locked / "a.txt");
    if (::geteuid() != 0) fs::permissions(locked, fs::perms::owner_all);
    expectError(refused, ErrorCode::Io, {"a.txt: cannot be written", "choose a folder that you may write to"});
    EXPECT_EQ(entries(locked), 0u);
}

TEST(AtomicFile, NamesOfEveryKind) {
    TempFolder folder;
    fs::create_directory(folder.path() / "größe ☃");
    const std::string longest = std::string(80, 'l') + std::string(43, 'o') + "ü" + std::string(125, 'n') + ".txt";
    ASSERT_GT(longest.size(), 250u);
    ASSERT_LE(longest.size(), 255u);
    for (const std::string& name : {std::string("größe ☃/日本語 naïve.txt"), std::string("no\xff text.txt"), longest}) {
        const auto done = writeBlocks(folder.path() / name, 10, Durability::OnDisk);
        ASSERT_TRUE(done.ok()) << done.error().message;
        EXPECT_EQ(fs::file_size(folder.path() / name), 1000u);
    }
}

TEST(AtomicFile, NewFilesHaveTheUsualPermissions) {
    TempFolder folder;
    const mode_t before = ::umask(027);
    const auto done = writeBlocks(folder.path() / "a.txt", 1, Durability::Visible);
    ::umask(before);
    ASSERT_TRUE(done.ok());
    struct stat status {};
    ASSERT_EQ(::stat((folder.path() / "a.txt").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0640u);
}

TEST(AtomicFile, WritersOfFormatsFailWhole) {
    TempFolder folder;
    const std::vector<float> values(kLimit, 1.0f);
    const auto bytes = std::as_bytes(std::span(values));
    const Shape shape{static_cast<std::int64_t>(values.size())};
    const FileSizeLimit limit(kLimit);
    {
        auto npz = NpzWriter::create(folder.path() / "a.npz");
        ASSERT_TRUE(npz.ok());
        expectError(npz->add("x", DType::F32, shape, bytes), ErrorCode::Io, {"a.npz: writing failed"});
    }
    expectError(writeSafetensors(folder.path() / "a.safetensors", std::vector<TensorToWrite>{{"x", DType::F32, shape, bytes}}),
                ErrorCode::Io, {"a.safetensors: writing failed"});
    EXPECT_EQ(entries(folder.path()), 0u);
}
