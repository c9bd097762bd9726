// Float64 twins of topExperts, expertMatmul and mixExperts.
#pragma once

#include "tests/support/reference_ops.h"

namespace ms::reference {

struct Choice {
    std::vector<std::int32_t> ids;  // [L, k]
    Doubles weights;                // [L, k]
};
/// logits [L, experts]: softmax over all, then the k largest, equal ones by lower index.
Choice topExperts(const Floats& logits, std::int64_t L, std::int64_t experts, std::int64_t k, bool normalize);

/// x [L or slots, K], experts [experts, N, K], ids [slots] -> [slots, N]
Doubles expertMatmul(const Floats& x, const Floats& experts, const std::vector<std::int32_t>& ids, std::int64_t N, std::int64_t K);

/// before [L, d], y [L·k, d], weights [L, k] -> [L, d]
Doubles mixExperts(const Floats& before, const Floats& y, const Floats& weights, std::int64_t L, std::int64_t d);

}  // namespace ms::reference
