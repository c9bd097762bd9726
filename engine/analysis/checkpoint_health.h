// What a checkpoint's numbers say before it runs: values that are none, and how long its channels remember at rest.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/formats/checkpoint.h"

namespace ms {

/// A tensor with elements that are no finite numbers.
struct SickTensor {
    std::string name;
    std::int64_t nan = 0, infinite = 0;
};

/// Reads every tensor of floats; quantised ones are left out. `progress` counts tensors. Errors: Cancelled, or the file's.
Result<std::vector<SickTensor>> sickTensors(const Checkpoint& checkpoint, const std::stop_token& stop = {},
                                            const ProgressCallback& progress = {});

/// ln 2 / (Δ |A|) of every state of every layer with a decay and a bias of Δ, Δ = softplus(bias): in how many tokens half of it
/// is gone when the input adds nothing to Δ. By names: A_log with dt_proj.bias (Mamba-1) or dt_bias (Mamba-2) beside it. Empty
/// where there are none; tensors of other sizes or types are left out.
[[nodiscard]] std::vector<float> restingHalfLives(const Checkpoint& checkpoint);

}  // namespace ms
