// Decides where barriers go: remembers which bytes were read and written since the last one.
#pragma once

#include <volk.h>

#include <span>
#include <vector>

namespace ms {

struct Access {
    VkBuffer buffer = VK_NULL_HANDLE;
    VkDeviceSize begin = 0, end = 0;
    bool reads = false, writes = false;
};

class HazardTracker {
public:
    /// True when these accesses must wait for earlier ones: either side writes bytes that the other touches.
    [[nodiscard]] bool conflicts(std::span<const Access> accesses) const;
    void add(std::span<const Access> accesses);
    void clear();

private:
    std::vector<Access> m_since;
};

}  // namespace ms
