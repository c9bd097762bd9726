// Products for software devices: kernels in shaders/linear/software that read through texel buffers.
#pragma once

#include "engine/backend/ops.h"
#include "engine/vulkan/recorder.h"

namespace ms {

/// Records the product if one of those kernels takes its shape; false leaves it to matmul_any. args fit one binding.
bool recordSoftwareMatmul(Recorder& recorder, const MatmulArgs& args);

}  // namespace ms
