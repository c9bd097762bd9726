#include "engine/vulkan/instance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>

#include "engine/base/log.h"
#include "engine/vulkan/vulkan_backend.h"
#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";

std::atomic<std::uint64_t> messageCount{0};

/// Called by the layer on whichever thread made the offending call; false lets that call go on.
VKAPI_ATTR VkBool32 VKAPI_CALL onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT,
                                         const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
    ++messageCount;
    const bool error = (severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT) != 0;
    log(error ? LogLevel::Error : LogLevel::Warning, std::string("Vulkan validation: ") + data->pMessage);
    return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messengerInfo() {
    VkDebugUtilsMessengerCreateInfoEXT info{};
    info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
    info.messageSeverity =
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
    info.pfnUserCallback = onMessage;
    return info;
}

bool validationInstalled() {
    std::uint32_t count = 0;
    vkEnumerateInstanceLayerProperties(&count, nullptr);
    std::vector<VkLayerProperties> layers(count);
    vkEnumerateInstanceLayerProperties(&count, layers.data());
    return std::any_of(layers.begin(), layers.end(),
                       [](const VkLayerProperties& l) { return std::strcmp(l.layerName, kValidationLayer) == 0; });
}

/// volk keeps the loader's entry points in globals; they are the same for every instance.
struct ProcessWide {
    std::mutex mutex;
    std::array<std::weak_ptr<Instance>, 2> instances;  // without and with validation
};
ProcessWide& processWide() {
    static ProcessWide state;
    return state;
}

}  // namespace

std::uint64_t validationMessageCount() { return messageCount; }

Result<std::shared_ptr<Instance>> Instance::shared(bool validation) {
    ProcessWide& process = processWide();
    const std::lock_guard lock(process.mutex);
    std::weak_ptr<Instance>& known = process.instances[validation ? 1 : 0];
    if (auto instance = known.lock()) return instance;
    auto created = create(validation);
    if (created) known = *created;
    return created;
}

Result<std::shared_ptr<Instance>> Instance::any() {
    {
        ProcessWide& process = processWide();
        const std::lock_guard lock(process.mutex);
        for (const std::weak_ptr<Instance>& known : process.instances)
            if (auto instance = known.lock()) return instance;
    }
    return shared(false);
}

Result<std::shared_ptr<Instance>> Instance::create(bool validation) {
    static const VkResult loader = volkInitialize();
    if (loader != VK_SUCCESS) return Error{ErrorCode::NotFound, "no Vulkan loader (libvulkan.so.1) is installed"};
    if (volkGetInstanceVersion() < VK_API_VERSION_1_1)
        return Error{ErrorCode::Unsupported, "the Vulkan loader is older than Vulkan 1.1; update libvulkan1"};
    if (validation && !validationInstalled())
        return Error{ErrorCode::Unsupported, "the Vulkan validation layer is not installed (vulkan-validationlayers)"};

    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.pApplicationName = "MambaScope";
    application.apiVersion = VK_API_VERSION_1_2;

    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;

    const std::array extensions{VK_EXT_DEBUG_UTILS_EXTENSION_NAME, VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME};
    VkDebugUtilsMessengerCreateInfoEXT messenger = messengerInfo();
    const VkValidationFeatureEnableEXT synchronization = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
    VkValidationFeaturesEXT features{};
    if (validation) {
        features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
        features.enabledValidationFeatureCount = 1;
        features.pEnabledValidationFeatures = &synchronization;
        features.pNext = &messenger;
        info.pNext = &features;
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = &kValidationLayer;
        info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
        info.ppEnabledExtensionNames = extensions.data();
    }

    VkInstance handle = VK_NULL_HANDLE;
    MS_VK(vkCreateInstance(&info, nullptr, &handle), "creating an instance");
    volkLoadInstanceOnly(handle);
    VkDebugUtilsMessengerEXT callback = VK_NULL_HANDLE;
    if (validation) {
        const VkResult installed = vkCreateDebugUtilsMessengerEXT(handle, &messenger, nullptr, &callback);
        if (installed != VK_SUCCESS) {
            vkDestroyInstance(handle, nullptr);
            MS_VK(installed, "installing the validation callback");
        }
    }
    return std::shared_ptr<Instance>(new Instance(handle, callback));
}

Instance::~Instance() {
    const std::lock_guard lock(processWide().mutex);
    if (m_messenger) {
        const auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
            vkGetInstanceProcAddr(m_handle, "vkDestroyDebugUtilsMessengerEXT"));
        destroy(m_handle, m_messenger, nullptr);
    }
    vkDestroyInstance(m_handle, nullptr);
}

std::vector<VkPhysicalDevice> Instance::physicalDevices() const {
    std::uint32_t count = 0;
    if (vkEnumeratePhysicalDevices(m_handle, &count, nullptr) != VK_SUCCESS) return {};
    std::vector<VkPhysicalDevice> devices(count);
    if (vkEnumeratePhysicalDevices(m_handle, &count, devices.data()) < VK_SUCCESS) return {};
    devices.resize(count);
    return devices;
}

}  // namespace ms
