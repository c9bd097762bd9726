// The driver's pipeline cache as a file in the user's cache folder. Every failure is silent: it only costs time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "engine/vulkan/device_profile.h"

namespace ms {

class PipelineCacheFile {
public:
    /// $XDG_CACHE_HOME or ~/.cache, then mambascope/; one file per device and driver.
    explicit PipelineCacheFile(const DeviceProfile& profile);

    /// Empty unless the file is whole: drivers do not all survive damaged data.
    [[nodiscard]] std::vector<std::byte> load() const;
    /// Written beside and renamed, so that another process never sees half a file.
    void save(std::span<const std::byte> data) const;

private:
    std::filesystem::path m_path;  // empty: nowhere to keep it
};

}  // namespace ms
