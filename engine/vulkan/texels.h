// Tensors as texel buffers: software devices read 16 bytes a lane faster that way than from storage buffers.
#pragma once

#include <algorithm>
#include <initializer_list>

#include "engine/vulkan/recorder.h"

namespace ms {

/// The same memory for a kernel's texel buffer; `format` has 16 bytes.
inline Bound asTexels(Bound bound, VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT) {
    bound.descriptor.format = format;
    return bound;
}

/// One texel buffer view can hold each of them.
inline bool fitTexels(const DeviceProfile& profile, std::initializer_list<Bound> bounds) {
    return std::all_of(bounds.begin(), bounds.end(),
                       [&](const Bound& b) { return b.descriptor.range / 16 <= profile.maxTexels; });
}

/// All of the rows start at multiples of four elements, of which the view's start is one.
inline bool startInFours(const Bound& bound, std::uint32_t rows) {
    return bound.first % 4 == 0 && (bound.stride % 4 == 0 || rows == 1);
}

}  // namespace ms
