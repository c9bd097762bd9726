// topExperts, expertMatmul and mixExperts, every variant.
#include <cmath>
#include <limits>
#include <string>

#include "tests/kernels/vulkan/vulkan_fixture.h"
#include "tests/support/reference_experts.h"

namespace ms::test {
namespace {

using namespace reference;

struct Case {
    std::int64_t L, experts, k, N, K;
    DType type = DType::F32;
    bool ownRows = false;  ///< x has a row for every choice
};

class Experts : public EveryVariant {
protected:
    std::vector<std::int32_t> idsIn(const Tensor& tensor) {
        std::vector<std::int32_t> ids(static_cast<std::size_t>(tensor.shape.elements()));
        EXPECT_TRUE(current().read(tensor, std::as_writable_bytes(std::span(ids))));
        return ids;
    }

    std::vector<Tensor> adopt(const Floats& values, std::int64_t experts, Shape shape, DType type) {
        const std::vector<std::byte> bytes = stored(type, values);
        const std::size_t each = bytes.size() / static_cast<std::size_t>(experts);
        std::vector<std::span<const std::byte>> parts;
        for (std::size_t e = 0; e < static_cast<std::size_t>(experts); ++e) parts.push_back(std::span(bytes).subspan(e * each, each));
        auto tensors = current().adoptExperts(type, shape, parts, nullptr, "experts");
        EXPECT_TRUE(tensors);
        return *tensors;
    }

    void expectRight(const Case& c) {
        SCOPED_TRACE("L " + std::to_string(c.L) + ", " + std::to_string(c.k) + " of " + std::to_string(c.experts) + " experts " +
                     std::to_string(c.N) + " x " + std::to_string(c.K) + " " + std::string(name(c.type)));
        const std::int64_t slots = c.L * c.k;
        const Floats logits = normal(c.L * c.experts, 1), x = normal((c.ownRows ? slots : c.L) * c.K, 2), before = normal(c.L * c.N, 4);
        const Choice choice = topExperts(logits, c.L, c.experts, c.k, false);
        const Floats all = rounded(c.type, normal(c.experts * c.N * c.K, 3, 0.0f, 0.1f));
        Floats given = all;  // what nobody chose must not be used
        for (std::int64_t e = 0; e < c.experts; ++e)
            if (std::find(choice.ids.begin(), choice.ids.end(), e) == choice.ids.end())
                std::fill_n(given.begin() + e * c.N * c.K, c.N * c.K, std::numeric_limits<float>::quiet_NaN());
        const std::int64_t around = c.K % 4 == 0 ? 4 : 3;
        const Padded in = padded(x, c.ownRows ? slots : c.L, c.K, around, around), y = paddedZeros(slots, c.N, 1, 0),
                     out = padded(before, c.L, c.N, 2, 1), share = paddedZeros(c.L, c.k, 0, 3);
        const Tensor ids = zeros({c.L, c.k}, DType::I32);
        run([&](Ops& ops) {
            ops.topExperts({padded(logits, c.L, c.experts, 1, 1).view, ids, share.view});
            ops.expertMatmul({in.view, adopt(given, c.experts, {c.N, c.K}, c.type), ids, y.view});
            ops.mixExperts({y.view, share.view, out.view});
        });
        EXPECT_EQ(idsIn(ids), choice.ids);
        EXPECT_LT(relativeError(download(share), choice.weights), kTolerance);
        EXPECT_LT(relativeError(download(y), expertMatmul(x, all, choice.ids, c.N, c.K)), kTolerance);
        EXPECT_LT(relativeError(download(out), mixExperts(before, download(y), download(share), c.L, c.N)), kTolerance);
    }
};
MS_EVERY_VARIANT(Experts);

TEST_P(Experts, MatchTwinsAtOddSizes) {
    for (const std::int64_t L : {1, 3, 65})
        for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
            expectRight({.L = L, .experts = 4, .k = 2, .N = 72, .K = 31, .type = type});
            expectRight({.L = L, .experts = 16, .k = 2, .N = 131, .K = 48, .type = type, .ownRows = true});
        }
    expectRight({.L = 7, .experts = 1, .k = 1, .N = 5, .K = 3});
    expectRight({.L = 5, .experts = 256, .k = 16, .N = 3, .K = 8});
}

TEST_P(Experts, EqualLogitsGoByIndexAndMayBeNormalised) {
    const Tensor ids = zeros({2, 3}, DType::I32), share = zeros({2, 3});
    run([&](Ops& ops) { ops.topExperts({upload({1, 1, 1, 1, 0, 5, 0, 5}, {2, 4}), ids, share, true}); });
    EXPECT_EQ(idsIn(ids), (std::vector<std::int32_t>{0, 1, 2, 1, 3, 0}));
    const Floats got = download(share);
    EXPECT_NEAR(got[0], 1.0 / 3, 1e-6);
    EXPECT_NEAR(got[3] + got[4] + got[5], 1.0, 1e-6);
}

TEST_P(Experts, RefusesExpertsThatLieApart) {
    const auto program = current().record("test", [&](Ops& ops) {
        ops.expertMatmul({zeros({1, 4}), {zeros({4, 4}), zeros({4, 4})}, zeros({1, 1}, DType::I32), zeros({1, 4})});
    });
    ASSERT_FALSE(program);
    EXPECT_NE(program.error().message.find("adoptExperts"), std::string::npos);
}

}  // namespace
}  // namespace ms::test
