// What reading and writing cost at any length: of whole models, and of the kernels that set architectures apart.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "engine/runtime/model.h"

namespace ms {

struct ScalingPoint {
    std::int64_t length = 0;         ///< tokens
    double prefillSeconds = 0;       ///< reading them from the empty state, the last token's logits included
    double decodeSeconds = 0;        ///< one token more
    std::uint64_t stateBytes = 0;    ///< held then: what an architecture remembers them in
};

struct KernelPoint {
    std::int64_t length = 0;
    double seconds = 0;  ///< by the device's clock
};

enum class ScalingKernel { SelectiveScan, SsdScan, Attention, FftConvolution };
inline constexpr ScalingKernel kScalingKernels[] = {ScalingKernel::SelectiveScan, ScalingKernel::SsdScan, ScalingKernel::Attention,
                                                    ScalingKernel::FftConvolution};
/// "selective scan", "SSD scan", "attention", "FFT convolution".
[[nodiscard]] std::string_view kernelName(ScalingKernel kernel);

struct ScalingOptions {
    int repeats = 3;           ///< of each measurement; the median counts
    double mostSeconds = 10;   ///< a length that is expected to take longer, by the one before, is left out with those behind it
    std::stop_token stop{};    ///< looked at between measurements
};

/// The points of a model at rising lengths, each told as soon as it is there. Random tokens. Errors as Session's; Cancelled;
/// InvalidArgument for lengths that are not positive and rising; Unsupported for a model that reads no tokens.
Result<std::vector<ScalingPoint>> measureScaling(const std::shared_ptr<const Model>& model, std::span<const std::int64_t> lengths,
                                                 const ScalingOptions& options = {}, const std::function<void(const ScalingPoint&)>& told = {});

/// The same for one kernel on random numbers, all with 256 channels: scans with 16 states (SSD: 4 heads of 64, 64 states),
/// attention with 4 heads of 64 over a cache of F32.
Result<std::vector<KernelPoint>> measureKernel(Backend& backend, ScalingKernel kernel, std::span<const std::int64_t> lengths,
                                               const ScalingOptions& options = {}, const std::function<void(const KernelPoint&)>& told = {});

}  // namespace ms
