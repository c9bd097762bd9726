#include "engine/formats/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ms {

namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, gzip's header and trailer

/// Ends the stream whatever happens.
struct Inflater {
    z_stream stream{};
    bool ready = inflateInit2(&stream, kGzipWindow) == Z_OK;
    Inflater() = default;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() {
        if (ready) inflateEnd(&stream);
    }
};

}  // namespace

bool isGzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

Result<std::string> gunzip(std::span<const std::byte> bytes, const std::string& name, std::size_t most) {
    const auto bad = [&](const std::string& problem) { return Error{ErrorCode::Format, name + ": " + problem}; };
    if (!isGzip(bytes)) return bad("is no gzip file");
    Inflater inflater;
    if (!inflater.ready) return Error{ErrorCode::OutOfMemory, name + ": no memory to unpack it"};
    z_stream& z = inflater.stream;
    std::string text;
    std::array<Bytef, 65536> piece{};
    std::size_t taken = 0;
    while (true) {
        if (z.avail_in == 0) {
            const std::size_t count = std::min<std::size_t>(bytes.size() - taken, std::numeric_limits<uInt>::max());
            // zlib reads through a pointer to non-const and does not write there
            z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + taken));
            z.avail_in = static_cast<uInt>(count);
            taken += count;
        }
        z.next_out = piece.data();
        z.avail_out = static_cast<uInt>(piece.size());
        const int status = inflate(&z, Z_NO_FLUSH);
        const std::size_t got = piece.size() - z.avail_out;
        if (got > most - text.size()) return bad("holds more than " + std::to_string(most) + " bytes when unpacked");
        text.append(reinterpret_cast<const char*>(piece.data()), got);
        if (status == Z_STREAM_END) {
            const std::size_t left = bytes.size() - taken + z.avail_in;
            if (left == 0) return text;
            if (!isGzip(bytes.last(left))) return bad("has something else behind its end");
            inflateReset(&z);
        } else if (status == Z_BUF_ERROR && z.avail_in == 0 && taken == bytes.size()) {
            return bad("is cut off; copy or download it again");
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            return bad("is damaged; copy or download it again");
        }
    }
}

}  // namespace ms
