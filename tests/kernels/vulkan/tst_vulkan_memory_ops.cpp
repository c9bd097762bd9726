// embedding, copy and rmsNorm.
#include "tests/kernels/vulkan/vulkan_fixture.h"

namespace ms::test {
namespace {

using namespace reference;

class MemoryOps : public EveryVariant {};
MS_EVERY_VARIANT(MemoryOps);

TEST_P(MemoryOps, EmbeddingWidensEveryStorageType) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
        for (const std::int64_t d : {1, 5, 72, 251}) {
            const std::int64_t vocab = 37, L = 65;
            const Floats table = rounded(type, normal(vocab * d, 1));
            const std::vector<std::int32_t> ids = indices(L, 2, 37);
            const Tensor weight = weights(table, {vocab, d}, type), id = integers(ids, {L});
            const Padded out = paddedZeros(L, d, 3, 2);
            run([&](Ops& ops) { ops.embedding(weight, id, out.view); });
            EXPECT_EQ(relativeError(download(out), embedding(table, d, ids)), 0.0) << name(type) << " d " << d;
        }
    }
}

TEST_P(MemoryOps, EmbeddingKeepsSubnormalHalves) {
    const Floats table{6.0e-8f, -1.2e-7f, 3.0e-5f, -6.0e-5f};
    const Floats stored = rounded(DType::F16, table);
    const Tensor weight = weights(table, {4, 1}, DType::F16);
    const std::vector<std::int32_t> ids{0, 1, 2, 3};
    const Tensor id = integers(ids, {4}), out = zeros({4, 1});
    run([&](Ops& ops) { ops.embedding(weight, id, out); });
    EXPECT_EQ(download(out), stored);
}

TEST_P(MemoryOps, CopyMovesStridedRows) {
    struct Case { std::int64_t L, d, from, fromAfter, to, toAfter; };
    for (const Case c : {Case{1, 1, 0, 0, 0, 0}, {300, 72, 0, 0, 0, 0}, {65, 72, 4, 8, 12, 0}, {65, 72, 3, 1, 0, 4},
                         {7, 251, 0, 0, 1, 0}, {130, 5, 1, 1, 2, 2}}) {
        const Floats values = normal(c.L * c.d, 3);
        const Padded src = padded(values, c.L, c.d, c.from, c.fromAfter), dst = paddedZeros(c.L, c.d, c.to, c.toAfter);
        run([&](Ops& ops) { ops.copy(src.view, dst.view); });
        EXPECT_EQ(download(dst), values) << "L " << c.L << " d " << c.d;
    }
}

TEST_P(MemoryOps, CopyTakesEveryOtherRowAndIntegers) {
    const Floats values = normal(9 * 6, 4);
    const Tensor src = upload(values, {9, 6}), dst = zeros({3, 6});
    std::vector<std::int32_t> numbers{5, -1, 2147483647};
    const Tensor ints = integers(numbers, {3}), copied = zeros({3}, DType::I32);
    run([&](Ops& ops) {
        ops.copy(src.everyRow(1, 3, 3), dst);
        ops.copy(ints, copied);
    });
    const Floats out = download(dst);
    for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t c = 0; c < 6; ++c) EXPECT_EQ(out[r * 6 + c], values[(1 + 3 * r) * 6 + c]);
    std::vector<std::int32_t> back(3);
    ASSERT_TRUE(current().read(copied, std::as_writable_bytes(std::span(back))));
    EXPECT_EQ(back, numbers);
}

TEST_P(MemoryOps, RmsNorm) {
    for (const std::int64_t L : {1, 3, 130}) {
        for (const std::int64_t d : {1, 5, 72, 251, 1536}) {
            const Floats x = normal(L * d, 5, 0.3f, 2.0f), weight = normal(d, 6, 1.0f, 0.2f);
            const Padded in = padded(x, L, d, 1, 0), out = paddedZeros(L, d, 0, 3);
            const Tensor w = weights(weight, {d});
            run([&](Ops& ops) { ops.rmsNorm(in.view, w, 1e-5f, out.view); });
            EXPECT_LT(relativeError(download(out), rmsNorm(x, weight, 1e-5f, L, d)), kTolerance) << L << " x " << d;
        }
    }
}

TEST_P(MemoryOps, OpsInARowSeeEachOthersResults) {
    const std::int64_t L = 7, d = 72;
    const Floats x = normal(L * d, 7), ones(static_cast<std::size_t>(d), 1.0f);
    const Tensor a = upload(x, {L, d}), b = zeros({L, d}), c = zeros({L, d}), w = weights(ones, {d});
    run([&](Ops& ops) {
        ops.copy(a, b);            // b = x
        ops.rmsNorm(b, w, 0, c);   // c = norm(x)
        ops.copy(c, b);            // b again, after it was read
        ops.rmsNorm(b, w, 0, a);   // a = norm(norm(x)) = norm(x)
    });
    const Floats once = download(c), twice = download(a);
    EXPECT_LT(relativeError(once, rmsNorm(x, ones, 0, L, d)), kTolerance);
    EXPECT_LT(relativeError(twice, rmsNorm(x, ones, 0, L, d)), kTolerance);
}

}  // namespace
}  // namespace ms::test
