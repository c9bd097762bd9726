#include <cstdio>
#include <iostream>

#include "app/cli/command.h"

namespace ms::cli {

namespace {

const char* kindName(DeviceKind kind) {
    switch (kind) {
        case DeviceKind::Host: return "host";
        case DeviceKind::Gpu: return "gpu";
        case DeviceKind::SoftwareVulkan: return "software";
    }
    return "?";
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& w : words) all += (all.empty() ? "" : ", ") + w;
    return all;
}

int listAll(bool json) {
    const std::vector<DeviceEntry> devices = listDevices();
    nlohmann::json list = nlohmann::json::array();
    for (const DeviceEntry& d : devices) {
        list.push_back({{"index", d.index}, {"name", d.info.name}, {"kind", kindName(d.info.kind)}, {"driver", d.info.driver},
                        {"memory_bytes", d.info.memoryBytes}, {"features", d.info.features}, {"default", d.isDefault},
                        {"reason", d.reason}});
        if (json) continue;
        std::printf("%c %d  %s\n     %s, %s; %s\n     %s: %s\n", d.isDefault ? '*' : ' ', d.index, d.info.name.c_str(),
                    d.info.driver.c_str(), humanBytes(static_cast<double>(d.info.memoryBytes)).c_str(),
                    joined(d.info.features).c_str(), d.isDefault ? "default" : "not the default", d.reason.c_str());
    }
    if (json) std::cout << nlohmann::json{{"devices", list}}.dump(2) << '\n';
    return kOk;
}

}  // namespace

void addDevices(CLI::App& app, int& exitCode) {
    CLI::App* command = app.add_subcommand("devices", "List Vulkan devices and the host backend");
    auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "Print one JSON object");
    command->callback([json, &exitCode] { exitCode = listAll(*json); });
}

}  // namespace ms::cli
