// gatedRmsNorm on every backend.
#include "tests/kernels/recurrent/every_backend.h"

namespace ms::test {
namespace {

using namespace reference;

struct NormCase {
    std::int64_t L, d, groups = 1;
    bool gated = true;
    enum class Weight { None, Shared, Whole } weight = Weight::Whole;
    bool inPlace = false;
    bool norm = true;
};

class GatedNorm : public EveryBackend {
protected:
    void expectRight(const NormCase& c) {
        SCOPED_TRACE(testing::Message() << "L " << c.L << " d " << c.d << " groups " << c.groups << (c.gated ? " gated" : ""));
        using enum NormCase::Weight;
        NormInput in{.L = c.L, .d = c.d, .groups = c.groups, .x = normal(c.L * c.d, 1), .z = {}, .weight = {}, .norm = c.norm};
        if (c.gated) in.z = normal(c.L * c.d, 2, 0, 2);
        if (c.weight != None) in.weight = normal(c.weight == Whole ? c.d : c.d / c.groups, 3, 1, 0.3f);
        const NormOutput expected = gatedRmsNorm(in);
        const Padded x = padded(in.x, c.L, c.d, 3, 1), z = padded(c.gated ? in.z : Floats(in.x.size()), c.L, c.d, 1, 4);
        const Padded out = paddedZeros(c.L, c.d, 2, 5), gate = paddedZeros(c.L, c.d, 0, 1);
        const Padded& to = c.inPlace ? x : out;
        run([&](Ops& ops) {
            ops.gatedRmsNorm({.x = x.view, .z = c.gated ? z.view : Tensor{}, .weight = vector(in.weight),
                              .groups = c.groups, .norm = c.norm, .out = to.view, .gate = c.gated ? gate.view : Tensor{}});
        });
        EXPECT_LT(relativeError(download(to), expected.out), kTolerance);
        if (!c.gated) return;
        EXPECT_LT(relativeError(download(gate), expected.gate), kTolerance);
    }
};
MS_EVERY_BACKEND(GatedNorm);

TEST_P(GatedNorm, OddSizes) {
    for (const std::int64_t d : {1, 5, 72, 251, 600})
        for (const std::int64_t L : {1, 3, 33}) expectRight({.L = L, .d = d});
}

TEST_P(GatedNorm, Groups) {
    using enum NormCase::Weight;
    for (const NormCase::Weight weight : {None, Shared, Whole})
        for (const bool gated : {false, true}) {
            expectRight({.L = 7, .d = 192, .groups = 2, .gated = gated, .weight = weight});
            expectRight({.L = 5, .d = 111, .groups = 3, .gated = gated, .weight = weight});
        }
}

TEST_P(GatedNorm, GateAlone) {
    using enum NormCase::Weight;
    for (const NormCase::Weight weight : {None, Whole}) expectRight({.L = 9, .d = 71, .weight = weight, .norm = false});
}

TEST_P(GatedNorm, InPlace) {
    using enum NormCase::Weight;
    expectRight({.L = 9, .d = 72, .gated = true, .inPlace = true});
    expectRight({.L = 9, .d = 300, .groups = 2, .gated = false, .weight = None, .inPlace = true});
}

TEST_P(GatedNorm, RefusesWhatDoesNotFit) {
    const Tensor x = zeros({3, 10}), out = zeros({3, 10});
    const auto refused = [&](const GatedRmsNormArgs& args) {
        const auto program = current().record("test", [&](Ops& ops) { ops.gatedRmsNorm(args); });
        return program ? std::string() : program.error().message;
    };
    EXPECT_EQ(refused({.x = x, .groups = 3, .out = out}), "test: gatedRmsNorm: 3 groups do not divide 10 columns");
    EXPECT_EQ(refused({.x = x, .out = out, .gate = out}), "test: gatedRmsNorm: gate asked for without z");
    EXPECT_EQ(refused({.x = x, .weight = zeros({4}), .groups = 2, .out = out}), "test: gatedRmsNorm: weight is [4], not [1, 5]");
}

}  // namespace
}  // namespace ms::test
