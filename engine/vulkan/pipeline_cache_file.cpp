#include "engine/vulkan/pipeline_cache_file.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace ms {

namespace {

constexpr std::uint64_t kMagic = 0x314350534d4d4153ull;
constexpr std::uintmax_t kLargestFile = 256u << 20;

struct Header {
    std::uint64_t magic, size, checksum;
};

/// FNV-1a.
std::uint64_t checksum(std::span<const std::byte> data) {
    std::uint64_t hash = 0xcbf29ce484222325ull;
    for (const std::byte b : data) hash = (hash ^ static_cast<std::uint64_t>(b)) * 0x100000001b3ull;
    return hash;
}

std::filesystem::path cacheFolder() {
    if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg == '/') return xdg;
    if (const char* home = std::getenv("HOME"); home && *home == '/') return std::filesystem::path(home) / ".cache";
    return {};
}

}  // namespace

PipelineCacheFile::PipelineCacheFile(const DeviceProfile& profile) {
    const std::filesystem::path folder = cacheFolder();
    if (folder.empty()) return;
    char id[64];
    std::snprintf(id, sizeof id, "%08x-%08x-%08x-", profile.vendorId, profile.deviceId, profile.driverVersion);
    std::string name = id;
    for (const std::uint8_t byte : profile.cacheUuid) {
        std::snprintf(id, sizeof id, "%02x", byte);
        name += id;
    }
    m_path = folder / "mambascope" / ("pipelines-" + name + ".bin");
}

std::vector<std::byte> PipelineCacheFile::load() const {
    std::error_code error;
    const std::uintmax_t size = m_path.empty() ? 0 : std::filesystem::file_size(m_path, error);
    if (error || size < sizeof(Header) || size > kLargestFile) return {};
    std::ifstream file(m_path, std::ios::binary);
    Header header{};
    std::vector<std::byte> data(size - sizeof header);
    file.read(reinterpret_cast<char*>(&header), sizeof header);
    file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
    if (!file || header.magic != kMagic || header.size != data.size() || header.checksum != checksum(data)) return {};
    return data;
}

void PipelineCacheFile::save(std::span<const std::byte> data) const {
    if (m_path.empty()) return;
    std::error_code error;
    std::filesystem::create_directories(m_path.parent_path(), error);
    std::filesystem::path partial = m_path;
    partial += "." + std::to_string(::getpid());
    {
        std::ofstream file(partial, std::ios::binary);
        const Header header{kMagic, data.size(), checksum(data)};
        file.write(reinterpret_cast<const char*>(&header), sizeof header);
        file.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
        file.close();
        if (file) std::filesystem::rename(partial, m_path, error);
    }
    std::filesystem::remove(partial, error);
}

}  // namespace ms
