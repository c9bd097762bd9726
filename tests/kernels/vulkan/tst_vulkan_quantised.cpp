// Products, embeddings and experts whose weights are blocks of small integers.
#include <string>

#include "tests/kernels/vulkan/vulkan_fixture.h"
#include "tests/support/quantised.h"
#include "tests/support/reference_experts.h"

namespace ms::test {
namespace {

using namespace reference;

constexpr DType kQuantised[] = {DType::Q8_0, DType::Q4_0, DType::Q4_K, DType::Q5_K, DType::Q6_K};

class QuantisedOps : public EveryVariant {
protected:
    Tensor adopt(const Quantised& q, Shape shape, DType type) {
        auto tensor = current().adoptWeights(type, shape, q.bytes, nullptr, "test weights");
        EXPECT_TRUE(tensor) << tensor.error().message;
        return *tensor;
    }
    void expectRight(DType type, std::int64_t L, std::int64_t N, std::int64_t K, std::int64_t around) {
        SCOPED_TRACE(std::string(name(type)) + " L " + std::to_string(L) + " N " + std::to_string(N) + " K " + std::to_string(K));
        const Quantised q = quantise(type, normal(N * K, 2, 0.0f, 0.1f));
        const Floats x = normal(L * K, 1), bias = normal(N, 3);
        const Padded in = padded(x, L, K, around, around), out = paddedZeros(L, N, 1, 2);
        run([&](Ops& ops) {
            ops.matmul({.x = in.view, .weight = adopt(q, {N, K}, type), .bias = weights(bias, {N}), .out = out.view,
                        .epilogue = MatmulArgs::Epilogue::Silu});
        });
        EXPECT_LT(relativeError(download(out), matmul(x, q.values, bias, L, N, K, MatmulArgs::Epilogue::Silu)), kTolerance);
    }
};
MS_EVERY_VARIANT(QuantisedOps);

TEST_P(QuantisedOps, MatmulMatchesTwin) {
    for (const DType type : kQuantised)
        for (const std::int64_t L : {1, 3, 65}) {
            expectRight(type, L, 131, 256, 4);
            if (type == DType::Q6_K) expectRight(type, L, 33, 512, 3);  // unaligned: the kernel for any size
        }
}

TEST_P(QuantisedOps, ShardsWhatOneBindingCannotSpan) {
    VulkanOptions small = options();
    small.bindingLimitBytes = 4096;
    use(small);
    for (const DType type : kQuantised) expectRight(type, 2, 70, 256, 4);
}

TEST_P(QuantisedOps, EmbeddingAndExpertsReadBlocks) {
    for (const DType type : kQuantised) {
        const std::int64_t rows = 12, d = 256;
        const Quantised q = quantise(type, normal(rows * d, 2));
        const std::vector<std::int32_t> ids = indices(7, 4, static_cast<std::int32_t>(rows)), chosen = indices(14, 9, 3);
        const Tensor table = adopt(q, {rows, d}, type), made = zeros({14, 4});
        const Padded out = paddedZeros(7, d, 1, 0);
        const Floats x = normal(7 * d, 6);
        run([&](Ops& ops) {
            ops.embedding(table, integers(ids, {7}), out.view);
            ops.expertMatmul({upload(x, {7, d}), {table.rowRange(0, 4), table.rowRange(4, 4), table.rowRange(8, 4)},
                              integers(chosen, {7, 2}), made});
        });
        EXPECT_LT(relativeError(download(out), embedding(q.values, d, ids)), 1e-7) << name(type);
        EXPECT_LT(relativeError(download(made), expertMatmul(x, q.values, chosen, 4, d)), kTolerance) << name(type);
    }
}

}  // namespace
}  // namespace ms::test
