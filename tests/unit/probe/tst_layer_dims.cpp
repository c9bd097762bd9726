// Layers of different kinds: which points they have and how wide, what their state is made of, how captures skip them.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/probe/capture.h"
#include "engine/probe/state_layout.h"

namespace ms {
namespace {

constexpr LayerDims kMamba{.d_inner = 32, .d_state = 4, .d_conv = 4, .dt_rank = 2};
constexpr LayerDims kMamba2{.kind = LayerKind::Mamba2, .d_inner = 48, .d_state = 8, .d_conv = 4, .n_heads = 6, .head_dim = 8, .n_groups = 2};
constexpr LayerDims kAttention{.kind = LayerKind::Attention, .feedForward = FeedForward::Experts, .d_inner = 24, .n_heads = 3,
                               .head_dim = 8, .n_kv_heads = 1, .d_ff = 40, .n_experts = 4, .n_chosen = 2};
constexpr LayerDims kLstm{.kind = LayerKind::Lstm, .d_inner = 20, .d_state = 1};

ModelDims hybrid() {
    ModelDims dims{.d_model = 16, .vocab = 50};
    dims.setLayers({kMamba, kMamba2, kAttention});
    return dims;
}

TEST(LayerDims, TellHowWideAPointIs) {
    const ModelDims d = hybrid();
    EXPECT_EQ(d.n_layer, 3);
    EXPECT_EQ(d.d_inner, 48);  // of the widest
    EXPECT_EQ(d.d_state, 8);
    const LayerIndex mamba(0), mamba2(1), attention(2);
    EXPECT_EQ(d.width(ProbePoint::Dt, mamba), 32);
    EXPECT_EQ(d.width(ProbePoint::Dt, mamba2), 6);
    EXPECT_EQ(d.width(ProbePoint::Dt, attention), 0);
    EXPECT_EQ(d.width(ProbePoint::Dt), 32);
    EXPECT_EQ(d.width(ProbePoint::B, mamba), 4);
    EXPECT_EQ(d.width(ProbePoint::B, mamba2), 16);
    EXPECT_EQ(d.width(ProbePoint::State, mamba2), 48 * 8);
    EXPECT_EQ(d.width(ProbePoint::ConvState, mamba), 32 * 3);
    EXPECT_EQ(d.width(ProbePoint::ConvState, mamba2), (48 + 2 * 16) * 3);
    EXPECT_EQ(d.width(ProbePoint::AttentionEntropy, attention), 3);
    EXPECT_EQ(d.width(ProbePoint::ExpertChoice, attention), 2);
    EXPECT_FALSE(d.has(ProbePoint::AttentionPeak, mamba));
    EXPECT_TRUE(d.has(ProbePoint::AttentionPeak));
    EXPECT_FALSE(d.has(ProbePoint::ForgetGate));
    EXPECT_FALSE(d.has(ProbePoint::Dt, LayerIndex(3)));
    EXPECT_EQ(d.width(ProbePoint::Logits, LayerIndex(-1)), 50);
    EXPECT_EQ(d.width(ProbePoint::ResidPost, attention), 16);
    EXPECT_EQ(d.width(ProbePoint::Features), 0);  // of a model that reads text
}

TEST(LayerDims, Mamba3HasQueriesAndKeysOfItsStates) {
    ModelDims d{.d_model = 16};
    d.setLayers({{.kind = LayerKind::Mamba3, .d_inner = 48, .d_state = 10, .n_heads = 6, .head_dim = 8, .n_groups = 2, .n_angles = 3}, kLstm});
    EXPECT_EQ(d.width(ProbePoint::AttentionQuery, LayerIndex(0)), 6 * 10);
    EXPECT_EQ(d.width(ProbePoint::AttentionKey, LayerIndex(0)), 6 * 10);
    EXPECT_EQ(d.width(ProbePoint::InputGate, LayerIndex(0)), 6);  // λ
    EXPECT_EQ(d.width(ProbePoint::InputGate, LayerIndex(1)), 20);
    EXPECT_FALSE(d.has(ProbePoint::AttentionPeak));
}

TEST(LayerDims, AModelWithoutAListIsMambaAlike) {
    const ModelDims d{64, 3, 128, 16, 4, 4, 320, {}, {}};
    EXPECT_EQ(d.layer(LayerIndex(2)).describe(), "Mamba-1");
    EXPECT_EQ(d.width(ProbePoint::Y, LayerIndex(2)), 128);
    EXPECT_EQ(d.width(ProbePoint::Y, LayerIndex(3)), 0);
    EXPECT_EQ(d.width(ProbePoint::State), 128 * 16);
    EXPECT_FALSE(d.has(ProbePoint::AttentionEntropy));
}

TEST(LayerDims, DescribeThemselves) {
    EXPECT_EQ(kAttention.describe(), "attention + 4 experts, 2 chosen");
    EXPECT_EQ((LayerDims{.feedForward = FeedForward::Gated}.describe()), "Mamba-1 + gated MLP");
    EXPECT_EQ(kLstm.describe(), "LSTM");
}

TEST(StateLayout, IsOfEachLayersKind) {
    const std::vector<StateSlot> slots = stateLayout(hybrid());
    ASSERT_EQ(slots.size(), 6u);
    EXPECT_EQ(slots[2].shape, (Shape{48, 8}));
    EXPECT_EQ(slots[3].shape, (Shape{80, 3}));
    EXPECT_EQ(slots[4].part, StatePart::Keys);
    EXPECT_EQ(slots[5].part, StatePart::Values);
    EXPECT_TRUE(slots[5].perToken);
    EXPECT_EQ(slots[5].used(10), (Shape{10, 8}));
    EXPECT_EQ(slots[5].bytes(10), 320u);
    EXPECT_EQ(slots[0].bytes(10), slots[0].bytes(0));
}

TEST(StateLayout, BytesGrowWithAttentionAlone) {
    ModelDims attention{.d_model = 16}, mamba{.d_model = 16}, lstm{.d_model = 16};
    attention.setLayers({kAttention, kAttention});
    mamba.setLayers({kMamba, kMamba2});
    lstm.setLayers({kLstm});
    EXPECT_EQ(stateBytes(attention, 0), 0u);
    EXPECT_EQ(stateBytes(attention, 100), 2u * 2 * 100 * 8 * sizeof(float));
    EXPECT_EQ(stateBytes(mamba, 0), stateBytes(mamba, 1'000'000));
    EXPECT_EQ(stateBytes(lstm, 5), 2u * 20 * sizeof(float));  // cell and hidden state
}

TEST(CapturePlan, LeavesOutLayersWithoutThePoint) {
    const ModelDims d = hybrid();
    const auto planned = [&](ProbePoint point, std::vector<LayerIndex> layers = {}) {
        const CaptureRequest request{point, std::move(layers), Reduction::None, 1, 0, 0, 1};
        return CapturePlan::create(std::span(&request, 1), d);
    };
    const auto dt = planned(ProbePoint::Dt);
    ASSERT_TRUE(dt);
    ASSERT_EQ(dt->entries().size(), 2u);
    EXPECT_EQ(dt->entries()[0].width, 32);
    EXPECT_EQ(dt->entries()[1].width, 6);
    EXPECT_TRUE(planned(ProbePoint::Dt, {LayerIndex(2)})->empty());
    EXPECT_EQ(planned(ProbePoint::AttentionEntropy)->entries().front().key.layer, LayerIndex(2));
    const auto none = planned(ProbePoint::ForgetGate);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("this model has none"), std::string::npos);
}

}  // namespace
}  // namespace ms
