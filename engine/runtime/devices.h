// Which devices there are, and which one is meant.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace ms {

struct DeviceEntry {
    int index = 0;            ///< what --device takes; the host comes last
    DeviceInfo info;
    bool isDefault = false;
    std::string reason;       ///< why it is or is not the default
};

/// Vulkan devices in the loader's order, then the host backend. Never empty.
[[nodiscard]] std::vector<DeviceEntry> listDevices();

struct DeviceOptions {
    bool validation = false;  ///< Vulkan validation and synchronization validation
    int threads = 0;          ///< host: 0 = all cores
};

/// `selector`: empty for the default (a GPU if there is one, else the host), "host", an index, or a case-insensitive part
/// of a device's name. NotFound lists what there is.
Result<std::shared_ptr<Backend>> openDevice(const std::string& selector, const DeviceOptions& options = {});

}  // namespace ms
