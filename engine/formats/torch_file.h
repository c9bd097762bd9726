// PyTorch's pytorch_model.bin: a zip of a pickle that describes tensors and of their raw bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/pickle.h"
#include "engine/formats/tensor_info.h"

namespace ms {

/// Tensors of a state dict. Contiguous ones point into the file; the others into `copies`, made contiguous.
struct TorchTensors {
    std::vector<TensorInfo> tensors;             ///< in the dictionary's order
    std::vector<std::vector<std::byte>> copies;  ///< moving the vector leaves the bytes in place
};

/// Reads a whole file written by torch.save (zip form, PyTorch 1.6 and later) from its bytes.
/// A state dict, or one inside a dictionary under "state_dict" or "model"; values that are no tensors are skipped.
/// Errors: Format; Unsupported (legacy or big-endian file, foreign code asked for, more than 4 dimensions); one line
/// naming `file` and the tensor.
Result<TorchTensors> parseTorchFile(std::span<const std::byte> bytes, const std::string& file);

/// Bytes of the storage with this key.
using StorageLookup = std::function<Result<std::span<const std::byte>>(const std::string& key)>;

/// The part of parseTorchFile behind the zip. `copyBudget`: bytes that contiguous copies may take in all.
Result<TorchTensors> readStateDict(const pickle::Pickle& pickle, const StorageLookup& storage, std::uint64_t copyBudget,
                                   const std::string& file);

}  // namespace ms
