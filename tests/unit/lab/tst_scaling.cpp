// Cost against length: what is fitted, what is told, what is refused. Times themselves are for eyes, not for tests.
#include <gtest/gtest.h>

#include "engine/lab/scaling.h"
#include "engine/runtime/devices.h"

namespace ms {
namespace {

TEST(Scaling, StateOfASelectiveModelIsConstant) {
    auto backend = openDevice("host");
    auto model = Model::load(MS_TEST_DATA "/mamba-tiny", *backend);
    ASSERT_TRUE(model) << model.error().message;
    std::vector<std::int64_t> told;
    const std::vector<std::int64_t> lengths{3, 64, 201};
    const auto points = measureScaling(*model, lengths, {.repeats = 2}, [&](const ScalingPoint& p) { told.push_back(p.length); });
    ASSERT_TRUE(points) << points.error().message;
    EXPECT_EQ(told, lengths);
    for (const ScalingPoint& p : *points) {
        EXPECT_GT(p.prefillSeconds, 0);
        EXPECT_GT(p.decodeSeconds, 0);
        EXPECT_EQ(p.stateBytes, points->front().stateBytes);
    }
}

TEST(Scaling, CacheOfATransformerGrows) {
    auto backend = openDevice("host");
    auto model = Model::load(MS_TEST_DATA "/llama-tiny", *backend);
    ASSERT_TRUE(model) << model.error().message;
    const auto points = measureScaling(*model, std::vector<std::int64_t>{64, 2048}, {.repeats = 1});
    ASSERT_TRUE(points) << points.error().message;
    ASSERT_EQ(points->size(), 2u);
    EXPECT_GE(points->back().stateBytes, 8 * points->front().stateBytes);
}

TEST(Scaling, MeasuresEveryKernel) {
    auto backend = openDevice("host");
    for (const ScalingKernel kernel : kScalingKernels) {
        const auto points = measureKernel(**backend, kernel, std::vector<std::int64_t>{1, 33, 130}, {.repeats = 1});
        ASSERT_TRUE(points) << kernelName(kernel) << ": " << points.error().message;
        ASSERT_EQ(points->size(), 3u);
        for (const KernelPoint& p : *points) EXPECT_GT(p.seconds, 0) << kernelName(kernel);
    }
}

TEST(Scaling, LeavesOutWhatWouldTakeTooLong) {
    auto backend = openDevice("host");
    const auto points = measureKernel(**backend, ScalingKernel::Attention, std::vector<std::int64_t>{64, 1 << 20}, {.repeats = 1, .mostSeconds = 1});
    ASSERT_TRUE(points) << points.error().message;
    EXPECT_EQ(points->size(), 1u);
}

TEST(Scaling, RefusesBadLengthsAndStops) {
    auto backend = openDevice("host");
    for (const std::vector<std::int64_t>& lengths : {std::vector<std::int64_t>{0}, {5, 5}, {8, 4}, {-1, 3}})
        EXPECT_EQ(measureKernel(**backend, ScalingKernel::SsdScan, lengths).error().code, ErrorCode::InvalidArgument);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(measureKernel(**backend, ScalingKernel::SsdScan, std::vector<std::int64_t>{4}, {.stop = stop.get_token()}).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace ms
