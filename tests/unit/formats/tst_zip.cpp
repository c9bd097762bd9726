// Zip archives: what the writer makes the reader finds; broken ones are refused.
#include "engine/formats/zip_reader.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr auto kFormat = ErrorCode::Format;

Result<std::vector<ZipMember>> read(const std::string& content) { return readZip(asBytes(content), "a.zip"); }

struct Zip : ::testing::Test {
    TempFolder folder;
    std::string archive =
        readAll(writeZip(folder.path() / "a.zip", {{"one", "first"}, {"two/é", ""}, {"three", std::string(300, 'x')}}));

    /// The archive with the bytes at the n-th occurrence of `what` (counted from 0) plus `skip` replaced.
    std::string patched(const std::string& what, int n, std::size_t skip, const std::string& with) const {
        std::string out = archive;
        std::size_t at = out.find(what);
        while (n-- > 0) at = out.find(what, at + 1);
        EXPECT_NE(at, std::string::npos);
        return out.replace(at + skip, with.size(), with);
    }
};

const std::string kLocal = "PK\x03\x04", kCentral = "PK\x01\x02", kEnd = "PK\x05\x06", kEnd64 = "PK\x06\x06",
                  kLocator = "PK\x06\x07";

}  // namespace

TEST_F(Zip, roundTrip) {
    const auto members = read(archive);
    ASSERT_TRUE(members.ok()) << members.error().message;
    ASSERT_EQ(members->size(), 3u);
    EXPECT_EQ((*members)[0].name, "one");
    EXPECT_EQ(valuesOf<char>((*members)[0].bytes), (std::vector<char>{'f', 'i', 'r', 's', 't'}));
    EXPECT_EQ((*members)[1].name, "two/é");
    EXPECT_TRUE((*members)[1].bytes.empty());
    EXPECT_EQ((*members)[2].bytes.size(), 300u);
    for (const ZipMember& member : *members) EXPECT_TRUE(member.stored && checksumMatches(member));
    ASSERT_TRUE(read(archive.substr(0, archive.size() - 2) + raw(std::uint16_t{7}) + "comment").ok());
}

TEST_F(Zip, seesDamagedContent) {
    const std::string damaged = patched("first", 0, 1, "I");
    const auto members = read(damaged);
    ASSERT_TRUE(members.ok());
    EXPECT_FALSE(checksumMatches((*members)[0]));
}

TEST_F(Zip, refusesEveryTruncation) {
    for (std::size_t length = 0; length < archive.size(); ++length)
        EXPECT_FALSE(read(archive.substr(0, length)).ok()) << length;
}

TEST_F(Zip, refusesDamagedRecords) {
    expectError(read("PK"), kFormat, {"a.zip", "too short"});
    expectError(read(std::string(100, ' ')), kFormat, {"no zip directory"});
    expectError(read(patched(kCentral, 1, 0, "XX")), kFormat, {"directory breaks off"});
    expectError(read(patched(kLocal, 0, 0, "XX")), kFormat, {"\"one\"", "local header"});
    expectError(read(patched("one", 0, 0, "eno")), kFormat, {"\"one\"", "local header"});
    expectError(read(patched(kCentral, 0, 8, raw(std::uint16_t{1}))), ErrorCode::Unsupported, {"\"one\"", "encrypted"});
    expectError(read(patched(kLocator, 0, 0, "XX")), kFormat, {"zip64"});
    expectError(read(patched(kLocator, 0, 8, raw(~std::uint64_t{0}))), kFormat, {"zip64"});
    expectError(read(patched(kEnd64, 0, 0, "XX")), kFormat, {"zip64"});
    expectError(read(patched(kEnd64, 0, 32, raw(~std::uint64_t{0}))), kFormat, {"outside"});  // count
    expectError(read(patched(kEnd64, 0, 40, raw(~std::uint64_t{0}))), kFormat, {"outside"});  // size
    expectError(read(patched(kEnd64, 0, 48, raw(~std::uint64_t{0}))), kFormat, {"outside"});  // offset
    const std::size_t extra = 46 + 3 + 4;  // of the first central header: size, packed size, offset
    expectError(read(patched(kCentral, 0, extra, raw(std::uint64_t{6}))), kFormat, {"two different sizes"});
    expectError(read(patched(kCentral, 0, extra + 8, raw(~std::uint64_t{0}))), kFormat, {"outside"});
    expectError(read(patched(kCentral, 0, extra + 16, raw(~std::uint64_t{0}))), kFormat, {"outside"});
    expectError(read(patched(kCentral, 0, extra - 2, raw(std::uint16_t{8}))), kFormat, {"breaks off"});
}

TEST_F(Zip, refusesOverlapsAndNamesTwice) {
    expectError(read(patched("three", 1, 0, "\x01\x02\x03\x04\x05")), kFormat, {"local header"});
    const std::string big = raw(std::uint64_t{40});
    std::string overlapping = patched(kCentral, 0, 46 + 3 + 4, big);
    overlapping.replace(overlapping.find(kCentral) + 46 + 3 + 12, 8, big);
    expectError(read(overlapping), kFormat, {"overlap"});
    auto writer = ZipWriter::create(folder.path() / "b.zip");
    ASSERT_TRUE(writer.ok() && writer->begin("same", 0).ok());
    expectError(writer->begin("same", 0), ErrorCode::InvalidArgument, {"same", "taken"});
    std::string twins = readAll(writeZip(folder.path() / "c.zip", {{"aa", ""}, {"bb", ""}}));
    for (std::size_t at; (at = twins.find("bb")) != std::string::npos;) twins.replace(at, 2, "aa");
    expectError(read(twins), kFormat, {"\"aa\"", "twice"});
}

TEST_F(Zip, writerKeepsToAnnouncedSizes) {
    const auto path = folder.path() / "d.zip";
    {
        auto writer = ZipWriter::create(path);
        ASSERT_TRUE(writer.ok() && writer->begin("x", 4).ok() && writer->write(asBytes("abc")).ok());
        expectError(writer->finish(), ErrorCode::InvalidArgument, {"\"x\"", "lacks 1"});
        expectError(writer->write(asBytes("de")), ErrorCode::InvalidArgument, {"more bytes"});
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "temporary file left behind";
}
