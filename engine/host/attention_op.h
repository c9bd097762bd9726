// The ops of engine/backend/ops_attention.h on the host: what HostOps records for them.
#pragma once

#include <vector>

#include "engine/backend/ops.h"
#include "engine/base/result.h"
#include "engine/host/host_program.h"

namespace ms::host {

/// In order; arguments have passed ops_check. OutOfMemory when partial sums find no place.
Result<std::vector<HostOp>> makeAttention(const AttentionArgs& args);
Result<HostOp> makeLayerNorm(const LayerNormArgs& args);
Result<HostOp> makeGate(const GateArgs& args);
Result<HostOp> makeRotary(const RotaryArgs& args);
Result<HostOp> makeTopExperts(const TopExpertsArgs& args);
Result<HostOp> makeExpertMatmul(const ExpertMatmulArgs& args);
Result<HostOp> makeMixExperts(const MixExpertsArgs& args);

}  // namespace ms::host
