// One backend of each kind for a whole test program: making one costs more than most tests.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/runtime/devices.h"
#include "engine/vulkan/vulkan_backend.h"

namespace ms {

/// "gpuKernels": the kernels meant for GPUs, on whatever device is first; else as openDevice. With validation. Null when there
/// is no such device.
inline std::shared_ptr<Backend> sharedDevice(const std::string& name) {
    // Never destroyed: at exit the validation layer is gone before our statics are, and a driver that was unloaded has no name
    // that leak suppressions could match.
    static auto& devices = *new std::map<std::string, std::shared_ptr<Backend>>;
    std::shared_ptr<Backend>& entry = devices[name];
    if (entry) return entry;
    if (name == "gpuKernels") {
        auto opened = createVulkanBackend({.validation = true, .kernels = KernelChoice::Gpu});
        if (opened) entry = std::move(*opened);
    } else if (auto opened = openDevice(name, {.validation = true})) {
        entry = *opened;
    }
    return entry;
}

}  // namespace ms
