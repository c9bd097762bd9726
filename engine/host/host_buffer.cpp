#include "engine/host/host_buffer.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ms::host {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

std::shared_ptr<HostBuffer> HostBuffer::create(std::size_t bytes, std::shared_ptr<std::atomic<std::uint64_t>> counter) {
    const std::size_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    void* memory = nullptr;
    if (::posix_memalign(&memory, alignment, rounded == 0 ? kAlignment : rounded) != 0) return nullptr;
#if defined(__linux__)
    if (bytes >= kHugePage) ::madvise(memory, rounded, MADV_HUGEPAGE);  // only a wish: fewer page walks
#endif
    std::memset(memory, 0, rounded);  // also commits the pages, so that the next request sees what is really left
    std::shared_ptr<HostBuffer> buffer(new HostBuffer);
    buffer->m_data = static_cast<std::byte*>(memory);
    buffer->m_size = bytes;
    *counter += bytes;
    buffer->m_counter = std::move(counter);
    return buffer;
}

HostBuffer::HostBuffer(std::span<const std::byte> bytes, std::shared_ptr<const void> keepAlive)
    // Never written through: resolve() and the backend refuse to.
    : m_data(const_cast<std::byte*>(bytes.data())), m_size(bytes.size()), m_keepAlive(std::move(keepAlive)) {}

HostBuffer::~HostBuffer() {
    if (!m_counter) return;
    *m_counter -= m_size;
    std::free(m_data);
}

Result<View> resolve(const Tensor& tensor, bool forWriting, const char* what) {
    const auto* buffer = dynamic_cast<const HostBuffer*>(tensor.buffer.get());
    if (buffer == nullptr)
        return Error{ErrorCode::InvalidArgument, std::string(what) + " does not live on the host backend"};
    if (forWriting && !buffer->writable())
        return Error{ErrorCode::InvalidArgument, std::string(what) + " is weights, which are read-only"};
    if (tensor.offset > buffer->size() || tensor.spanBytes() > buffer->size() - tensor.offset)
        return Error{ErrorCode::InvalidArgument,
                     std::string(what) + " " + tensor.shape.text() + " reaches beyond its buffer"};
    return View{buffer->data() + tensor.offset, tensor.dtype, static_cast<std::size_t>(tensor.rows()),
                static_cast<std::size_t>(tensor.cols()), static_cast<std::size_t>(tensor.rowStride)};
}

}  // namespace ms::host
