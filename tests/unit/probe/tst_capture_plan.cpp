#include <gtest/gtest.h>

#include "engine/probe/capture.h"

namespace ms {
namespace {

constexpr ModelDims kDims{64, 3, 128, 16, 4, 4, 320};

CaptureRequest request(ProbePoint point, Reduction reduction, std::int64_t stride = 1, std::vector<LayerIndex> layers = {}) {
    return {point, std::move(layers), reduction, stride, 0, 0, 1};
}

TEST(CapturePlan, UnitesRequestsAndTellsThePrice) {
    const CaptureRequest requests[] = {request(ProbePoint::Dt, Reduction::MeanChannels),
                                       request(ProbePoint::Dt, Reduction::MeanChannels, 1, {LayerIndex(1)}),
                                       request(ProbePoint::Dt, Reduction::None, 2, {LayerIndex(1)}),
                                       request(ProbePoint::Logits, Reduction::None)};
    const auto plan = CapturePlan::create(requests, kDims);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->entries().size(), 5u);  // three means, one raw, the logits
    EXPECT_DOUBLE_EQ(plan->bytesPerToken(), 4.0 * (3 + 128 / 2.0 + 320));
    EXPECT_TRUE(plan->wants(ProbePoint::Dt, LayerIndex(2)));
    EXPECT_FALSE(plan->wants(ProbePoint::Y, LayerIndex(2)));
    EXPECT_EQ(plan->chunkStride(), 0);
}

TEST(CapturePlan, MergesStridesToTheFiner) {
    const CaptureRequest requests[] = {request(ProbePoint::State, Reduction::L2, 6), request(ProbePoint::State, Reduction::L2, 4)};
    const auto plan = CapturePlan::create(requests, kDims);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->entries().front().stride, 2);
    EXPECT_EQ(plan->entries().front().width, 128);  // L2 over the states, one per channel
    EXPECT_EQ(plan->chunkStride(), 2);
}

TEST(CapturePlan, RefusesWhatCannotBeMet) {
    const auto refused = [](CaptureRequest r) {
        const auto plan = CapturePlan::create(std::span(&r, 1), kDims);
        return plan ? std::string() : plan.error().message;
    };
    EXPECT_NE(refused(request(ProbePoint::Dt, Reduction::None, 1, {LayerIndex(3)})).find("layer 3"), std::string::npos);
    EXPECT_NE(refused(request(ProbePoint::Dt, Reduction::None, 0)).find("stride"), std::string::npos);
    EXPECT_NE(refused(request(ProbePoint::Dt, Reduction::Histogram)).find("bins"), std::string::npos);
    CaptureRequest top = request(ProbePoint::B, Reduction::TopK);
    top.bins = 17;  // B has 16 values
    EXPECT_NE(refused(top).find("top-k"), std::string::npos);
}

TEST(ProbePoints, AreFoundByTheirKeys) {
    for (const ProbeInfo& row : probeTable()) {
        EXPECT_EQ(probePointByKey(row.key), row.point);
        EXPECT_FALSE(row.definition.empty());
    }
    EXPECT_EQ(probePointByKey("delta"), std::nullopt);
    EXPECT_EQ((SeriesKey{ProbePoint::Dt, LayerIndex(12), Reduction::None}).path(), "layer.12.dt");
    EXPECT_EQ((SeriesKey{ProbePoint::Logits, LayerIndex(-1), Reduction::MaxChannels}).path(), "logits.max");
}

}  // namespace
}  // namespace ms
