#include "engine/audio/container_check.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace ms {

namespace {

constexpr int kMostChunks = 1000;

std::uint32_t word(std::span<const std::byte, 4> bytes, bool bigEndian) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[bigEndian ? i : 3 - i]);
    return value;
}

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// IFF chunks from byte 12: id, size, body, padded to even. `sound`: the id of the chunk that holds the samples.
std::string findTruncation(ByteSource& source, std::string_view sound, bool bigEndian) {
    std::uint64_t at = 12;
    for (int i = 0; i < kMostChunks; ++i) {
        std::array<std::byte, 8> header;
        if (source.readAt(at, header) != header.size()) return {};
        const std::uint64_t size = word(std::span(header).last<4>(), bigEndian);
        const std::uint64_t present = source.size() - at - header.size();
        if (text(std::span(header).first<4>()) == sound) {
            // Recorders that stream write 0 or the largest number: a length nobody knew yet.
            if (size <= present || size >= 0x7fffff00u) return {};
            return "the file ends early: " + std::to_string(present) + " of " + std::to_string(size) +
                   " bytes of audio are there";
        }
        at += header.size() + size + size % 2;
    }
    return {};
}

}  // namespace

ContainerCheck checkContainer(ByteSource& source) {
    std::array<std::byte, 12> head{};
    const std::size_t got = source.readAt(0, head);
    const std::string_view id = text(std::span(head).first(4));
    if (got == head.size() && (id == "RIFF" || id == "RIFX") && text(std::span(head).last(4)) == "WAVE")
        return {true, findTruncation(source, "data", id == "RIFX")};
    if (got == head.size() && id == "FORM" && text(std::span(head).last(4)).starts_with("AIF"))
        return {true, findTruncation(source, "SSND", true)};
    // MPEG audio starts with eleven set bits; layer bits 00 are reserved.
    const bool mpeg = head[0] == std::byte{0xff} && (head[1] & std::byte{0xe0}) == std::byte{0xe0} &&
                      (head[1] & std::byte{0x06}) != std::byte{0};
    return {got >= 4 && (id == "RF64" || id == "fLaC" || id == "OggS" || id.starts_with("ID3") || mpeg), {}};
}

}  // namespace ms
