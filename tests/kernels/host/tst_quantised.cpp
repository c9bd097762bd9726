#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/half.h"
#include "engine/base/quant_blocks.h"
#include "engine/formats/checkpoint.h"
#include "tests/kernels/host/host_harness.h"
#include "tests/support/quantised.h"
#include "tests/support/reference_experts.h"

namespace ms::test {
namespace {

using reference::Quantised;

constexpr DType kQuantised[] = {DType::Q8_0, DType::Q4_0, DType::Q4_K, DType::Q5_K, DType::Q6_K};

/// Weights exactly as long as they must be, at an odd address.
Tensor adopt(HostHarness& host, const Quantised& q, Shape shape, DType type) {
    void* memory = nullptr;
    EXPECT_EQ(posix_memalign(&memory, 64, q.bytes.size() + 1), 0);
    const std::shared_ptr<void> owner(memory, std::free);
    std::byte* start = static_cast<std::byte*>(memory) + 1;
    std::copy(q.bytes.begin(), q.bytes.end(), start);
    auto tensor = host.backend().adoptWeights(type, shape, {start, q.bytes.size()}, owner, "weights");
    EXPECT_TRUE(tensor.ok()) << tensor.error().message;
    return *tensor;
}

TEST(Quantised, BlocksWidenToWhatTheyWereMadeOf) {
    for (const DType type : kQuantised) {
        const Floats weights = reference::normal(1024, 5, 0.0f, 0.3f);
        const Quantised q = reference::quantise(type, weights);
        ASSERT_EQ(q.bytes.size(), storedBytes(type, 1024)) << name(type);
        EXPECT_EQ(widenToFloat(type, q.bytes), q.values) << name(type);
        // A sanity check of the maker: the blocks are near what they stand for.
        const Doubles wanted(weights.begin(), weights.end());
        const double error = reference::relativeError(q.values, wanted);
        EXPECT_LT(error, type == DType::Q8_0 ? 0.01 : 0.1) << name(type);
        // The error that a reader of the blocks alone expects is the one that was made.
        EXPECT_NEAR(quantisationError(type, q.bytes) / error, 1.0, 0.1) << name(type);
    }
}

// Random blocks, every bit pattern as likely as any other, against values that another implementation gives for them.
TEST(Quantised, BlocksMeanWhatTheFormatsOwnLibrarySays) {
    const auto file = Checkpoint::open(MS_TEST_DATA "/quantised_blocks.safetensors");
    ASSERT_TRUE(file) << file.error().message;
    for (const DType type : kQuantised) {
        const TensorInfo* bytes = file->find(std::string(name(type)) + ".bytes");
        const TensorInfo* values = file->find(std::string(name(type)) + ".values");
        ASSERT_TRUE(bytes != nullptr && values != nullptr) << name(type);
        const std::vector<float> expected = widenToFloat(values->dtype, values->bytes), got = widenToFloat(type, bytes->bytes);
        ASSERT_EQ(got.size(), expected.size()) << name(type);
        for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6 * std::max(1.0f, std::abs(expected[i]))) << name(type) << ' ' << i;
    }
}

TEST(Quantised, MatmulMatchesTwin) {
    HostHarness host;
    for (const DType type : kQuantised)
        for (const std::int64_t L : {1, 3, 17, 65})
            for (const auto& [N, K] : {std::pair<std::int64_t, std::int64_t>{5, 256}, {251, 512}, {33, 1024}}) {
                SCOPED_TRACE(testing::Message() << name(type) << " L " << L << " N " << N << " K " << K);
                const Quantised q = reference::quantise(type, reference::normal(N * K, 2, 0.0f, 0.1f));
                const Floats x = reference::normal(L * K, 1), bias = reference::normal(N, 3);
                const Tensor out = host.uploadStrided(Floats(static_cast<std::size_t>(L * N)), L, N);
                host.run([&](Ops& ops) {
                    ops.matmul({host.uploadStrided(x, L, K), adopt(host, q, {N, K}, type), host.upload(bias), out, MatmulArgs::Epilogue::Silu});
                });
                EXPECT_LE(reference::relativeError(host.download(out),
                                                   reference::matmul(x, q.values, bias, L, N, K, MatmulArgs::Epilogue::Silu)), kTolerance);
            }
}

TEST(Quantised, EmbeddingAndExpertsReadBlocks) {
    HostHarness host;
    for (const DType type : kQuantised) {
        const std::int64_t rows = 12, d = 256;
        const Quantised q = reference::quantise(type, reference::normal(rows * d, 2));
        const std::vector<std::int32_t> ids = reference::indices(7, 4, static_cast<std::int32_t>(rows));
        const Tensor table = adopt(host, q, {rows, d}, type), out = host.zeros(7, d), made = host.zeros(14, 4);
        const Floats x = reference::normal(7 * d, 6);
        const std::vector<std::int32_t> chosen = reference::indices(14, 9, 3);
        host.run([&](Ops& ops) {
            ops.embedding(table, host.uploadIds(ids), out);
            ops.expertMatmul({host.upload(x, 7, d), {table.rowRange(0, 4), table.rowRange(4, 4), table.rowRange(8, 4)},
                              host.uploadIds(chosen).reshaped({7, 2}), made});
        });
        EXPECT_EQ(reference::relativeError(host.download(out), reference::embedding(q.values, d, ids)), 0) << name(type);
        EXPECT_LE(reference::relativeError(host.download(made), reference::expertMatmul(x, q.values, chosen, 4, d)), kTolerance) << name(type);
    }
}

TEST(Quantised, RowsOfPartialBlocksAreRefused) {
    HostHarness host;
    Tensor weight = adopt(host, reference::quantise(DType::Q8_0, Floats(64)), {1, 64}, DType::Q8_0);
    weight.shape = {4, 16};
    weight.rowStride = 16;
    const auto program = host.backend().record("test", [&](Ops& ops) { ops.matmul({host.zeros(1, 16), weight, {}, host.zeros(1, 4)}); });
    ASSERT_FALSE(program);
    EXPECT_NE(program.error().message.find("whole blocks"), std::string::npos) << program.error().message;
}

}  // namespace
}  // namespace ms::test
