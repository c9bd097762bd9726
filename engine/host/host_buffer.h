// Main memory behind a tensor: owned and zeroed, or somebody's mapping of a weights file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/backend/tensor.h"
#include "engine/base/result.h"
#include "engine/host/view.h"

namespace ms::host {

class HostBuffer final : public Buffer {
public:
    /// Zeroed, 64-byte aligned memory, already committed; adds its size to `counter` while it lives.
    /// Null when the system has no memory left.
    static std::shared_ptr<HostBuffer> create(std::size_t bytes, std::shared_ptr<std::atomic<std::uint64_t>> counter);
    /// Read-only view of memory that `keepAlive` holds.
    HostBuffer(std::span<const std::byte> bytes, std::shared_ptr<const void> keepAlive);
    ~HostBuffer() override;

    [[nodiscard]] std::byte* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool writable() const { return m_counter != nullptr; }

private:
    HostBuffer() = default;

    std::byte* m_data = nullptr;
    std::size_t m_size = 0;
    std::shared_ptr<std::atomic<std::uint64_t>> m_counter;  // null: adopted
    std::shared_ptr<const void> m_keepAlive;
};

/// The memory a tensor refers to. InvalidArgument when it belongs to another backend, when the view leaves its buffer,
/// or when `forWriting` meets adopted weights; `what` names the argument.
Result<View> resolve(const Tensor& tensor, bool forWriting, const char* what);

}  // namespace ms::host
