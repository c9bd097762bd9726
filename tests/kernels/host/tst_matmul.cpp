#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

using Epilogue = MatmulArgs::Epilogue;

struct Case {
    std::int64_t L, N, K;
};

void compare(HostHarness& host, const Case& c, DType type, std::size_t misalignment, bool withBias, Epilogue epilogue) {
    SCOPED_TRACE(testing::Message() << "L " << c.L << " N " << c.N << " K " << c.K << " " << name(type) << " off "
                                    << misalignment << " bias " << withBias << " epilogue "
                                    << static_cast<int>(epilogue));
    const Floats x = reference::normal(c.L * c.K, 1);
    const Floats weight = reference::rounded(type, reference::normal(c.N * c.K, 2, 0.0f, 0.1f));
    const Floats bias = withBias ? reference::normal(c.N, 3) : Floats{};
    const Floats before = reference::normal(c.L * c.N, 4);
    const Tensor out = host.uploadStrided(before, c.L, c.N);
    const MatmulArgs args{host.uploadStrided(x, c.L, c.K), host.adopt(weight, c.N, c.K, type, misalignment),
                          withBias ? host.adopt(bias, 1, c.N, DType::F32, misalignment) : Tensor{}, out, epilogue};
    host.run([&](Ops& ops) { ops.matmul(args); });
    const Doubles expected = reference::matmul(x, weight, bias, c.L, c.N, c.K, epilogue, before);
    EXPECT_LE(reference::relativeError(host.download(out), expected), kTolerance);
}

TEST(HostMatmul, MatchesTwinAtOddSizes) {
    HostHarness host;
    for (const std::int64_t L : {1, 2, 3, 4, 5, 7, 8, 9, 64, 65, 130})
        for (const Case& c :
             {Case{L, 1, 1}, {L, 5, 3}, {L, 48, 16}, {L, 72, 17}, {L, 251, 31}, {L, 33, 144}, {L, 7, 256}})
            for (const DType type : {DType::F32, DType::F16, DType::BF16})
                compare(host, c, type, 0, false, Epilogue::None);
}

TEST(HostMatmul, EpiloguesAndBias) {
    HostHarness host;
    for (const std::int64_t L : {1, 3, 65})
        for (const bool withBias : {false, true})
            for (const Epilogue epilogue : {Epilogue::None, Epilogue::Accumulate, Epilogue::Softplus, Epilogue::Silu})
                for (const DType type : {DType::F32, DType::F16})
                    compare(host, {L, 251, 72}, type, 0, withBias, epilogue);
}

TEST(HostMatmul, WeightsMayHaveAnyAlignment) {
    HostHarness host;
    for (const std::int64_t L : {1, 4, 64})
        for (const std::size_t misalignment : {1u, 2u, 3u, 4u, 7u})
            for (const DType type : {DType::F32, DType::F16, DType::BF16})
                compare(host, {L, 37, 50}, type, misalignment, true, Epilogue::None);
}

TEST(HostMatmul, MorePanelsThanOne) {
    HostHarness host;
    compare(host, {130, 1000, 48}, DType::F16, 0, true, Epilogue::Softplus);
    compare(host, {70, 900, 251}, DType::F32, 0, false, Epilogue::Accumulate);
}

TEST(HostMatmul, OverlappingRowsAreAConvolution) {
    HostHarness host;
    struct Conv {
        std::int64_t rows, channels, size, step, N;
    };
    for (const Conv& c : {Conv{13, 80, 5, 2, 12}, {7, 12, 5, 2, 20}, {5, 3, 5, 2, 7}, {300, 23, 4, 3, 12}, {301, 20, 5, 2, 251}, {140, 7, 3, 1, 5}})
        for (const DType type : {DType::F32, DType::F16})
            for (const Epilogue epilogue : {Epilogue::None, Epilogue::Accumulate, Epilogue::Silu}) {
                const Floats rows = reference::normal(c.rows * c.channels, 1);
                const std::int64_t K = c.size * c.channels, L = (c.rows - c.size) / c.step + 1;
                const Floats weight = reference::rounded(type, reference::normal(c.N * K, 2, 0.0f, 0.1f));
                const Floats bias = reference::normal(c.N, 3), before = reference::normal(L * c.N, 4);
                Floats runs;
                for (std::int64_t l = 0; l < L; ++l)
                    runs.insert(runs.end(), rows.begin() + l * c.step * c.channels, rows.begin() + l * c.step * c.channels + K);
                const Tensor x = host.upload(rows, c.rows, c.channels).unfold(c.size, c.step), out = host.uploadStrided(before, L, c.N);
                ASSERT_EQ(x.shape, (Shape{L, K}));
                host.run([&](Ops& ops) { ops.matmul({x, host.adopt(weight, c.N, K, type), host.upload(bias), out, epilogue}); });
                EXPECT_LE(reference::relativeError(host.download(out), reference::matmul(runs, weight, bias, L, c.N, K, epilogue, before)), kTolerance)
                    << c.rows << " rows of " << c.channels << ", " << c.size << " by " << c.step << " " << name(type);
            }
}

TEST(HostMatmul, RefusesToWriteRowsThatOverlap) {
    HostHarness host;
    const Tensor out = host.zeros(5, 3).unfold(3, 1);
    const auto program = host.backend().record("test", [&](Ops& ops) { ops.matmul({host.zeros(3, 4), host.zeros(9, 4), {}, out}); });
    ASSERT_FALSE(program);
    EXPECT_NE(program.error().message.find("overlap"), std::string::npos);
}

TEST(HostMatmul, ManyRowsOfWeights) {
    HostHarness host;
    compare(host, {1, 5003, 96}, DType::F16, 0, false, Epilogue::None);
    compare(host, {2, 5003, 96}, DType::BF16, 0, false, Epilogue::None);
}

TEST(HostMatmul, RowsAreTheSameBitsHoweverFewTokensThereAre) {
    HostHarness host;
    const Floats x = reference::normal(8 * 251, 1);
    const Tensor weight = host.adopt(reference::normal(72 * 251, 2), 72, 251, DType::F16);
    const Tensor in = host.upload(x, 8, 251), whole = host.zeros(8, 72), pieces = host.zeros(8, 72);
    host.run([&](Ops& ops) {
        ops.matmul({in, weight, {}, whole});
        for (const auto& [first, count] : {std::pair{0, 1}, {1, 2}, {3, 3}, {6, 2}})
            ops.matmul({in.rowRange(first, count), weight, {}, pieces.rowRange(first, count)});
    });
    EXPECT_EQ(host.download(whole), host.download(pieces));
}

TEST(HostMatmul, SoftplusKeepsRelativeAccuracy) {
    HostHarness host;
    Floats x;
    for (float v = -86.0f; v <= 90.0f; v += 0.37f) x.push_back(v);
    const auto L = static_cast<std::int64_t>(x.size());
    const Tensor out = host.zeros(1, L);
    host.run([&](Ops& ops) {  // one output per x: weight = x, input = 1
        ops.matmul({host.upload({1.0f}, 1, 1), host.upload(x, L, 1), {}, out, Epilogue::Softplus});
    });
    const Floats got = host.download(out);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = std::log1p(std::exp(static_cast<double>(x[i])));
        EXPECT_NEAR(got[i] / expected, 1.0, 4e-7) << "softplus(" << x[i] << ")";
    }
}

TEST(HostMatmul, NanAndZeroStayWhatTheyAre) {
    HostHarness host;
    for (const std::int64_t L : {1, 64}) {
        Floats x(static_cast<std::size_t>(L * 20), 0.0f);
        x[3] = std::nanf("");
        const Tensor out = host.zeros(L, 30);
        const Tensor weight = host.adopt(reference::normal(30 * 20, 2), 30, 20, DType::BF16);
        for (const Epilogue epilogue : {Epilogue::None, Epilogue::Softplus}) {
            host.run([&](Ops& ops) { ops.matmul({host.upload(x, L, 20), weight, {}, out, epilogue}); });
            const Floats got = host.download(out);
            for (std::size_t i = 0; i < 30; ++i) EXPECT_TRUE(std::isnan(got[i])) << i;
            for (std::size_t i = 30; i < got.size(); ++i)
                EXPECT_FLOAT_EQ(got[i], epilogue == Epilogue::None ? 0.0f : std::log(2.0f)) << i;
        }
    }
}

}  // namespace
}  // namespace ms::test
