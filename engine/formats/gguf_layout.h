// What a GGUF file says about a model, put into the words of the safetensors layouts that the families read.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/gguf.h"
#include "engine/formats/tensor_info.h"

namespace ms {

struct GgufModel {
    nlohmann::json config;            ///< as the Hugging Face config.json of the family
    std::vector<TensorInfo> tensors;  ///< names as Hugging Face's; bytes point into the file or into `copies`
    std::vector<std::vector<std::byte>> copies;
};

/// For general.architecture mamba, mamba2, jamba and llama. Names that belong to no family stay as they are.
/// `ssm_a`, which GGUF holds as A = -exp(A_log), becomes A_log again (F32); matrices stay in their blocks. What the
/// configuration says besides: `gguf: true`; llama's `rope_interleaved: true` (its q and k rows were permuted by the
/// converter) and mamba2's `norm_per_group: true` (as llama.cpp normalises).
/// Errors: Unsupported (another architecture), Format (a key that is missing or odd), naming `file` and key.
Result<GgufModel> translateGguf(const GgufFile& gguf, const std::string& file);

}  // namespace ms
