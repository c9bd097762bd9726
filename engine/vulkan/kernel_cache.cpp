#include "engine/vulkan/kernel_cache.h"

#include "engine/vulkan/kernel_code.h"

namespace ms {

KernelCache::KernelCache(std::shared_ptr<Device> device) : m_device(std::move(device)), m_file(m_device->profile()) {
    const std::vector<std::byte> data = m_file.load();
    VkPipelineCacheCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
    info.initialDataSize = data.size();
    info.pInitialData = data.data();
    m_loadedBytes = data.size();
    // Without a cache everything still works, only slower the next time.
    if (m_device->vk().vkCreatePipelineCache(m_device->handle(), &info, nullptr, &m_cache) != VK_SUCCESS)
        m_cache = VK_NULL_HANDLE;
}

KernelCache::~KernelCache() {
    const VolkDeviceTable& vk = m_device->vk();
    m_kernels.clear();
    if (!m_cache) return;
    std::size_t size = 0;
    if (vk.vkGetPipelineCacheData(m_device->handle(), m_cache, &size, nullptr) == VK_SUCCESS && size > m_loadedBytes) {
        std::vector<std::byte> data(size);
        if (vk.vkGetPipelineCacheData(m_device->handle(), m_cache, &size, data.data()) == VK_SUCCESS) {
            data.resize(size);
            m_file.save(data);
        }
    }
    vk.vkDestroyPipelineCache(m_device->handle(), m_cache, nullptr);
}

Result<Kernel*> KernelCache::kernel(std::string_view name, std::size_t pushBytes) {
    if (const auto known = m_kernels.find(name); known != m_kernels.end()) return known->second.get();
    MS_TRY(auto kernel, Kernel::create(m_device, std::string(name), kernelCode(name), pushBytes));
    return m_kernels.emplace(std::string(name), std::move(kernel)).first->second.get();
}

Result<VkPipeline> KernelCache::pipeline(Kernel& kernel, const Specialization& constants) {
    return kernel.pipeline(constants, m_cache);
}

}  // namespace ms
