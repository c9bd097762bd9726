#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/gated_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "engine/host/simd/math-inl.h"
#include "engine/host/simd/recurrent_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

void GatedNormRowImpl(const GatedNormRow& r, std::size_t count) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d);
    FloatVec sum = hn::Zero(d);
    for (std::size_t i = 0; i < count; i += lanes) {
        const std::size_t left = count - i;
        FloatVec v = loadPart(r.x + i, left);
        if (r.z != nullptr) {
            const FloatVec gate = silu(loadPart(r.z + i, left));
            if (r.gate != nullptr) storePart(gate, r.gate + i, left);
            v = hn::Mul(v, gate);
        }
        sum = hn::MulAdd(v, v, sum);
        storePart(v, r.out + i, left);
    }
    const float squares = hn::GetLane(hn::SumOfLanes(d, sum));
    const FloatVec scale = hn::Set(d, r.norm ? 1.0f / std::sqrt(squares / static_cast<float>(count) + r.eps) : 1.0f);
    const float* weight = reinterpret_cast<const float*>(r.weight);
    for (std::size_t i = 0; i < count; i += lanes) {
        const std::size_t left = count - i;
        FloatVec v = hn::Mul(loadPart(r.out + i, left), scale);
        if (weight != nullptr) v = hn::Mul(v, loadPart(weight + i, left));
        storePart(v, r.out + i, left);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(GatedNormRowImpl);
void gatedNormRow(const GatedNormRow& row, std::size_t count) { HWY_DYNAMIC_DISPATCH(GatedNormRowImpl)(row, count); }
}  // namespace ms::host
#endif
