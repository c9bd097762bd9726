// Large text fixtures lie compressed in tests/data.
#pragma once

#include <zlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ms {

/// Unpacks a gzip file; throws std::runtime_error naming it.
inline void gunzip(const std::filesystem::path& from, const std::filesystem::path& to) {
    const gzFile in = gzopen(from.c_str(), "rb");
    if (in == nullptr) throw std::runtime_error(from.string() + ": cannot be opened");
    std::ofstream out(to, std::ios::binary);
    std::array<char, 65536> buffer{};
    int got = 0;
    while ((got = gzread(in, buffer.data(), buffer.size())) > 0) out.write(buffer.data(), got);
    gzclose(in);
    if (got < 0 || !out.flush()) throw std::runtime_error(from.string() + ": cannot be unpacked");
}

}  // namespace ms
