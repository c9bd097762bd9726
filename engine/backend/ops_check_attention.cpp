#include <algorithm>

#include "engine/backend/ops_check.h"
#include "engine/backend/ops_check_parts.h"

namespace ms {

using check_parts::expect;
using check_parts::isWeight;
using check_parts::kWeightTypes;
using check_parts::wrong;

namespace {

constexpr std::int64_t kWidestHead = 256;

/// Columns of `heads` heads, the step behind the last one not counted.
std::int64_t columnsOf(std::int64_t heads, std::int64_t headDim, std::int64_t headStep) {
    return (heads - 1) * headStepOf(headStep, headDim) + headDim;
}

Result<void> checkHeads(const char* op, std::int64_t headDim, std::int64_t headStep) {
    if (headDim < 1 || headDim > kWidestHead)
        return Error{ErrorCode::Unsupported, std::string(op) + ": heads of " + std::to_string(headDim) +
                                                 " columns; from 1 to " + std::to_string(kWidestHead) + " are supported"};
    if (headStep != 0 && headStep < headDim) return wrong(op, "heads overlap: headStep is below headDim");
    return {};
}

/// Rows of a cache of keys or values.
Result<void> checkCache(const char* op, const char* argument, const Tensor& cache, std::int64_t headDim) {
    if (!cache || (cache.dtype != DType::F32 && cache.dtype != DType::F16))
        return wrong(op, std::string(argument) + " must be F32 or F16");
    if (cache.cols() < headDim || cache.cols() % headDim != 0)
        return wrong(op, std::string(argument) + " is " + cache.shape.text() + ", not whole heads of " + std::to_string(headDim));
    if (cache.dtype == DType::F16 && (cache.cols() % 2 != 0 || cache.rowStride % 2 != 0))
        return wrong(op, std::string(argument) + " in F16 must have an even number of columns");
    return {};
}

}  // namespace

Result<void> check(const LayerNormArgs& a) {
    const char* op = "layerNorm";
    const std::int64_t L = a.x.rows(), d = a.x.cols();
    MS_CHECK(expect(op, "x", a.x, DType::F32, L, d));
    MS_CHECK(expect(op, "weight", a.weight, DType::F32, 1, d));
    if (a.bias) MS_CHECK(expect(op, "bias", a.bias, DType::F32, 1, d));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const GateArgs& a) {
    const char* op = "gate";
    const std::int64_t L = a.a.rows(), d = a.a.cols();
    MS_CHECK(expect(op, "a", a.a, DType::F32, L, d));
    MS_CHECK(expect(op, "b", a.b, DType::F32, L, d));
    return expect(op, "out", a.out, DType::F32, L, d);
}

Result<void> check(const RotaryArgs& a) {
    const char* op = "rotary";
    MS_CHECK(checkHeads(op, a.headDim, a.headStep));
    const std::int64_t step = headStepOf(a.headStep, a.headDim), heads = (a.x.cols() - a.headDim) / step + 1;
    MS_CHECK(expect(op, "x", a.x, DType::F32, a.x.rows(), columnsOf(heads, a.headDim, a.headStep)));
    MS_CHECK(expect(op, "frequency", a.frequency, DType::F32, 1, a.frequency.cols()));
    if (2 * a.frequency.cols() > a.headDim)
        return wrong(op, std::to_string(a.frequency.cols()) + " pairs do not fit a head of " + std::to_string(a.headDim));
    return expect(op, "position", a.position, DType::I32, 1, 1);
}

Result<void> check(const AttentionArgs& a) {
    const char* op = "attention";
    MS_CHECK(checkHeads(op, a.headDim, a.headStep));
    MS_CHECK(checkCache(op, "keys", a.keys, a.headDim));
    const std::int64_t L = a.q.rows(), heads = a.out.cols() / a.headDim, kvHeads = a.keys.cols() / a.headDim;
    if (heads < 1 || heads % kvHeads != 0)
        return wrong(op, std::to_string(heads) + " query heads cannot share " + std::to_string(kvHeads) + " key heads");
    MS_CHECK(expect(op, "q", a.q, DType::F32, L, columnsOf(heads, a.headDim, a.headStep)));
    MS_CHECK(expect(op, "k", a.k, DType::F32, L, columnsOf(kvHeads, a.headDim, a.headStep)));
    MS_CHECK(expect(op, "v", a.v, DType::F32, L, columnsOf(kvHeads, a.headDim, a.headStep)));
    MS_CHECK(expect(op, "values", a.values, a.keys.dtype, a.keys.rows(), a.keys.cols()));
    MS_CHECK(checkCache(op, "values", a.values, a.headDim));
    if (a.keys.rows() < L) return wrong(op, "the caches hold " + std::to_string(a.keys.rows()) + " rows, the chunk has " + std::to_string(L));
    MS_CHECK(expect(op, "position", a.position, DType::I32, 1, 1));
    MS_CHECK(expect(op, "out", a.out, DType::F32, L, heads * a.headDim));
    if (a.entropy) MS_CHECK(expect(op, "entropy", a.entropy, DType::F32, L, heads));
    if (a.largest) MS_CHECK(expect(op, "largest", a.largest, DType::F32, L, heads));
    return {};
}

Result<void> check(const TopExpertsArgs& a) {
    const char* op = "topExperts";
    const std::int64_t L = a.logits.rows(), experts = a.logits.cols(), k = a.ids.cols();
    MS_CHECK(expect(op, "logits", a.logits, DType::F32, L, experts));
    if (experts > kMostExperts || k < 1 || k > std::min(experts, kMostChosen))
        return Error{ErrorCode::Unsupported, std::string(op) + ": " + std::to_string(k) + " of " + std::to_string(experts) +
                                                 " experts; at most " + std::to_string(kMostChosen) + " of " +
                                                 std::to_string(kMostExperts) + " are supported"};
    MS_CHECK(expect(op, "ids", a.ids, DType::I32, L, k));
    return expect(op, "weights", a.weights, DType::F32, L, k);
}

Result<void> check(const ExpertMatmulArgs& a) {
    const char* op = "expertMatmul";
    const std::int64_t slots = a.ids.rows() * a.ids.cols(), K = a.x.cols();
    if (a.experts.empty() || static_cast<std::int64_t>(a.experts.size()) > kMostExperts)
        return wrong(op, std::to_string(a.experts.size()) + " experts; from 1 to " + std::to_string(kMostExperts));
    for (const Tensor& expert : a.experts) {
        const Tensor& first = a.experts.front();
        if (!isWeight(expert)) return wrong(op, std::string("experts must be ") + kWeightTypes);
        if (expert.dtype != first.dtype || expert.rows() != first.rows() || expert.cols() != K)
            return wrong(op, "an expert is " + expert.shape.text() + ", not " + Shape{first.rows(), K}.text());
    }
    MS_CHECK(expect(op, "ids", a.ids, DType::I32, a.ids.rows(), a.ids.cols()));
    if (!a.ids.contiguous()) return wrong(op, "ids must be contiguous");
    MS_CHECK(expect(op, "x", a.x, DType::F32, a.x.rows() == slots ? slots : a.ids.rows(), K));
    return expect(op, "out", a.out, DType::F32, slots, a.experts.front().rows());
}

Result<void> check(const MixExpertsArgs& a) {
    const char* op = "mixExperts";
    const std::int64_t L = a.out.rows(), d = a.out.cols(), k = a.weights.cols();
    MS_CHECK(expect(op, "out", a.out, DType::F32, L, d));
    MS_CHECK(expect(op, "weights", a.weights, DType::F32, L, k));
    return expect(op, "y", a.y, DType::F32, L * k, d);
}

}  // namespace ms
