#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/attention.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

template <class T>
HWY_INLINE void dotStoredKeys(const CacheRows& keys, const float* q, std::size_t rows, float* scores, std::size_t scoreStride) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), head_dim = keys.head_dim;
    for (std::size_t j = 0; j < keys.count; ++j) {
        const T* key = reinterpret_cast<const T*>(keys.data) + j * keys.stride;
        for (std::size_t r = 0; r < rows; ++r) {
            const float* query = q + r * head_dim;
            FloatVec even = hn::Zero(d), odd = hn::Zero(d);
            std::size_t i = 0;
            for (; i + 2 * lanes <= head_dim; i += 2 * lanes) {
                even = hn::MulAdd(load(query + i), load(key + i), even);
                odd = hn::MulAdd(load(query + i + lanes), load(key + i + lanes), odd);
            }
            for (; i < head_dim; i += lanes)
                even = hn::MulAdd(loadPart(query + i, head_dim - i), loadPart(key + i, head_dim - i), even);
            scores[r * scoreStride + j] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
        }
    }
}

void DotKeysImpl(const CacheRows& keys, const float* q, std::size_t rows, float* scores, std::size_t scoreStride) {
    if (keys.type == DType::F16) return dotStoredKeys<hwy::float16_t>(keys, q, rows, scores, scoreStride);
    dotStoredKeys<float>(keys, q, rows, scores, scoreStride);
}

template <class T>
HWY_INLINE void addStoredValues(const CacheRows& values, const float* weights, std::size_t weightStride, std::size_t rows,
                                float* sums) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), head_dim = values.head_dim;
    const T* first = reinterpret_cast<const T*>(values.data);
    for (std::size_t r = 0; r < rows; ++r) {
        const float* weight = weights + r * weightStride;
        std::size_t j = 0;
        for (; j + 4 <= values.count; j += 4) {  // four values a pass over the sums
            const T* v = first + j * values.stride;
            for (std::size_t i = 0; i < head_dim; i += lanes) {
                const std::size_t left = head_dim - i;
                FloatVec sum = loadPart(sums + r * head_dim + i, left);
                for (std::size_t n = 0; n < 4; ++n)
                    sum = hn::MulAdd(hn::Set(d, weight[j + n]), loadPart(v + n * values.stride + i, left), sum);
                storePart(sum, sums + r * head_dim + i, left);
            }
        }
        for (; j < values.count; ++j)
            for (std::size_t i = 0; i < head_dim; i += lanes) {
                const std::size_t left = head_dim - i;
                storePart(hn::MulAdd(hn::Set(d, weight[j]), loadPart(first + j * values.stride + i, left),
                                     loadPart(sums + r * head_dim + i, left)),
                          sums + r * head_dim + i, left);
            }
    }
}

void AddValuesImpl(const CacheRows& values, const float* weights, std::size_t weightStride, std::size_t rows, float* sums) {
    if (values.type == DType::F16) return addStoredValues<hwy::float16_t>(values, weights, weightStride, rows, sums);
    addStoredValues<float>(values, weights, weightStride, rows, sums);
}

/// Online softmax (Milakov & Gimelshein 2018), with the first moment carried along.
float SoftmaxMoreImpl(SoftmaxState& state, float* scores, std::size_t count) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d);
    float most = state.sum != 0 ? state.most : scores[0];
    for (std::size_t i = 0; i < count; ++i) most = std::max(most, scores[i]);
    FloatVec sums = hn::Zero(d), moments = hn::Zero(d);
    float sum = 0, moment = 0;
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const FloatVec below = hn::Sub(load(scores + i), hn::Set(d, most)), e = exp(below);
        store(e, scores + i);
        sums = hn::Add(sums, e);
        moments = hn::MulAdd(e, below, moments);
    }
    if (i < count) {
        const std::size_t left = count - i;
        const FloatVec below = hn::Sub(loadPart(scores + i, left), hn::Set(d, most)), e = exp(below);
        HWY_ALIGN float es[HWY_MAX_BYTES / sizeof(float)], steps[HWY_MAX_BYTES / sizeof(float)];
        hn::Store(e, d, es);
        hn::Store(below, d, steps);
        for (std::size_t n = 0; n < left; ++n) {
            scores[i + n] = es[n];
            sum += es[n];
            moment += es[n] * steps[n];
        }
    }
    sum += hn::GetLane(hn::SumOfLanes(d, sums));
    moment += hn::GetLane(hn::SumOfLanes(d, moments));
    const float step = state.sum != 0 ? state.most - most : 0, factor = state.sum != 0 ? std::exp(step) : 0;
    state = {most, state.sum * factor + sum, factor * (state.moment + step * state.sum) + moment};
    return factor;
}

void ScaleRowImpl(float* row, float factor, std::size_t count) {
    const FloatTag d;
    for (std::size_t i = 0; i < count; i += hn::Lanes(d))
        storePart(hn::Mul(loadPart(row + i, count - i), hn::Set(d, factor)), row + i, count - i);
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(DotKeysImpl);
void dotKeys(const CacheRows& keys, const float* q, std::size_t rows, float* scores, std::size_t scoreStride) {
    HWY_DYNAMIC_DISPATCH(DotKeysImpl)(keys, q, rows, scores, scoreStride);
}
HWY_EXPORT(AddValuesImpl);
void addValues(const CacheRows& values, const float* weights, std::size_t weightStride, std::size_t rows, float* sums) {
    HWY_DYNAMIC_DISPATCH(AddValuesImpl)(values, weights, weightStride, rows, sums);
}
HWY_EXPORT(SoftmaxMoreImpl);
float softmaxMore(SoftmaxState& state, float* scores, std::size_t count) {
    return HWY_DYNAMIC_DISPATCH(SoftmaxMoreImpl)(state, scores, count);
}
HWY_EXPORT(ScaleRowImpl);
void scaleRow(float* row, float factor, std::size_t count) { HWY_DYNAMIC_DISPATCH(ScaleRowImpl)(row, factor, count); }

float SoftmaxState::entropy() const {
    const float nats = std::log(sum) - moment / sum;
    return nats < 0 ? 0 : nats;  // NaN stays
}
}  // namespace ms::host
#endif
