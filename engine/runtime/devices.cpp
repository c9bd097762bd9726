#include "engine/runtime/devices.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "engine/host/host_backend.h"
#include "engine/vulkan/vulkan_backend.h"

namespace ms {

namespace {

std::string lower(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return s;
}

Result<std::shared_ptr<Backend>> open(const DeviceEntry& entry, const DeviceOptions& options) {
    if (entry.info.kind == DeviceKind::Host) {
        MS_TRY(auto host, createHostBackend({.threads = options.threads}));
        return std::shared_ptr<Backend>(std::move(host));
    }
    MS_TRY(auto vulkan, createVulkanBackend({.deviceIndex = entry.index, .validation = options.validation}));
    return std::shared_ptr<Backend>(std::move(vulkan));
}

}  // namespace

std::vector<DeviceEntry> listDevices() {
    std::vector<DeviceEntry> devices;
    for (DeviceInfo& info : listVulkanDevices()) devices.push_back({static_cast<int>(devices.size()), std::move(info), false, {}});
    DeviceInfo hostInfo;
    hostInfo.name = "host";
    if (const auto host = createHostBackend()) hostInfo = (*host)->info();
    devices.push_back({static_cast<int>(devices.size()), std::move(hostInfo), false, {}});

    const auto gpu = std::find_if(devices.begin(), devices.end(), [](const auto& d) { return d.info.kind == DeviceKind::Gpu; });
    const auto chosen = gpu != devices.end() ? gpu : std::prev(devices.end());
    for (DeviceEntry& d : devices) {
        d.isDefault = &d == &*chosen;
        if (d.info.kind == DeviceKind::SoftwareVulkan) d.reason = "Vulkan in software: slower than the host backend";
        else if (d.info.kind == DeviceKind::Gpu) d.reason = d.isDefault ? "the first GPU" : "another GPU";
        else d.reason = d.isDefault ? "no GPU with Vulkan 1.2 was found" : "a GPU is there";
    }
    return devices;
}

Result<std::shared_ptr<Backend>> openDevice(const std::string& selector, const DeviceOptions& options) {
    const std::vector<DeviceEntry> devices = listDevices();
    const std::string wanted = lower(selector);
    int index = -1;
    const auto parsed = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
    const bool isIndex = !wanted.empty() && parsed.ec == std::errc() && parsed.ptr == wanted.data() + wanted.size();
    for (const DeviceEntry& d : devices) {
        const bool matches = wanted.empty()      ? d.isDefault
                             : isIndex           ? d.index == index
                             : wanted == "host"  ? d.info.kind == DeviceKind::Host
                                                 : lower(d.info.name).find(wanted) != std::string::npos;
        if (matches) return open(d, options);
    }
    std::string known;
    for (const DeviceEntry& d : devices) known += (known.empty() ? "" : ", ") + std::to_string(d.index) + " " + d.info.name;
    return Error{ErrorCode::NotFound, "no device matches \"" + selector + "\"; there are: " + known};
}

}  // namespace ms
