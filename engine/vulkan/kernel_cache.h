// All kernels of a device, made on first use; the driver's compiled pipelines are kept on disk between sessions.
#pragma once

#include <volk.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/vulkan/kernel.h"
#include "engine/vulkan/pipeline_cache_file.h"

namespace ms {

class KernelCache {
public:
    explicit KernelCache(std::shared_ptr<Device> device);
    ~KernelCache();
    KernelCache(const KernelCache&) = delete;
    KernelCache& operator=(const KernelCache&) = delete;

    /// By its name in shaders/CMakeLists.txt.
    Result<Kernel*> kernel(std::string_view name, std::size_t pushBytes);
    Result<VkPipeline> pipeline(Kernel& kernel, const Specialization& constants);

private:
    std::shared_ptr<Device> m_device;
    PipelineCacheFile m_file;
    VkPipelineCache m_cache = VK_NULL_HANDLE;
    std::size_t m_loadedBytes = 0;
    std::map<std::string, std::unique_ptr<Kernel>, std::less<>> m_kernels;
};

}  // namespace ms
