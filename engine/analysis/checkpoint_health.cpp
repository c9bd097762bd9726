#include "engine/analysis/checkpoint_health.h"

#include <cmath>
#include <numbers>

#include "engine/analysis/tensor_statistics.h"
#include "engine/base/half.h"

namespace ms {

namespace {

bool isFloat(DType type) { return type == DType::F32 || type == DType::F16 || type == DType::BF16; }

double softplus(double v) { return v > 20 ? v : std::log1p(std::exp(v)); }

/// The bias of Δ that belongs to the decay under `mixer`; null if there is none.
const TensorInfo* biasOf(const Checkpoint& checkpoint, const std::string& mixer) {
    for (const char* name : {"dt_proj.bias", "dt_bias"})
        if (const TensorInfo* bias = checkpoint.find(mixer + name)) return bias;
    return nullptr;
}

}  // namespace

Result<std::vector<SickTensor>> sickTensors(const Checkpoint& checkpoint, const std::stop_token& stop, const ProgressCallback& progress) {
    std::vector<SickTensor> sick;
    std::int64_t done = 0;
    const auto total = static_cast<std::int64_t>(checkpoint.tensors().size());
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        if (progress) progress({done++, total, tensor.name});
        if (!isFloat(tensor.dtype)) continue;
        MS_TRY(const TensorStatistics statistics, tensorStatistics(tensor, 1, stop));
        if (statistics.nan > 0 || statistics.infinite > 0) sick.push_back({tensor.name, statistics.nan, statistics.infinite});
    }
    return sick;
}

std::vector<float> restingHalfLives(const Checkpoint& checkpoint) {
    constexpr std::string_view kDecay = "A_log";
    std::vector<float> all;
    for (const TensorInfo& decay : checkpoint.tensors()) {
        if (!decay.name.ends_with(kDecay) || !isFloat(decay.dtype)) continue;
        const TensorInfo* bias = biasOf(checkpoint, decay.name.substr(0, decay.name.size() - kDecay.size()));
        if (bias == nullptr || !isFloat(bias->dtype)) continue;
        const std::vector<float> A_log = widenToFloat(decay.dtype, decay.bytes), dt_bias = widenToFloat(bias->dtype, bias->bytes);
        if (dt_bias.empty() || A_log.size() % dt_bias.size() != 0) continue;
        const std::size_t d_state = A_log.size() / dt_bias.size();
        for (std::size_t i = 0; i < A_log.size(); ++i) {
            const double dt = softplus(static_cast<double>(dt_bias[i / d_state]));
            all.push_back(static_cast<float>(std::numbers::ln2 / (dt * std::exp(static_cast<double>(A_log[i])))));
        }
    }
    return all;
}

}  // namespace ms
