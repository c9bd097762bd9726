// Bytes between the host and device memory: directly where the host sees it, else through a staging buffer.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "engine/base/result.h"
#include "engine/vulkan/memory_arena.h"
#include "engine/vulkan/submission.h"

namespace ms {

/// Every call returns when the bytes are there.
class Transfer {
public:
    Transfer(std::shared_ptr<Submission> submission, std::shared_ptr<MemoryArena> arena)
        : m_submission(std::move(submission)), m_arena(std::move(arena)) {}

    Result<void> zero(DeviceBuffer& buffer);
    Result<void> write(DeviceBuffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes);
    Result<void> read(const DeviceBuffer& buffer, std::uint64_t offset, std::span<std::byte> bytes);

private:
    Result<void> copy(const DeviceBuffer& from, std::uint64_t fromOffset, const DeviceBuffer& to, std::uint64_t toOffset,
                      std::uint64_t size);

    std::shared_ptr<Submission> m_submission;
    std::shared_ptr<MemoryArena> m_arena;
};

}  // namespace ms
