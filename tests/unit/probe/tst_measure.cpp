#include <gtest/gtest.h>

#include "engine/probe/measure.h"

namespace ms {
namespace {

/// Three layers of the kind that has the measure's point, 128 channels or heads wide.
ModelDims dimsFor(const MeasureInfo& row) {
    ModelDims dims{64, 3, 128, 16, 4, 4, 320};
    if (dims.has(row.point)) return dims;
    LayerDims layer{.kind = LayerKind::Attention, .d_inner = 128, .d_state = 1, .n_heads = 128, .head_dim = 1, .n_kv_heads = 128};
    for (const LayerKind kind : {LayerKind::Attention, LayerKind::Gru, LayerKind::Lstm}) {
        layer.kind = kind;
        dims.setLayers({layer, layer, layer});
        if (dims.has(row.point)) break;
    }
    return dims;
}

TEST(MeasureTable, RowsAreFoundByTheirKeysAndSayWhatTheyAre) {
    for (const MeasureInfo& row : measureTable()) {
        EXPECT_EQ(measureByKey(row.key), &row) << row.key << " is there twice";
        EXPECT_FALSE(row.title.empty() || row.symbol.empty() || row.definition.empty()) << row.key;
    }
    EXPECT_EQ(measureByKey("delta"), nullptr);
    EXPECT_EQ(measureByKey("retention")->point, ProbePoint::Retention);
    EXPECT_EQ(measureByKey("write_strength")->point, ProbePoint::WriteStrength);
}

TEST(MeasureTable, SeriesAreOneFloatPerLayerAndToken) {
    for (const MeasureInfo& row : measureTable()) {
        const CaptureRequest all = seriesRequest(row), one = seriesRequest(row, LayerIndex(2));
        const auto plan = CapturePlan::create(std::span(&all, 1), dimsFor(row));
        ASSERT_TRUE(plan) << row.key << ": " << plan.error().message;
        EXPECT_EQ(plan->entries().size(), 3u) << row.key;
        for (const CaptureEntry& entry : plan->entries()) {
            EXPECT_EQ(entry.width, 1) << row.key;
            EXPECT_EQ(entry.key.point, row.point);
        }
        EXPECT_EQ(plan->chunkStride(), 0) << row.key << " would cut a session's chunks";
        EXPECT_EQ(one.layers, std::vector{LayerIndex(2)});
    }
}

TEST(MeasureTable, ChannelFormsAreRowsOfOneLayer) {
    int forms = 0;
    for (const MeasureInfo& row : measureTable()) {
        if (!row.perChannel) continue;
        ++forms;
        const CaptureRequest request = channelsRequest(row, LayerIndex(1));
        const auto plan = CapturePlan::create(std::span(&request, 1), dimsFor(row));
        ASSERT_TRUE(plan) << row.key << ": " << plan.error().message;
        ASSERT_EQ(plan->entries().size(), 1u);
        EXPECT_EQ(plan->entries().front().width, dimsFor(row).d_inner) << row.key;
    }
    EXPECT_GE(forms, 8);
}

TEST(MeasureTable, ChangesAreSignedAndShareTheirSeries) {
    const MeasureInfo* change = measureByKey("state_norm_change");
    ASSERT_NE(change, nullptr);
    EXPECT_TRUE(change->difference && change->isSigned);
    EXPECT_EQ(seriesRequest(*change), seriesRequest(*measureByKey("state_norm")));
    for (const MeasureInfo& row : measureTable()) EXPECT_LE(row.difference, row.isSigned) << row.key;
}

}  // namespace
}  // namespace ms
