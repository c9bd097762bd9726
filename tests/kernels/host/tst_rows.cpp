#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

using Kind = RowReduction::Kind;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(HostRows, Embedding) {
    HostHarness host;
    for (const DType type : {DType::F32, DType::F16, DType::BF16})
        for (const std::int64_t d : {1, 5, 72, 251}) {
            const Floats table = reference::rounded(type, reference::normal(11 * d, 1));
            const auto ids = reference::indices(65, 2, 11);
            const Tensor out = host.zeros(65, d);
            host.run([&](Ops& ops) { ops.embedding(host.adopt(table, 11, d, type, 1), host.uploadIds(ids), out); });
            EXPECT_EQ(reference::maxAbsError(host.download(out), reference::embedding(table, d, ids)), 0.0);
        }
}

TEST(HostRows, EmbeddingOfAnUnknownIdIsNan) {
    HostHarness host;
    const Tensor out = host.zeros(3, 4), table = host.upload(Floats(8, 1.0f), 2, 4);
    host.run([&](Ops& ops) { ops.embedding(table, host.uploadIds({1, 2, -1}), out); });
    const Floats got = host.download(out);
    for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(std::isnan(got[i]), i >= 4) << i;
}

TEST(HostRows, RmsNorm) {
    HostHarness host;
    for (const std::int64_t L : {1, 2, 3, 7, 65, 130})
        for (const std::int64_t d : {1, 5, 48, 72, 144, 251, 256, 768}) {
            SCOPED_TRACE(testing::Message() << "L " << L << " d " << d);
            const Floats x = reference::normal(L * d, 1, 0.1f, 3.0f), weight = reference::normal(d, 2);
            const Tensor out = host.zeros(L, d);
            host.run([&](Ops& ops) {
                ops.rmsNorm(host.uploadStrided(x, L, d), host.adopt(weight, 1, d, DType::F32, 1), 1e-5f, out);
            });
            const Doubles expected = reference::rmsNorm(x, weight, 1e-5, L, d);
            EXPECT_LE(reference::relativeError(host.download(out), expected), kTolerance);
        }
}

TEST(HostRows, RmsNormOfZerosIsZeroAndOfNanIsNan) {
    HostHarness host;
    Floats x(2 * 72, 0.0f);
    x[80] = kNan;
    const Tensor out = host.zeros(2, 72);
    host.run([&](Ops& ops) { ops.rmsNorm(host.upload(x, 2, 72), host.upload(Floats(72, 2.0f)), 1e-5f, out); });
    const Floats got = host.download(out);
    for (std::size_t i = 0; i < 72; ++i) EXPECT_EQ(got[i], 0.0f);
    for (std::size_t i = 72; i < 144; ++i) EXPECT_TRUE(std::isnan(got[i]));
}

TEST(HostRows, CopyBetweenStridedViews) {
    HostHarness host;
    const Floats x = reference::normal(65 * 7, 1);
    const Tensor wide = host.zeros(130, 20), out = wide.everyRow(1, 2, 65).colRange(4, 7);
    host.run([&](Ops& ops) { ops.copy(host.uploadStrided(x, 65, 7), out); });
    EXPECT_EQ(host.download(out), x);
    double rest = 0;
    for (const float v : host.download(wide)) rest += std::abs(v);
    for (const float v : x) rest -= std::abs(v);
    EXPECT_NEAR(rest, 0.0, 1e-3) << "copy wrote outside its view";
}

void compare(HostHarness& host, const Floats& x, std::int64_t L, std::int64_t D, const RowReduction& reduction) {
    SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(reduction.kind) << " L " << L << " D " << D);
    const Doubles expected = reference::reduceRows(x, L, D, reduction);
    const Tensor out = host.zeros(L, static_cast<std::int64_t>(expected.size()) / L);
    host.run([&](Ops& ops) { ops.reduceRows(host.uploadStrided(x, L, D), reduction, out); });
    const bool exact = reduction.kind != Kind::Mean && reduction.kind != Kind::L2;
    EXPECT_LE(reference::maxAbsError(host.download(out), expected), exact ? 0.0 : 1e-5);
}

TEST(HostRows, Reductions) {
    HostHarness host;
    for (const std::int64_t L : {1, 3, 65})
        for (const std::int64_t D : {1, 5, 72, 251, 1536}) {
            const Floats x = reference::normal(L * D, 1);
            compare(host, x, L, D, {Kind::Mean});
            compare(host, x, L, D, {Kind::Max});
            compare(host, x, L, D, {Kind::L2});
            compare(host, x, L, D, {Kind::Histogram, 7, -1.0f, 1.5f});
            compare(host, x, L, D, {Kind::Histogram, 256, -8.0f, 8.0f});
            for (const std::int64_t k : {1, 5, 32})
                if (k <= D) compare(host, x, L, D, {Kind::TopK, k});
        }
}

TEST(HostRows, ReductionsOfTiesNanAndOutliers) {
    HostHarness host;
    const float inf = std::numeric_limits<float>::infinity();
    const Floats x = {2, 1, 2, 2, kNan, -1, 1, 1e30f, -1e30f, inf, -inf, 2};
    compare(host, x, 1, 12, {Kind::Max});
    compare(host, x, 1, 12, {Kind::Histogram, 4, 0.0f, 2.0f});
    compare(host, x, 1, 12, {Kind::TopK, 12});
    compare(host, {5, 5, 5, 5, 5}, 1, 5, {Kind::TopK, 3});
    compare(host, {kNan, kNan, -inf}, 1, 3, {Kind::TopK, 3});
}

}  // namespace
}  // namespace ms::test
