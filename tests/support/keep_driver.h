// Leak checks name a driver's own leaks by its library: that must still be loaded when they are counted.
#pragma once

#include <dlfcn.h>

namespace ms {

/// Keeps the software Vulkan driver in memory to the end of the program, also when the last device of it goes.
inline void keepDriverLoaded() { dlopen("libvulkan_lvp.so", RTLD_LAZY | RTLD_NODELETE); }

}  // namespace ms
