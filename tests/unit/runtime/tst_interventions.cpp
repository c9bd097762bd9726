// Lists of interventions on both backends: what they come to together, how long they last, which are refused.
#include <algorithm>
#include <functional>

#include "tests/unit/runtime/intervention_fixture.h"

namespace ms {
namespace {

TEST_P(InterventionTest, ChangesOfNothingChangeNoBit) {
    const List list{{.kind = Kind::AblateLayer, .enabled = false}, scale(1)};
    for (const std::int64_t way : kWays) {
        const Outcome plain = run({}, way), neutral = run(kNeutral, way);
        expectSameBits(run(list, way), plain, "scale by 1, way " + std::to_string(way));
        const bool fused = std::string(GetParam()) == "gpuKernels" && (way == 1 || way == kStepwise);
        if (fused) EXPECT_LT(distance(neutral.logits, plain.logits), 1e-5) << "way " << way;
        else expectSameBits(neutral, plain, "wide limits, way " + std::to_string(way));
    }
}

TEST_P(InterventionTest, HowTokensAreCutDoesNotMatter) {
    const List list{scale(3, {LayerIndex(0)}), limit(0.01f, 0.2f, {LayerIndex(2)}),
                    simple(Kind::ZeroChannels, {LayerIndex(1)}, {ChannelIndex(4), ChannelIndex(90)}),
                    simple(Kind::FreezeChannels, {}, {ChannelIndex(7)}), simple(Kind::AblateLayer, {LayerIndex(1)})};
    const Outcome whole = run(list, 0), plain = run({}, 0);
    EXPECT_GT(distance(whole.logits, plain.logits), 1e-2);
    for (const std::int64_t way : kWays)
        EXPECT_LT(distance(run(list, way).logits, whole.logits), 1e-5) << "way " << way;
    expectSameBits(run(list, kStepwise), run(list, 1), "step by step and in chunks of one");
}

TEST_P(InterventionTest, StayUntilTakenBack) {
    const std::vector<TokenId> prompt = ids(9);
    const List list{scale(0.25f)};
    auto s = session();
    const StateSnapshot start = *s->snapshot();
    const Floats plain = read(*s, prompt);
    ASSERT_TRUE(s->reset());
    ASSERT_TRUE(s->setInterventions(list));
    EXPECT_EQ(List(s->interventions().begin(), s->interventions().end()), list);
    const Floats changed = read(*s, prompt);
    EXPECT_NE(changed, plain);
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(read(*s, prompt), changed);
    ASSERT_TRUE(s->restore(start));
    EXPECT_EQ(read(*s, prompt), changed);

    const List wrong{scale(1), simple(Kind::AblateLayer, {LayerIndex(3)})};
    EXPECT_FALSE(s->setInterventions(wrong));
    EXPECT_EQ(List(s->interventions().begin(), s->interventions().end()), list) << "a refused list changes nothing";
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(read(*s, prompt), changed);
    ASSERT_TRUE(s->setInterventions({}));
    EXPECT_TRUE(s->interventions().empty());
    ASSERT_TRUE(s->reset());
    EXPECT_EQ(read(*s, prompt), plain);
}

TEST_P(InterventionTest, ListsComposeInOrder) {
    // Only of the first layer is Δ known beforehand: its input does not change.
    const auto dt = whole(ProbePoint::Dt, {LayerIndex(0)});
    const auto compare = [&](const List& list, const std::function<float(float)>& expected) {
        for (const std::int64_t way : kWays) {
            const Outcome plain = run(kNeutral, way, {dt}), changed = run(list, way, {dt});
            Floats wanted = plain.series(ProbePoint::Dt, 0);
            for (float& v : wanted) v = expected(v);
            EXPECT_TRUE(changed.series(ProbePoint::Dt, 0) == wanted) << list.front().describe() << ", way " << way;
        }
    };
    const List clampFirst{limit(0.02f, 0.05f), scale(4), scale(0.5f)};
    compare(clampFirst, [](float v) { return std::clamp(v, 0.02f, 0.05f) * 2; });
    const List scaleFirst{scale(4), limit(0.02f, 0.05f)};
    compare(scaleFirst, [](float v) { return std::clamp(v * 4, 0.02f, 0.05f); });
    const List thawed{simple(Kind::FreezeChannels), limit(0.125f, kInfinity), scale(0)};
    compare(thawed, [](float) { return 0.0f; });
    const List floored{simple(Kind::FreezeChannels), limit(0.125f, kInfinity)};
    compare(floored, [](float) { return 0.125f; });
    const List huge{scale(3e38f), scale(3e38f), simple(Kind::FreezeChannels)};
    compare(huge, [](float) { return 0.0f; });
}

INSTANTIATE_TEST_SUITE_P(Devices, InterventionTest, testing::Values("host", "llvmpipe", "gpuKernels"),
                         [](const auto& which) { return std::string(which.param); });

TEST(Interventions, DescribeThemselves) {
    const LayerIndex three(3);
    EXPECT_EQ(scale(0.5f, {three}, {ChannelIndex(5), ChannelIndex(8)}).describe(), "layer 3, channels 5, 8: Δ × 0.5");
    EXPECT_EQ(scale(0.1f).describe(), "all layers, all channels: Δ × 0.1");
    EXPECT_EQ(limit(0.1f, kInfinity, {LayerIndex(1), three}).describe(), "layers 1, 3, all channels: Δ ≥ 0.1");
    EXPECT_EQ(limit(0, 0.25f).describe(), "all layers, all channels: Δ ≤ 0.25");
    EXPECT_EQ(limit(0.1f, 0.25f).describe(), "all layers, all channels: 0.1 ≤ Δ ≤ 0.25");
    EXPECT_EQ(simple(Kind::ZeroChannels, {three}, {ChannelIndex(5)}).describe(), "layer 3, channel 5: output zero");
    EXPECT_EQ(simple(Kind::FreezeChannels, {three}, {ChannelIndex(5)}).describe(), "layer 3, channel 5: frozen");
    EXPECT_EQ(simple(Kind::AblateLayer, {three}, {ChannelIndex(5)}).describe(), "layer 3: ablated");
}

TEST(Interventions, RefuseWhatDoesNotSuitTheModel) {
    const ModelDims dims{
        .d_model = 64, .n_layer = 3, .d_inner = 128, .d_state = 16, .d_conv = 4, .dt_rank = 4, .vocab = 320};
    const auto refused = [&](const Intervention& i, std::initializer_list<const char*> words) {
        const auto result = checkIntervention(i, dims);
        ASSERT_FALSE(result) << i.describe();
        EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
        EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
        for (const char* word : words)
            EXPECT_NE(result.error().message.find(word), std::string::npos)
                << result.error().message << " lacks " << word;
    };
    refused(scale(1, {LayerIndex(0), LayerIndex(3)}), {"layers", "layer 3", "0 to 2"});
    refused(scale(1, {LayerIndex(-1)}), {"layers", "layer -1"});
    refused(scale(1, {}, {ChannelIndex(128)}), {"channels", "channel 128", "0 to 127"});
    for (const float factor : {-1.0f, kNaN, kInfinity}) refused(scale(factor), {"factor"});
    for (const float low : {-1.0f, kNaN, kInfinity}) refused(limit(low, kInfinity), {"low"});
    for (const float high : {0.5f, -1.0f, kNaN}) refused(limit(1, high), {"high"});
    Intervention disabled = scale(-1);
    disabled.enabled = false;
    refused(disabled, {"factor"});
    EXPECT_TRUE(checkIntervention(limit(1, 1), dims));
    EXPECT_TRUE(checkIntervention(simple(Kind::AblateLayer, {LayerIndex(2)}, {ChannelIndex(999)}), dims))
        << "it does not read channels";
}

}  // namespace
}  // namespace ms
