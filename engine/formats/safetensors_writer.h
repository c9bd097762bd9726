// Makes checkpoints: for tests, benchmarks and captured tensors.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/dtype.h"
#include "engine/base/result.h"
#include "engine/base/shape.h"
#include "engine/formats/safetensors.h"

namespace ms {

struct TensorToWrite {
    std::string name;
    DType dtype = DType::F32;
    Shape shape;
    std::span<const std::byte> bytes;
};

/// What stands before the tensors' data: length and JSON, so that data follow at a multiple of eight bytes. Errors:
/// InvalidArgument as writeSafetensors; `label` opens them.
Result<std::string> safetensorsHeader(std::span<const TensorToWrite> tensors, const SafetensorsMetadata& metadata,
                                      const std::string& label);

/// Writes a .safetensors file with the tensors' data in the given order; the file appears only when it is whole.
/// Errors: InvalidArgument (bytes that do not fill the shape, a name twice, a name or metadata not UTF-8), Io; naming
/// the path and tensor.
Result<void> writeSafetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                              const SafetensorsMetadata& metadata = {{"format", "pt"}});

}  // namespace ms
