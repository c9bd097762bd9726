// The configuration of a streaming Mamba-1 speech recogniser trained with CTC.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/models/mamba_config.h"
#include "engine/models/speech_info.h"

namespace ms {

inline constexpr const char* kMambaCtcType = "mamba_ctc";  ///< model_type

struct MambaCtcConfig : MambaStackConfig {
    SpeechInfo speech;

    /// What the convolutions make of it: without padding, centred on the middle of their receptive field.
    [[nodiscard]] InputDims input() const;
};

/// Reads a parsed config.json whose model_type is mamba_ctc. Errors, one line naming `file` and the field: Format (missing,
/// wrong type, out of range), Unsupported (a variant, named).
Result<MambaCtcConfig> parseMambaCtcConfig(const nlohmann::json& config, const std::string& file);

}  // namespace ms
