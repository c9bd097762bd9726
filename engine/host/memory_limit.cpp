#include "engine/host/memory_limit.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace ms::host {

namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

/// "MemAvailable:   123 kB" of /proc/meminfo, in bytes.
std::uint64_t meminfo(const std::string& field) {
    std::ifstream file("/proc/meminfo");
    std::string name, unit;
    std::uint64_t value = 0;
    while (file >> name >> value && std::getline(file, unit))
        if (name == field) return value * 1024;
    return kUnknown;
}

/// A file that holds one number ("max" and absence count as no limit).
std::optional<std::uint64_t> number(const char* path) {
    std::ifstream file(path);
    std::uint64_t value = 0;
    if (file >> value) return value;
    return std::nullopt;
}

}  // namespace

std::uint64_t totalMemory() {
    const std::uint64_t machine = meminfo("MemTotal:");
    const std::uint64_t total = std::min(machine, number("/sys/fs/cgroup/memory.max").value_or(kUnknown));
    return total == kUnknown ? 0 : total;
}

std::uint64_t availableMemory() {
    std::uint64_t available = meminfo("MemAvailable:");
    // The group's figure counts reclaimable file pages as used: it refuses early rather than late.
    if (const auto limit = number("/sys/fs/cgroup/memory.max")) {
        const std::uint64_t used = number("/sys/fs/cgroup/memory.current").value_or(0);
        available = std::min(available, *limit > used ? *limit - used : 0);
    }
    return available;
}

}  // namespace ms::host
