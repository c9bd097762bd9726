// What inspect says of a checkpoint's health, whether a family was recognised or not.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "engine/analysis/checkpoint_health.h"
#include "engine/analysis/time_scales.h"
#include "engine/models/recognition.h"

namespace ms::cli {

struct CheckpointDiagnosis {
    Recognition recognition;
    std::vector<SickTensor> sick;
    LogHistogram halfLives;  ///< tokens, see restingHalfLives; no edges where there are none
};

/// Opens the files and reads all of them once. Errors: those of Checkpoint::open.
Result<CheckpointDiagnosis> diagnose(const std::filesystem::path& path);

[[nodiscard]] nlohmann::json toJson(const CheckpointDiagnosis& diagnosis);
void print(const CheckpointDiagnosis& diagnosis);

}  // namespace ms::cli
