// Turns dispatches into commands: binds, pushes parameters, and puts a barrier only where data calls for one.
#pragma once

#include <volk.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "engine/backend/tensor.h"
#include "engine/vulkan/hazards.h"
#include "engine/vulkan/memory_arena.h"
#include "engine/vulkan/program.h"

namespace ms {

/// A tensor as a dispatch sees it.
struct Bound {
    Descriptor descriptor;
    std::uint32_t first = 0;  ///< elements (bytes of a quantised tensor) from the binding's start to the tensor's first one
    std::uint32_t stride = 0; ///< elements between rows

    /// Rows start at multiples of `elements` from an address aligned to 16 bytes.
    [[nodiscard]] bool aligned(std::uint32_t elements) const { return first % elements == 0 && stride % elements == 0; }
};

class Recorder {
public:
    /// bindingLimit: the largest range of bytes that one binding may span.
    Recorder(VulkanProgram& program, KernelCache& kernels, MemoryArena& arena, const DeviceProfile& profile,
             std::uint64_t bindingLimit)
        : m_program(program), m_kernels(kernels), m_arena(arena), m_profile(profile), m_bindingLimit(bindingLimit) {}

    /// Notes the tensor for the program's lifetime. A missing tensor gives `instead`, which the kernel then ignores.
    Bound bind(const Tensor& tensor, const Bound& instead = {});
    /// Device memory for intermediate results of one op; ops share it, barriers keep them apart.
    Bound scratch(int which, std::uint64_t bytes);

    /// One dispatch of `groups` workgroups (folded into two dimensions when long) or of x × y workgroups.
    template <class Params>
    void dispatch(std::string_view kernel, const Specialization& constants, std::initializer_list<Bound> slots,
                  const Params& params, std::uint64_t groups) {
        record(kernel, constants, slots, &params, sizeof params, groups, 0);
    }
    template <class Params>
    void dispatch2d(std::string_view kernel, const Specialization& constants, std::initializer_list<Bound> slots,
                    const Params& params, std::uint64_t x, std::uint64_t y) {
        record(kernel, constants, slots, &params, sizeof params, x, y);
    }

    /// Called once, before the next dispatch is recorded; empty: not any more. For dispatches put off until something follows.
    void beforeNextDispatch(std::function<void()> record) { m_beforeNext = std::move(record); }

    /// How many rows of `tensor` one binding can span; at least 1 (a longer row is an error at bind).
    [[nodiscard]] std::int64_t rowsPerBinding(const Tensor& tensor) const;
    [[nodiscard]] std::uint64_t bindingLimit() const { return m_bindingLimit; }
    [[nodiscard]] const DeviceProfile& profile() const { return m_profile; }

    /// Keeps the first error; everything after it is ignored.
    void fail(Error error);
    [[nodiscard]] const Result<void>& status() const { return m_status; }

private:
    void record(std::string_view kernel, const Specialization& constants, std::span<const Bound> slots,
                const void* params, std::size_t paramBytes, std::uint64_t x, std::uint64_t y);
    Result<void> tryRecord(std::string_view kernel, const Specialization& constants, std::span<const Bound> slots,
                           const void* params, std::size_t paramBytes, std::uint64_t x, std::uint64_t y);
    void waitForHazards(const Kernel& kernel, std::span<const Bound> slots);

    VulkanProgram& m_program;
    KernelCache& m_kernels;
    MemoryArena& m_arena;
    const DeviceProfile& m_profile;
    std::uint64_t m_bindingLimit;
    HazardTracker m_hazards;
    VkPipeline m_boundPipeline = VK_NULL_HANDLE;
    std::array<std::shared_ptr<DeviceBuffer>, 2> m_scratch;
    std::function<void()> m_beforeNext;
    Result<void> m_status;
};

}  // namespace ms
