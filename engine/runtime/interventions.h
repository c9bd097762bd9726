// Changes applied to a running model: what would it do if a channel forgot faster, or a layer were not there?
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/base/typed_index.h"
#include "engine/models/family_model.h"

namespace ms {

struct Intervention {
    enum class Kind {
        ScaleDt,         ///< Δ ← factor · Δ, after softplus
        ClampDt,         ///< Δ ← min(max(Δ, low), high), after softplus
        ZeroChannels,    ///< the channel's gated output, what out_proj reads, is 0
        FreezeChannels,  ///< Δ ← 0: the state neither decays nor is written
        AblateLayer,     ///< the mixer adds nothing to the residual stream; its state still advances
    };
    Kind kind = Kind::ScaleDt;
    std::vector<LayerIndex> layers{};                     ///< empty: all
    std::vector<ChannelIndex> channels{};                 ///< empty: all; AblateLayer does not read them; of Δ their head's where heads share it
    float factor = 1;                                     ///< ScaleDt: finite, from 0 on
    float low = 0;                                        ///< ClampDt: finite, from 0 on
    float high = std::numeric_limits<float>::infinity();  ///< ClampDt: at least `low`
    bool enabled = true;

    bool operator==(const Intervention&) const = default;
    /// "layer 3, channels 5, 8: Δ × 0.5"
    [[nodiscard]] std::string describe() const;
};

/// InvalidArgument, one line that names the field which does not suit the model. A disabled one must suit it too.
Result<void> checkIntervention(const Intervention& intervention, const ModelDims& dims);

/// What the enabled ones come to together, in list order: one entry a layer, or none when nothing would change.
/// Errors: as checkIntervention, OutOfMemory.
Result<std::vector<LayerEdits>> compileInterventions(std::span<const Intervention> list, const ModelDims& dims,
                                                     Backend& backend);

}  // namespace ms
