// Sessions whose state grows with every token: room is made as they read, and nothing else grows.
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "engine/probe/state_layout.h"
#include "engine/runtime/snapshot_file.h"
#include "tests/unit/runtime/session_fixture.h"

namespace ms {
namespace {

constexpr std::size_t kLong = 2 * kFirstCapacity + 90;  // room is made twice

class GrowingState : public SessionFixture {
protected:
    void SetUp() override {
        SessionFixture::SetUp();
        if (!IsSkipped()) m_model = model("jamba-tiny");
    }
    [[nodiscard]] std::vector<TokenId> text(std::size_t count) const {
        std::vector<TokenId> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<TokenId>((i * i + 7 * i) % static_cast<std::size_t>(m_model->dims().vocab)));
        return all;
    }
    static void expectClose(const std::vector<float>& a, const std::vector<float>& b) {
        ASSERT_EQ(a.size(), b.size());
        double difference = 0, norm = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
            norm += std::pow(static_cast<double>(b[i]), 2);
        }
        EXPECT_LE(std::sqrt(difference / norm), 1e-4);
    }
};

TEST_P(GrowingState, MakesRoomWhileItReads) {
    const std::vector<TokenId> ids = text(kLong);
    const auto pieces = session(), whole = session();
    const std::vector<float> a = read(*pieces, ids, 64), b = read(*whole, ids, static_cast<std::int64_t>(ids.size()));
    expectClose(a, b);
    const auto more = pieces->step(1), moreOfWhole = whole->step(1);
    expectClose({more->begin(), more->end()}, {moreOfWhole->begin(), moreOfWhole->end()});
}

TEST_P(GrowingState, NothingButTheCachesGrows) {
    const auto s = session();
    read(*s, text(64), 64);
    ASSERT_TRUE(s->step(1));
    const std::uint64_t before = m_backend->allocatedBytes(), held = s->stateBytesHeld();
    for (const TokenId id : text(kLong)) ASSERT_TRUE(s->step(id));
    const std::uint64_t grown = s->stateBytesHeld() - held;
    EXPECT_GT(grown, 0u);
    EXPECT_LE(s->stateBytesHeld(), stateBytes(m_model->dims(), 2 * s->position().value));  // at most twice what is in use
    EXPECT_LE(m_backend->allocatedBytes(), before + grown + 65536);  // of programs recorded anew, whatever the length
}

TEST_P(GrowingState, SnapshotsKeepTheRowsInUse) {
    const std::vector<TokenId> ids = text(kLong);
    const auto s = session();
    read(*s, std::span(ids).first(300), 50);
    const auto kept = s->snapshot();
    ASSERT_TRUE(kept);
    std::uint64_t bytes = 0;
    for (const auto& tensor : kept->tensors) bytes += tensor.size();
    EXPECT_EQ(bytes, stateBytes(m_model->dims(), 300));
    const std::vector<float> once = read(*s, std::span(ids).subspan(300), 50);

    const auto other = session();  // it has to make room first
    ASSERT_TRUE(other->restore(*kept));
    EXPECT_EQ(read(*other, std::span(ids).subspan(300), 50), once);
    ASSERT_TRUE(s->restore(*kept));  // back to where fewer rows are in use
    EXPECT_EQ(read(*s, std::span(ids).subspan(300), 50), once);

    const auto file = std::filesystem::temp_directory_path() / ("growing-" + std::to_string(::getpid()) + ".snapshot");
    ASSERT_TRUE(saveSnapshot(file, {"here", *kept, {ids.begin(), ids.begin() + 300}, {}, m_model->info().name}));
    const auto loaded = loadSnapshot(file, *m_model);
    std::filesystem::remove(file);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->state.tensors, kept->tensors);
}

TEST_P(GrowingState, ResetBeginsAnew) {
    const std::vector<TokenId> ids = text(100);
    const auto s = session();
    const std::vector<float> first = read(*s, ids, 32);
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(read(*s, ids, 32), first);
}

TEST_P(GrowingState, LayersOfAnotherPositionAreRefused) {
    const std::vector<TokenId> ids = text(40);
    const auto s = session();
    read(*s, std::span(ids).first(20));
    const auto kept = s->snapshot();
    read(*s, std::span(ids).subspan(20));
    const auto& layers = m_model->dims().layers;
    LayerIndex attention(0), mamba(0);
    while (layers[static_cast<std::size_t>(attention.value)].kind != LayerKind::Attention) ++attention;
    const auto refused = s->restoreLayers(*kept, std::span(&attention, 1));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("token 20"), std::string::npos);
    EXPECT_TRUE(s->restoreLayers(*kept, std::span(&mamba, 1)));
}

TEST_P(GrowingState, ProbesOfEveryKindOfLayer) {
    const ModelDims& d = m_model->dims();
    std::vector<CaptureRequest> requests;
    for (const ProbeInfo& row : probeTable())
        if (d.has(row.point) && row.timing == ProbeTiming::EveryToken) requests.push_back(whole(row.point));  // others cut the chunks
    auto made = CapturePlan::create(requests, d);
    ASSERT_TRUE(made);
    const auto s = session();
    CapturedRows rows;
    ASSERT_TRUE(s->setCapture(*made, appendTo(rows)));
    const auto plain = session();
    EXPECT_EQ(read(*s, text(30), 10), read(*plain, text(30), 10));  // whoever looks changes nothing
    for (LayerIndex k(0); k.value < d.n_layer; ++k) {
        const LayerDims l = d.layer(k);
        const auto values = [&](ProbePoint point) { return rows[{point, k, Reduction::None}]; };
        EXPECT_EQ(values(ProbePoint::Dt).size(), static_cast<std::size_t>(30 * l.dtWidth()));
        if (l.kind == LayerKind::Attention) {
            const auto entropy = values(ProbePoint::AttentionEntropy), peak = values(ProbePoint::AttentionPeak);
            ASSERT_EQ(entropy.size(), static_cast<std::size_t>(30 * l.n_heads));
            EXPECT_NEAR(entropy[0], 0, 1e-6);  // the first token sees itself alone
            EXPECT_NEAR(peak[0], 1, 1e-6);
            for (std::size_t i = 0; i < entropy.size(); ++i) {
                const double tokens = static_cast<double>(i / static_cast<std::size_t>(l.n_heads)) + 1;
                EXPECT_LE(entropy[i], std::log(tokens) + 1e-4);
                EXPECT_GE(peak[i], 1 / tokens - 1e-4);
            }
            // Queries and keys are what the weights are made of: their softmax has the same entropy and peak.
            const auto query = values(ProbePoint::AttentionQuery), key = values(ProbePoint::AttentionKey);
            ASSERT_EQ(query.size(), static_cast<std::size_t>(30 * l.n_heads * l.head_dim));
            ASSERT_EQ(key.size(), static_cast<std::size_t>(30 * l.n_kv_heads * l.head_dim));
            for (std::int64_t t = 0; t < 30; ++t)
                for (std::int64_t head = 0; head < l.n_heads; ++head) {
                    const std::int64_t shared = head / (l.n_heads / l.n_kv_heads);
                    std::vector<double> weight;
                    double total = 0, most = 0, spread = 0;
                    for (std::int64_t seen = 0; seen <= t; ++seen) {
                        double product = 0;
                        for (std::int64_t i = 0; i < l.head_dim; ++i)
                            product += double(query[static_cast<std::size_t>((t * l.n_heads + head) * l.head_dim + i)]) *
                                       key[static_cast<std::size_t>((seen * l.n_kv_heads + shared) * l.head_dim + i)];
                        total += weight.emplace_back(std::exp(product / std::sqrt(double(l.head_dim))));
                    }
                    for (const double w : weight) {
                        most = std::max(most, w / total);
                        spread -= w / total * std::log(w / total);
                    }
                    const auto at = static_cast<std::size_t>(t * l.n_heads + head);
                    EXPECT_NEAR(peak[at], most, 1e-4) << t;
                    EXPECT_NEAR(entropy[at], spread, 1e-4) << t;
                }
        }
        if (l.feedForward == FeedForward::Experts) {
            const auto choice = values(ProbePoint::ExpertChoice), weight = values(ProbePoint::ExpertWeight);
            ASSERT_EQ(choice.size(), static_cast<std::size_t>(30 * l.n_chosen));
            ASSERT_EQ(weight.size(), choice.size());
            for (std::size_t i = 0; i < choice.size(); i += 2) {
                EXPECT_NE(choice[i], choice[i + 1]);
                EXPECT_LT(choice[i], static_cast<float>(l.n_experts));
                EXPECT_GE(weight[i], weight[i + 1]);
                EXPECT_LE(weight[i] + weight[i + 1], 1 + 1e-5f);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, GrowingState, testing::Values("host", "llvmpipe"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace ms
