// recurrentCell, rotateStates and trapezoidSteps on every backend.
#include <cmath>

#include "tests/kernels/recurrent/every_backend.h"

namespace ms::test {
namespace {

using namespace reference;
using Kind = RecurrentCellArgs::Kind;

Doubles widened(const Floats& values) { return {values.begin(), values.end()}; }

class Cell : public EveryBackend {
protected:
    void expectRight(Kind kind, std::int64_t L, std::int64_t H, DType type = DType::F32, bool biased = true,
                     const std::vector<std::int64_t>& cuts = {}) {
        SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << " L " << L << " hidden " << H << " " << name(type));
        const std::int64_t G = gateCount(kind);
        const Floats x = normal(L * G * H, 1), h0 = uniform(H, 2), c0 = uniform(H, 3);
        const Floats weight = rounded(type, normal(G * H * H, 4, 0, 0.8f / std::sqrt(static_cast<float>(H))));
        const Floats bias = biased ? normal(G * H, 5, 0, 0.3f) : Floats{};
        Doubles h = widened(h0), c = widened(c0);
        const CellOutput expected = recurrentCell(kind, x, weight, bias, h, c, L);
        const bool lstm = kind == Kind::Lstm;
        const auto ran = [&](bool probed) {
            const Tensor state = vector(h0), cellState = vector(c0);
            const Padded in = padded(x, L, G * H, 1, 2), out = paddedZeros(L, H, 3, 0), gates = paddedZeros(L, G * H, 0, 1),
                         cell = paddedZeros(L, H, 1, 1);
            run([&](Ops& ops) {
                std::int64_t t = 0;
                for (const std::int64_t n : cuts.empty() ? std::vector<std::int64_t>{L} : cuts) {
                    ops.recurrentCell({.kind = kind, .x = in.view.rowRange(t, n), .weight = weights(weight, {G * H, H}, type),
                                       .bias = vector(bias), .h = state, .c = lstm ? cellState : Tensor{},
                                       .out = out.view.rowRange(t, n), .gates = probed ? gates.view.rowRange(t, n) : Tensor{},
                                       .cell = probed && lstm ? cell.view.rowRange(t, n) : Tensor{}});
                    t += n;
                }
            });
            if (probed) {
                EXPECT_LT(relativeError(download(gates), expected.gates), kTolerance);
                if (lstm) { EXPECT_LT(relativeError(download(cell), expected.cell), kTolerance); }
                EXPECT_LT(relativeError(download(state), h), kTolerance);
                if (lstm) { EXPECT_LT(relativeError(download(cellState), c), kTolerance); }
            }
            return download(out);
        };
        const Floats seen = ran(true);
        EXPECT_LT(relativeError(seen, expected.out), kTolerance);
        EXPECT_EQ(ran(false), seen) << "probes changed bits";
    }
};
MS_EVERY_BACKEND(Cell);

TEST_P(Cell, OddSizes) {
    for (const Kind kind : {Kind::RnnTanh, Kind::RnnRelu, Kind::Lstm, Kind::Gru})
        for (const std::int64_t H : {1, 5, 64, 97}) {
            expectRight(kind, 1, H);
            expectRight(kind, 30, H);
        }
}

TEST_P(Cell, StoredTypesAndNoBias) {
    for (const Kind kind : {Kind::RnnTanh, Kind::Lstm, Kind::Gru})
        for (const DType type : {DType::F16, DType::BF16}) expectRight(kind, 9, 37, type, false);
}

// More weights than one tile or workgroup keeps: a step a token.
TEST_P(Cell, LargeLayers) {
    for (const Kind kind : {Kind::RnnTanh, Kind::Lstm, Kind::Gru}) expectRight(kind, 5, 373);
}

TEST_P(Cell, CallsContinueEachOther) {
    for (const Kind kind : {Kind::RnnRelu, Kind::Lstm, Kind::Gru}) expectRight(kind, 20, 64, DType::F32, true, {1, 7, 12});
}

TEST_P(Cell, ExtremeInputsSaturate) {
    const std::int64_t H = 8;
    Floats x(static_cast<std::size_t>(4 * H));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 2 ? 300.0f : -300.0f;
    const Floats weight(static_cast<std::size_t>(4 * H * H)), zero(static_cast<std::size_t>(H));
    Doubles h(zero.begin(), zero.end()), c = h;
    const CellOutput expected = recurrentCell(Kind::Lstm, x, weight, {}, h, c, 1);
    const Tensor out = zeros({1, H}), state = zeros({H}), cell = zeros({H});
    run([&](Ops& ops) {
        ops.recurrentCell({.kind = Kind::Lstm, .x = upload(x, {1, 4 * H}), .weight = weights(weight, {4 * H, H}), .h = state,
                           .c = cell, .out = out});
    });
    EXPECT_LT(maxAbsError(download(out), expected.out), 1e-6);
}

class Rotation : public EveryBackend {
protected:
    void expectRight(std::int64_t L, std::int64_t heads, std::int64_t groups, std::int64_t N, std::int64_t angles,
                     std::vector<std::int64_t> cuts = {}) {
        SCOPED_TRACE(testing::Message() << "L " << L << " heads " << heads << " groups " << groups << " d_state " << N << " angles "
                                        << angles);
        const Floats B = normal(L * groups * N, 1), C = normal(L * groups * N, 2), biasB = normal(heads * N, 3),
                     biasC = normal(heads * N, 4), turn = normal(L * angles, 5), dt = uniform(L * heads, 6, 0, 1.5f),
                     start = uniform(heads * angles, 7, -3, 3);
        Doubles angle = widened(start);
        const RotationOutput expected = rotateStates(B, C, biasB, biasC, turn, dt, angle, L, heads, groups, N);
        const Tensor state = upload(start, {heads, angles});
        const Padded b = padded(B, L, groups * N, 1, 2), c = padded(C, L, groups * N, 0, 3), t = padded(turn, L, angles, 2, 0),
                     d = padded(dt, L, heads, 1, 1), K = paddedZeros(L, heads * N, 1, 0), Q = paddedZeros(L, heads * N, 0, 5);
        if (cuts.empty()) cuts = {L};
        run([&](Ops& ops) {
            std::int64_t at = 0;
            for (const std::int64_t n : cuts) {
                ops.rotateStates({.B = b.view.rowRange(at, n), .C = c.view.rowRange(at, n), .biasB = weights(biasB, {heads, N}),
                                  .biasC = weights(biasC, {heads, N}), .turn = t.view.rowRange(at, n),
                                  .dt = d.view.rowRange(at, n), .angle = state, .K = K.view.rowRange(at, n),
                                  .Q = Q.view.rowRange(at, n)});
                at += n;
            }
        });
        EXPECT_LT(relativeError(download(K), expected.K), kTolerance);
        EXPECT_LT(relativeError(download(Q), expected.Q), kTolerance);
        const Floats end = download(state);
        for (std::size_t i = 0; i < end.size(); ++i) {  // the same place on the circle
            EXPECT_NEAR(std::cos(end[i]), std::cos(angle[i]), 2e-5);
            EXPECT_NEAR(std::sin(end[i]), std::sin(angle[i]), 2e-5);
            EXPECT_LE(std::abs(end[i]), 3.1416f);
        }
    }
};
MS_EVERY_BACKEND(Rotation);

TEST_P(Rotation, OddSizes) {
    expectRight(1, 1, 1, 2, 1);
    expectRight(65, 4, 2, 32, 8);
    expectRight(30, 6, 1, 33, 16);
    expectRight(7, 3, 3, 5, 1);
}

TEST_P(Rotation, CallsContinueEachOther) { expectRight(50, 4, 1, 16, 8, {1, 7, 42}); }

class Steps : public EveryBackend {};
MS_EVERY_BACKEND(Steps);

TEST_P(Steps, AsTheMambaRepository) {
    const std::int64_t L = 9, H = 5;
    const Floats x = normal(L * H, 1, 0, 4), trap = normal(L * H, 2, 0, 3);
    Floats far = x;
    far[3] = -1e6f;  // held by the floor
    const Floats dt = uniform(L * H, 3, 0, 0.5f);
    Doubles A, lambda, retention, own;
    for (std::size_t i = 0; i < far.size(); ++i) {
        const double v = far[i];
        A.push_back(-std::max(v >= 0 ? 1 + v : 1 / (1 - v), 1e-4));
        lambda.push_back(1 / (1 + std::exp(-static_cast<double>(trap[i]))));
        retention.push_back(std::exp(dt[i] * A[i]));
        own.push_back(dt[i] * lambda[i]);
    }
    const Padded outA = paddedZeros(L, H, 1, 1), outLambda = paddedZeros(L, H, 0, 2), kept = paddedZeros(L, H, 1, 0),
                 written = paddedZeros(L, H, 0, 1);
    TrapezoidStepsArgs args{.x = padded(far, L, H, 2, 1).view, .trap = padded(trap, L, H, 0, 1).view,
                            .dt = padded(dt, L, H, 1, 0).view, .A = outA.view, .lambda = outLambda.view,
                            .retention = kept.view, .ownStep = written.view};
    run([&](Ops& ops) { ops.trapezoidSteps(args); });
    EXPECT_LT(relativeError(download(kept), retention), kTolerance);
    EXPECT_LT(relativeError(download(written), own), kTolerance);
    args.retention = args.ownStep = {};
    run([&](Ops& ops) { ops.trapezoidSteps(args); });
    EXPECT_LT(relativeError(download(outA), A), kTolerance);
    EXPECT_LT(relativeError(download(outLambda), lambda), kTolerance);
}

}  // namespace
}  // namespace ms::test
