// What every target checks of tensors that a parser let through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "engine/formats/tensor_info.h"

namespace ms::fuzz {

/// A broken promise of a parser becomes a crash that libFuzzer keeps.
inline void require(bool promise) {
    if (!promise) std::abort();
}

/// Shapes match their bytes, and every byte can be read.
inline void checkTensors(const std::vector<TensorInfo>& tensors) {
    for (const TensorInfo& tensor : tensors) {
        require(storedBytes(tensor.dtype, static_cast<std::uint64_t>(tensor.shape.elements())) == tensor.bytes.size());
        unsigned sum = 0;
        for (const std::byte b : tensor.bytes) sum += static_cast<unsigned>(b);
        volatile unsigned keep = sum;
        static_cast<void>(keep);
    }
}

/// An error is one line of bounded length.
template <class Result>
void checkError(const Result& result) {
    if (result.ok()) return;
    const auto& message = result.error().message;
    require(!message.empty() && message.size() < 2000 && message.find('\n') == message.npos);
}

}  // namespace ms::fuzz
