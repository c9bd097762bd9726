#include "engine/audio/container.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace ms {

namespace {

constexpr int kMostChunks = 10000, kMostTags = 10;
constexpr std::uint64_t kLargestFormat = 4096;  // bytes of a chunk that describes the format; real ones have 16 to 60
constexpr std::uint64_t kLargestRiff = 0xffffff00;  // beyond, sizes need RF64's 64 bits

/// Recorders that stream write the largest number, signed or not, or a little less: nobody knew yet.
bool unknownSize(std::uint64_t size) { return size >= 0xffffff00 || (size >= 0x7fffff00 && size <= 0x80000000); }

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t number(std::span<const std::byte> bytes, bool bigEndian) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[bigEndian ? i : bytes.size() - 1 - i]);
    return value;
}

/// What an IFF family calls its parts. `skip`: bytes of the sound chunk before the samples.
struct Family {
    std::string_view format, sound;
    bool bigEndian, wide;  // wide: RF64
    std::uint64_t skip;
};

struct Chunk {
    std::uint64_t at = 0, size = 0;  // of its body
};

class Writer {
public:
    explicit Writer(bool bigEndian) : m_bigEndian(bigEndian) {}
    void add(std::string_view id) { add(std::as_bytes(std::span(id))); }
    void add(std::span<const std::byte> bytes) { m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end()); }
    void add(std::uint64_t value, int width) {
        for (int i = 0; i < width; ++i)
            m_bytes.push_back(static_cast<std::byte>(value >> 8 * (m_bigEndian ? width - 1 - i : i)));
    }
    std::vector<std::byte> take() { return std::move(m_bytes); }

private:
    bool m_bigEndian;
    std::vector<std::byte> m_bytes;
};

/// The file made anew: head, format, samples.
std::vector<std::byte> cleanHead(const Family& family, std::string_view kind, std::span<const std::byte> format,
                                 std::uint64_t soundSize) {
    const std::uint64_t padded = format.size() + format.size() % 2, whole = 4 + 8 + padded + 8 + soundSize;
    const bool large = family.wide && whole > kLargestRiff;
    Writer out(family.bigEndian);
    out.add(family.sound == "SSND" ? "FORM" : large ? "RF64" : family.bigEndian ? "RIFX" : "RIFF");
    out.add(large ? 0xffffffff : whole, 4);
    out.add(kind);
    if (large) {
        out.add("ds64");
        out.add(28, 4);
        out.add(whole + 36, 8);
        out.add(soundSize, 8);
        out.add(0, 8);  // frames: the decoder counts
        out.add(0, 4);
    }
    out.add(family.format);
    out.add(format.size(), 4);
    out.add(format);
    if (padded > format.size()) out.add(0, 1);
    out.add(family.sound);
    out.add(large ? 0xffffffff : soundSize, 4);
    return out.take();
}

/// Chunks from byte 12: id, size, body, padded to even.
Result<Container> openChunks(std::unique_ptr<ByteSource> source, const Family& family, const std::string& name) {
    const auto refuse = [&](const std::string& reason) { return Error{ErrorCode::Format, name + ": " + reason}; };
    std::array<std::byte, 12> head{};
    source->readAt(0, head);
    const std::uint64_t claimedEnd = number(std::span(head).subspan(4, 4), family.bigEndian) + 8;
    std::optional<Chunk> format, sound;
    std::uint64_t at = 12, wideSize = 0;
    std::array<std::byte, 8> header;
    for (int i = 0; i < kMostChunks && source->readAt(at, header) == header.size(); ++i) {
        const std::string_view id = text(std::span(header).first(4));
        const Chunk chunk{at + header.size(), number(std::span(header).last(4), family.bigEndian)};
        if (id == family.format && !format) format = chunk;
        if (id == family.sound && !sound) sound = chunk;
        if (id == "ds64" && family.wide) {
            std::array<std::byte, 16> sizes{};
            source->readAt(chunk.at, sizes);
            wideSize = number(std::span(sizes).last(8), false);
        }
        if (format && sound) break;  // AIFF may have them the other way round
        at = chunk.at + chunk.size + chunk.size % 2;
    }
    if (!format)
        return refuse("the header ends before the format is described (no '" + std::string(family.format) + "' chunk)");
    if (!sound) return refuse("there are no samples (no '" + std::string(family.sound) + "' chunk)");

    std::vector<std::byte> description(std::min(format->size, kLargestFormat));
    description.resize(source->readAt(format->at, description));
    const std::uint64_t present = source->size() - std::min(source->size(), sound->at);
    const std::uint64_t claimed = family.wide && sound->size == 0xffffffff ? wideSize : sound->size;
    Container container;
    // A recorder that crashed left the header of an empty file.
    const bool unfinished = claimed == 0 && present > family.skip && claimedEnd <= sound->at + family.skip;
    std::uint64_t size = unfinished ? present : std::min(claimed, present);
    if (unfinished) container.note = "the recording was never finished; what is there is used";
    else if (claimed > present && (family.wide || !unknownSize(claimed)))
        container.note = "the file ends early: " + std::to_string(present) + " of " + std::to_string(claimed) +
                         " bytes of audio are there";
    if (!family.wide) size = std::min(size, kLargestRiff - 2 * kLargestFormat);
    container.source = spliceByteSource(cleanHead(family, text(std::span(head).last(4)), description, size),
                                        std::move(source), sound->at, size);
    return container;
}

/// The first byte behind ID3v2 tags: "ID3", version, flags, size in four times seven bits (id3.org, ID3v2.4.0,
/// section 3.1).
std::uint64_t skipTags(ByteSource& source) {
    std::uint64_t at = 0;
    std::array<std::byte, 10> tag;
    for (int i = 0; i < kMostTags && source.readAt(at, tag) == tag.size() && text(tag).starts_with("ID3"); ++i) {
        std::uint64_t size = 0;
        for (std::size_t b = 6; b < 10; ++b)
            size = size << 7 | std::to_integer<std::uint64_t>(tag[b] & std::byte{0x7f});
        at += tag.size() + size;
    }
    return at;
}

}  // namespace

Result<Container> recogniseContainer(std::unique_ptr<ByteSource> source, const std::string& name) {
    if (source->size() == 0) return Error{ErrorCode::Format, name + ": the file is empty"};
    if (const std::uint64_t begin = skipTags(*source); begin > 0) {
        const std::uint64_t rest = source->size() - std::min(source->size(), begin);
        source = spliceByteSource({}, std::move(source), begin, rest);
    }
    std::array<std::byte, 12> head{};
    const std::size_t got = source->readAt(0, head);
    const std::string_view id = text(std::span(head).first(4)), kind = text(std::span(head).last(4));
    if (got == head.size() && kind == "WAVE" && (id == "RIFF" || id == "RIFX" || id == "RF64"))
        return openChunks(std::move(source), {"fmt ", "data", id == "RIFX", id == "RF64", 0}, name);
    if (got == head.size() && id == "FORM" && (kind == "AIFF" || kind == "AIFC"))
        return openChunks(std::move(source), {"COMM", "SSND", true, false, 8}, name);
    // MPEG audio starts with eleven set bits; layer bits 00 are reserved.
    const bool mpeg = got >= 4 && head[0] == std::byte{0xff} && (head[1] & std::byte{0xe0}) == std::byte{0xe0} &&
                      (head[1] & std::byte{0x06}) != std::byte{0};
    if (!mpeg && id != "fLaC" && id != "OggS")
        return Error{ErrorCode::Format, name + ": no sound file that can be read (WAV, AIFF, FLAC, OGG, Opus, MP3)"};
    return Container{std::move(source), {}};
}

}  // namespace ms
