// One Mamba-1 block, from the normed residual stream to what it adds: what pure Mamba models and hybrids share.
#pragma once

#include <string>
#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/mamba_config.h"
#include "engine/models/weight_loader.h"
#include "engine/models/weight_table.h"

namespace ms {

/// Weights of one block. Matrices keep their stored type; vectors are widened to F32 when loaded (exactly).
///
/// With complex A (config.complex_ssm) a channel's N = d_state states are complex, rows hold N real parts, then N imaginary ones:
///   A = -exp(A_log) + i A_imag        two tensors [d_inner, N]; A_imag in radians a unit of Δ
///   x_proj [dt_rank + 4·N, d_inner]   rows: dt, Re B, Im B, Re C, Im C
/// The mathematics is selective_scan_ref's for complex A, see ComplexScanArgs. All else is as with real A.
struct MambaLayer {
    Tensor inProj;       // [2·d_inner, d_model]  rows: x first, z second
    Tensor inProjBias;   // [2·d_inner] or empty
    Tensor convWeight;   // [d_inner, d_conv]
    Tensor convBias;     // [d_inner] or empty
    Tensor xProj;        // [dt_rank + 2·stateWidth, d_inner]
    Tensor dtNorm;       // [dt_rank]; the three norms' weights are empty where they have none
    Tensor bNorm;        // [d_state]
    Tensor cNorm;        // [d_state]
    Tensor dtProj;       // [d_inner, dt_rank]
    Tensor dtBias;       // [d_inner]
    Tensor A;            // [d_inner, stateWidth]  -exp(A_log), complex: then A_imag
    Tensor decay;        // [d_inner, d_state] of complex A: its real part, what the state's magnitude shrinks by
    Tensor D;            // [d_inner]
    Tensor outProj;      // [d_model, d_inner]
    Tensor outProjBias;  // [d_model] or empty
    std::vector<float> stateMatrix, skip;  // A (real ones alone) and D for the host
};

/// Everything of a block but its norm before it, under `mixer` ("backbone.layers.3.mixer."), appended to `wanted`.
void addWantedBlock(const MambaStackConfig& config, const std::string& mixer, std::vector<WantedTensor>& wanted);

/// Reads the same. Errors as WeightLoader's.
Result<MambaLayer> loadBlock(const MambaStackConfig& config, const std::string& mixer, WeightLoader& load);

/// Columns of the scratch tensors that a block needs, in the order in which MambaBlockArgs has them.
[[nodiscard]] std::vector<std::int64_t> blockScratch(const MambaStackConfig& config);

struct MambaBlockArgs {
    Tensor normed;                 // [L, d_model]
    Tensor r;                      // [L, d_model] residual stream, in and out
    std::span<const Tensor> scratch;  // those of blockScratch, of at least L rows
    Tensor state;                  // [d_inner, stateWidth]
    Tensor convState;              // [d_inner, d_conv - 1], empty when d_conv is 1
    LayerEdits edit;
    ProbeTaps* taps = nullptr;
    LayerIndex layer;
};

/// Records the block and offers its probe points, all but the residual stream's.
void mambaBlock(Ops& op, const MambaStackConfig& config, const MambaLayer& weights, const MambaBlockArgs& args);

/// An intervention's change to a tensor, where there is one.
void applyClamp(Ops& op, const ChannelClamp& change, const Tensor& x);

}  // namespace ms
