#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

using reference::ScanInput;
using reference::ScanOutput;

/// What a run of the op left behind.
struct ScanRun {
    Tensor out, y, gate, stateNorm, state;
};

struct Options {
    DType type = DType::F32;
    bool probes = true;
    std::int64_t chunk = 0;  // 0: one piece
};

ScanRun scan(HostHarness& host, const ScanInput& in, const Options& options) {
    const std::int64_t L = in.L, d = in.d_inner, n = in.d_state;
    SelectiveScanArgs a;
    a.u = host.upload(in.u, L, d, options.type);
    a.dt = host.upload(in.dt, L, d, options.type);
    a.A = host.adopt(in.A, d, n, DType::F32, 1);
    a.B = host.uploadStrided(in.B, L, n, options.type);
    a.C = host.uploadStrided(in.C, L, n, options.type);
    a.D = host.upload(in.D);
    a.z = host.uploadStrided(in.z, L, d, options.type);
    a.dtBias = host.upload(in.dtBias);
    a.softplus = in.softplus;
    a.state = host.upload(in.state, d, n);
    a.out = host.zeros(L, d, options.type);
    if (options.probes) {
        a.y = host.zeros(L, d);
        a.stateNorm = host.zeros(L, d);
        if (a.z) a.gate = host.zeros(L, d);
    }
    host.run([&](Ops& ops) {
        const std::int64_t chunk = options.chunk == 0 ? L : options.chunk;
        for (std::int64_t t = 0; t < L; t += chunk) {
            const std::int64_t count = std::min(chunk, L - t);
            SelectiveScanArgs piece = a;
            for (Tensor* tensor : {&piece.u, &piece.dt, &piece.B, &piece.C, &piece.z, &piece.out, &piece.y, &piece.gate,
                                   &piece.stateNorm})
                if (*tensor) *tensor = tensor->rowRange(t, count);
            ops.selectiveScan(piece);
        }
    });
    return {a.out, a.y, a.gate, a.stateNorm, a.state};
}

void compare(HostHarness& host, ScanInput in, DType type) {
    SCOPED_TRACE(testing::Message() << "L " << in.L << " d " << in.d_inner << " n " << in.d_state << " " << name(type)
                                    << (in.z.empty() ? "" : " gated") << (in.softplus ? " softplus" : ""));
    for (Floats* values : {&in.u, &in.dt, &in.B, &in.C, &in.z}) *values = reference::rounded(type, *values);
    const ScanOutput expected = reference::selectiveScan(in);
    const ScanRun run = scan(host, in, {type, true, 0});
    EXPECT_LE(reference::relativeError(host.download(run.out), expected.out),
              type == DType::F32 ? kTolerance : kHalfTolerance);
    EXPECT_LE(reference::relativeError(host.download(run.y), expected.y), kTolerance);
    EXPECT_LE(reference::relativeError(host.download(run.stateNorm), expected.stateNorm), kTolerance);
    EXPECT_LE(reference::relativeError(host.download(run.state), expected.state), kTolerance);
    if (run.gate) {
        EXPECT_LE(reference::relativeError(host.download(run.gate), expected.gate), kTolerance);
    }
}

TEST(HostScan, MatchesTwinAtOddSizes) {
    HostHarness host;
    std::uint32_t seed = 0;
    for (const std::int64_t d : {1, 5, 48, 72, 144, 251, 256})
        for (const std::int64_t n : {1, 3, 8, 16, 17, 64})
            compare(host, reference::scanInput(7, d, n, seed += 10), DType::F32);
    for (const std::int64_t L : {1, 2, 3, 64, 65, 130})
        for (const std::int64_t d : {5, 72}) compare(host, reference::scanInput(L, d, 16, seed += 10), DType::F32);
}

TEST(HostScan, OptionsAndTypes) {
    HostHarness host;
    for (const bool gated : {false, true})
        for (const bool softplus : {false, true})
            for (const DType type : {DType::F32, DType::F16}) {
                compare(host, reference::scanInput(65, 72, 17, 5, gated, softplus), type);
                ScanInput unbiased = reference::scanInput(3, 5, 8, 6, gated, softplus);
                unbiased.dtBias.clear();
                compare(host, unbiased, type);
            }
}

TEST(HostScan, LargestState) {
    HostHarness host;
    compare(host, reference::scanInput(7, 37, 256, 7), DType::F32);
    compare(host, reference::scanInput(7, 37, 255, 8), DType::F16);
}

TEST(HostScan, LongMemoryKeepsItsAccuracy) {
    HostHarness host;
    ScanInput in = reference::scanInput(2000, 24, 16, 9, true, false);
    for (float& a : in.A) a *= 0.05f;  // half-lives of hundreds of tokens
    compare(host, in, DType::F32);
}

TEST(HostScan, ChunksGiveTheSameBitsAsOnePiece) {
    HostHarness host;
    const ScanInput in = reference::scanInput(130, 72, 16, 3);
    const ScanRun whole = scan(host, in, {});
    for (const std::int64_t chunk : {1, 7, 64}) {
        const ScanRun pieces = scan(host, in, {DType::F32, true, chunk});
        EXPECT_EQ(host.download(pieces.out), host.download(whole.out)) << "chunks of " << chunk;
        EXPECT_EQ(host.download(pieces.state), host.download(whole.state)) << "chunks of " << chunk;
        EXPECT_EQ(host.download(pieces.stateNorm), host.download(whole.stateNorm)) << "chunks of " << chunk;
    }
}

TEST(HostScan, ProbesDoNotChangeABit) {
    HostHarness host;
    for (const DType type : {DType::F32, DType::F16})
        for (const bool gated : {false, true}) {
            const ScanInput in = reference::scanInput(65, 251, 17, 4, gated);
            const ScanRun seen = scan(host, in, {type, true, 0}), unseen = scan(host, in, {type, false, 0});
            EXPECT_EQ(host.download(seen.out), host.download(unseen.out));
            EXPECT_EQ(host.download(seen.state), host.download(unseen.state));
        }
}

TEST(HostScan, ExtremeSteps) {
    HostHarness host;
    ScanInput in = reference::scanInput(16, 20, 16, 11);
    for (std::size_t i = 0; i < in.dt.size(); ++i) in.dt[i] = i % 3 == 0 ? 80.0f : i % 3 == 1 ? -80.0f : 0.0f;
    in.dtBias.assign(20, 0.0f);
    compare(host, in, DType::F32);
}

TEST(HostScan, ZeroInputLetsTheStateDie) {
    HostHarness host;
    ScanInput in = reference::scanInput(400, 9, 16, 12, false, false);
    in.u.assign(in.u.size(), 0.0f);
    in.dt.assign(in.dt.size(), 1.0f);
    const ScanRun run = scan(host, in, {});
    for (const float v : host.download(run.state)) EXPECT_EQ(v, 0.0f);
    for (const float v : host.download(run.out.rowRange(399, 1))) EXPECT_EQ(v, 0.0f);
}

TEST(HostScan, NanStaysInItsChannel) {
    HostHarness host;
    const float strange = std::bit_cast<float>(0x7fc12345u);  // a NaN with a payload is still one
    for (Floats ScanInput::*where : {&ScanInput::u, &ScanInput::dt, &ScanInput::z, &ScanInput::A, &ScanInput::state}) {
        ScanInput in = reference::scanInput(6, 20, 16, 13);
        const bool perChannel = where == &ScanInput::A || where == &ScanInput::state;
        (in.*where)[perChannel ? 7 * 16 + 2 : 2 * 20 + 7] = strange;
        const Floats out = host.download(scan(host, in, {}).out);
        for (std::size_t t = 0; t < 6; ++t)
            for (std::size_t c = 0; c < 20; ++c) {
                const bool expected = c == 7 && (perChannel || t == 2 || (t > 2 && where != &ScanInput::z));
                EXPECT_EQ(std::isnan(out[t * 20 + c]), expected) << t << " " << c;
            }
    }
}

}  // namespace
}  // namespace ms::test
