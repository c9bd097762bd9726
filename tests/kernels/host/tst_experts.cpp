#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <cstring>
#include <set>

#include "tests/kernels/host/host_harness.h"
#include "tests/support/reference_experts.h"

namespace ms::test {
namespace {

struct Case {
    std::int64_t L, experts, k, N, K;
    DType type = DType::F32;
    bool ownRows = false;  ///< x has a row for every choice
};

std::vector<std::int32_t> idsIn(HostHarness& host, const Tensor& tensor) {
    std::vector<std::int32_t> ids(static_cast<std::size_t>(tensor.shape.elements()));
    std::memcpy(ids.data(), host.backend().hostPointer(tensor), ids.size() * sizeof(std::int32_t));
    return ids;
}

std::vector<Tensor> adopt(HostHarness& host, const Floats& weights, std::int64_t experts, Shape shape, DType type) {
    auto bytes = std::make_shared<std::vector<std::byte>>(reference::stored(type, weights));
    const std::size_t each = bytes->size() / static_cast<std::size_t>(experts);
    std::vector<std::span<const std::byte>> parts;
    for (std::size_t e = 0; e < static_cast<std::size_t>(experts); ++e) parts.push_back(std::span<const std::byte>(*bytes).subspan(e * each, each));
    auto tensors = host.backend().adoptExperts(type, shape, parts, bytes, "experts");
    EXPECT_TRUE(tensors.ok());
    return *tensors;
}

void expectRight(HostHarness& host, const Case& c) {
    SCOPED_TRACE(testing::Message() << "L " << c.L << ", " << c.k << " of " << c.experts << " experts " << c.N << " x " << c.K << " "
                                    << name(c.type));
    const std::int64_t slots = c.L * c.k;
    const Floats logits = reference::normal(c.L * c.experts, 1), x = reference::normal((c.ownRows ? slots : c.L) * c.K, 2);
    const Floats weights = reference::rounded(c.type, reference::normal(c.experts * c.N * c.K, 3, 0.0f, 0.1f));
    const Floats before = reference::normal(c.L * c.N, 4);
    const Tensor ids = host.zeros(c.L, c.k, DType::I32), share = host.zeros(c.L, c.k), y = host.uploadStrided(Floats(static_cast<std::size_t>(slots * c.N)), slots, c.N);
    const Tensor out = host.uploadStrided(before, c.L, c.N);
    host.run([&](Ops& ops) {
        ops.topExperts({host.uploadStrided(logits, c.L, c.experts), ids, share});
        ops.expertMatmul({host.uploadStrided(x, c.ownRows ? slots : c.L, c.K), adopt(host, weights, c.experts, {c.N, c.K}, c.type), ids, y});
        ops.mixExperts({y, share, out});
    });
    const auto choice = reference::topExperts(logits, c.L, c.experts, c.k, false);
    EXPECT_EQ(idsIn(host, ids), choice.ids);
    EXPECT_LE(reference::relativeError(host.download(share), choice.weights), kTolerance);
    EXPECT_LE(reference::relativeError(host.download(y), reference::expertMatmul(x, weights, choice.ids, c.N, c.K)), kTolerance);
    EXPECT_LE(reference::relativeError(host.download(out), reference::mixExperts(before, host.download(y), host.download(share), c.L, c.N)), kTolerance);
}

TEST(HostExperts, MatchTwinsAtOddSizes) {
    HostHarness host;
    for (const std::int64_t L : {1, 3, 65, 200})
        for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
            expectRight(host, {.L = L, .experts = 4, .k = 2, .N = 72, .K = 31, .type = type});
            expectRight(host, {.L = L, .experts = 16, .k = 2, .N = 131, .K = 48, .type = type, .ownRows = true});
        }
    expectRight(host, {.L = 7, .experts = 1, .k = 1, .N = 5, .K = 3});
    expectRight(host, {.L = 5, .experts = 256, .k = 16, .N = 3, .K = 8});
}

TEST(HostExperts, EqualLogitsGoByIndexAndMayBeNormalised) {
    HostHarness host;
    const Tensor ids = host.zeros(2, 3, DType::I32), share = host.zeros(2, 3);
    host.run([&](Ops& ops) { ops.topExperts({host.upload({1, 1, 1, 1, 0, 5, 0, 5}, 2, 4), ids, share, true}); });
    EXPECT_EQ(idsIn(host, ids), (std::vector<std::int32_t>{0, 1, 2, 1, 3, 0}));
    const Floats got = host.download(share);
    EXPECT_NEAR(got[0], 1.0 / 3, 1e-6);
    EXPECT_NEAR(got[3] + got[4] + got[5], 1.0, 1e-6);
}

// The weights of experts that nobody chose lie in memory that must not be touched: reading them would end the process.
TEST(HostExperts, WeightsOfOthersAreNotRead) {
    HostHarness host;
    const std::int64_t experts = 6, N = 64, K = 64, L = 3;
    const std::size_t each = static_cast<std::size_t>(N * K) * sizeof(float);  // whole pages
    auto* const memory = static_cast<std::byte*>(::mmap(nullptr, experts * each, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(memory, MAP_FAILED);
    const Floats weights = reference::normal(experts * N * K, 3), x = reference::normal(L * K, 2);
    std::memcpy(memory, weights.data(), experts * each);
    const std::vector<std::int32_t> chosen{4, 1, 1, 4, 4, 1};
    std::vector<std::span<const std::byte>> parts;
    for (std::size_t e = 0; e < experts; ++e) {
        parts.push_back({memory + e * each, each});
        if (e != 1 && e != 4) {
            ASSERT_EQ(::mprotect(memory + e * each, each, PROT_NONE), 0);
        }
    }
    const auto tensors = host.backend().adoptExperts(DType::F32, {N, K}, parts, nullptr, "experts");
    ASSERT_TRUE(tensors.ok());
    const Tensor out = host.zeros(2 * L, N);
    host.run([&](Ops& ops) {
        ops.expertMatmul({host.upload(x, L, K), *tensors, host.uploadIds(chosen).reshaped({L, 2}), out});
    });
    EXPECT_LE(reference::relativeError(host.download(out), reference::expertMatmul(x, weights, chosen, N, K)), kTolerance);
    ::munmap(memory, experts * each);
}

TEST(HostExperts, RefusesTooManyChoices) {
    HostHarness host;
    const auto program = host.backend().record("test", [&](Ops& ops) {
        ops.topExperts({host.zeros(1, 300), host.zeros(1, 2, DType::I32), host.zeros(1, 2)});
    });
    ASSERT_FALSE(program);
    EXPECT_NE(program.error().message.find("2 of 300 experts"), std::string::npos) << program.error().message;
}

}  // namespace
}  // namespace ms::test
