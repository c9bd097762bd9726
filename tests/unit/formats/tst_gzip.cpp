#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "engine/formats/byte_reader.h"
#include "engine/formats/gzip.h"

namespace ms {
namespace {

std::string packed(const std::string& text) {
    z_stream z{};
    EXPECT_EQ(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&z, text.size()) + 32, '\0');
    std::string in = text;
    z.next_in = reinterpret_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

std::string longText() {
    std::mt19937 random(1);
    std::string text(200'000, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 7);
    return text;
}

Result<std::string> unpacked(const std::string& bytes, std::size_t most = 1'000'000) {
    return gunzip(std::as_bytes(std::span(bytes)), "t.gz", most);
}

TEST(Gzip, GivesBackWhatWasPacked) {
    for (const std::string& text : {std::string(), std::string("one"), longText()}) {
        const auto back = unpacked(packed(text));
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, text);
    }
    const auto two = unpacked(packed("one ") + packed("two"));
    ASSERT_TRUE(two) << two.error().message;
    EXPECT_EQ(*two, "one two");
}

TEST(Gzip, RefusesWhatIsNotWhole) {
    const std::string text = longText(), whole = packed(text);
    for (const std::size_t length : {std::size_t{2}, std::size_t{9}, whole.size() / 2, whole.size() - 8, whole.size() - 1}) {
        const auto cut = unpacked(whole.substr(0, length));
        ASSERT_FALSE(cut) << length;
        EXPECT_EQ(cut.error().message, "t.gz: is cut off; copy or download it again");
    }
    for (const std::size_t at : {whole.size() / 3, whole.size() - 6, whole.size() - 2}) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        EXPECT_FALSE(unpacked(damaged)) << at;
    }
    EXPECT_EQ(unpacked("").error().message, "t.gz: is no gzip file");
    EXPECT_EQ(unpacked("plain text").error().message, "t.gz: is no gzip file");
    EXPECT_EQ(unpacked(whole + "rest").error().message, "t.gz: has something else behind its end");
}

TEST(Gzip, RefusesMoreThanIsAllowed) {
    const std::string bomb = packed(std::string(3'000'000, '0'));
    EXPECT_EQ(unpacked(bomb, 2'999'999).error().message, "t.gz: holds more than 2999999 bytes when unpacked");
    EXPECT_TRUE(unpacked(bomb, 3'000'000));
}

}  // namespace
}  // namespace ms
