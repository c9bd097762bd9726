#include "engine/vulkan/hazards.h"

#include <algorithm>

namespace ms {

bool HazardTracker::conflicts(std::span<const Access> accesses) const {
    return std::any_of(accesses.begin(), accesses.end(), [&](const Access& now) {
        return std::any_of(m_since.begin(), m_since.end(), [&](const Access& before) {
            return before.buffer == now.buffer && before.begin < now.end && now.begin < before.end &&
                   (before.writes || now.writes);
        });
    });
}

void HazardTracker::add(std::span<const Access> accesses) {
    m_since.insert(m_since.end(), accesses.begin(), accesses.end());
}

void HazardTracker::clear() { m_since.clear(); }

}  // namespace ms
