// How much memory this process can still have without waking the kernel's out-of-memory killer.
#pragma once

#include <cstdint>

namespace ms::host {

/// Main memory of the machine or, if smaller, of the control group; 0 when unknown.
std::uint64_t totalMemory();
/// What can be allocated without swapping; the largest number when unknown.
std::uint64_t availableMemory();

}  // namespace ms::host
