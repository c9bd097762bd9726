// Hashes against the examples of FIPS 180-4, of files and of sets of files.
#include "engine/export/file_hash.h"

#include <string>
#include <vector>

#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

}  // namespace

TEST(Sha256, ExamplesOfTheStandard) {
    EXPECT_EQ(sha256(asBytes("abc")), kAbc);
    EXPECT_EQ(sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256(asBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(asBytes("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                             "mnopqrstnopqrstu")),
              "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    EXPECT_EQ(sha256(asBytes(std::string(1000000, 'a'))), kMillion);
}

TEST(Sha256, PortionsDoNotMatterAndFinishStartsAnew) {
    Sha256 hash;
    for (int i = 0; i < 1000; ++i) hash.add(asBytes(std::string(1000, 'a')));
    EXPECT_EQ(hash.finish(), kMillion);
    hash.add(asBytes("ab"));
    hash.add({});
    hash.add(asBytes("c"));
    EXPECT_EQ(hash.finish(), kAbc);
}

TEST(Sha256, TokenIdsAreLittleEndianNumbers) {
    const std::vector<TokenId> ids{1, 258};
    EXPECT_EQ(sha256OfIds(ids), sha256(asBytes(std::string("\1\0\0\0\2\1\0\0", 8))));
}

TEST(FileHash, FileEqualsItsBytesWithProgressToTheEnd) {
    TempFolder folder;
    const auto file = folder.write("größe.bin", std::string(2500000, 'x'));
    std::vector<Progress> seen;
    const auto hash = sha256OfFile(file, [&](const Progress& p) { seen.push_back(p); });
    ASSERT_TRUE(hash.ok()) << hash.error().message;
    EXPECT_EQ(*hash, sha256(asBytes(std::string(2500000, 'x'))));
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].current, 1 << 20);
    EXPECT_EQ(seen.back().current, 2500000);
    EXPECT_EQ(seen.back().total, 2500000);
    EXPECT_EQ(seen.back().status, "größe.bin");
}

TEST(FileHash, EmptyFile) {
    TempFolder folder;
    const auto hash = sha256OfFile(folder.write("empty", ""));
    ASSERT_TRUE(hash.ok());
    EXPECT_EQ(*hash, sha256({}));
}

TEST(FileHash, SeveralFilesInTheOrderOfTheirNames) {
    TempFolder folder;
    const std::vector<std::filesystem::path> files{folder.write("b.safetensors", "two"),
                                                   folder.write("a.safetensors", "one")};
    const std::string list = sha256(asBytes("one")) + "  a.safetensors\n" + sha256(asBytes("two")) + "  b.safetensors\n";
    std::int64_t last = 0, total = 0;
    const auto hash = sha256OfFiles(files, [&](const Progress& p) { last = p.current, total = p.total; });
    ASSERT_TRUE(hash.ok()) << hash.error().message;
    EXPECT_EQ(*hash, sha256(asBytes(list)));
    EXPECT_EQ(last, 6);
    EXPECT_EQ(total, 6);

    const auto alone = sha256OfFiles(std::span(files).first(1));
    ASSERT_TRUE(alone.ok());
    EXPECT_EQ(*alone, sha256(asBytes("two")));
}

TEST(FileHash, RefusesInOneLine) {
    TempFolder folder;
    expectError(sha256OfFile(folder.path() / "missing.bin"), ErrorCode::NotFound, {"missing.bin", "cannot be read"});
    expectError(sha256OfFile(folder.path()), ErrorCode::Io, {folder.path().string()});
    expectError(sha256OfFiles({}), ErrorCode::InvalidArgument, {"no file"});
}

TEST(FileHash, StopsWhenAsked) {
    TempFolder folder;
    const auto file = folder.write("a.bin", std::string(3 << 20, 'x'));
    std::stop_source stop;
    int calls = 0;
    const auto hash = sha256OfFile(
        file,
        [&](const Progress&) {
            ++calls;
            stop.request_stop();
        },
        stop.get_token());
    expectError(hash, ErrorCode::Cancelled, {"a.bin"});
    EXPECT_EQ(calls, 1);
}
