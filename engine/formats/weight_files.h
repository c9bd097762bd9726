// One file of weights of any kind that is read here, and the index that joins several.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/gguf.h"
#include "engine/formats/mapped_file.h"
#include "engine/formats/tensor_info.h"

namespace ms {

struct WeightFile {
    std::string format;  ///< "safetensors", "PyTorch zip", "GGUF v3"
    std::vector<TensorInfo> tensors;
    std::shared_ptr<const MappedFile> mapping;
    std::vector<std::vector<std::byte>> copies;  ///< tensors that could not be used where they lie
    std::filesystem::path path;
    std::shared_ptr<const GgufFile> gguf;               ///< of a GGUF file: its metadata
    std::shared_ptr<const nlohmann::json> config;       ///< of a GGUF file: what a config.json would say
};

/// Opens a .safetensors, pytorch_model.bin or .gguf, told apart by content. Errors: as the parsers; Unsupported for
/// legacy PyTorch files; NotFound for a Git LFS pointer in place of the weights.
Result<WeightFile> openWeightFile(const std::filesystem::path& path);

/// Opens all shards a `*.index.json` names, in the order of their names, and checks that each tensor it lists is in
/// the shard it says. Errors: as openWeightFile; Format for shard names that leave the folder; NotFound for a missing
/// shard, naming it.
Result<std::vector<WeightFile>> openShards(const std::filesystem::path& index);

}  // namespace ms
