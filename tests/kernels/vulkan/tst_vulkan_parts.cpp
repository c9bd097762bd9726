// The pieces that need no device: free space, hazards, reflection.
#include <gtest/gtest.h>

#include <array>

#include "engine/vulkan/free_list.h"
#include "engine/vulkan/hazards.h"
#include "engine/vulkan/kernel_code.h"
#include "engine/vulkan/spirv_reflection.h"
#include "shaders/include/ssm_params.h"

namespace ms {
namespace {

TEST(FreeList, MergesNeighboursInAnyOrder) {
    FreeList list(1024);
    const auto a = list.take(256), b = list.take(256), c = list.take(512);
    ASSERT_TRUE(a && b && c);
    EXPECT_FALSE(list.take(1));
    list.give(*a, 256);
    list.give(*c, 512);
    EXPECT_FALSE(list.take(768));
    EXPECT_FALSE(list.allFree());
    list.give(*b, 256);
    EXPECT_TRUE(list.allFree());
    EXPECT_EQ(list.take(1024), 0u);
}

TEST(FreeList, PrefersTheTightestGap) {
    FreeList list(1024);
    const auto a = list.take(512), b = list.take(128), c = list.take(128);
    ASSERT_TRUE(a && b && c);
    list.give(*a, 512);
    list.give(*c, 128);  // joins the tail: 384 behind
    EXPECT_EQ(list.take(300), *c);
}

VkBuffer fake(std::uintptr_t id) { return reinterpret_cast<VkBuffer>(id); }

TEST(HazardTracker, OnlyOverlapWithAWriteConflicts) {
    HazardTracker tracker;
    tracker.add(std::array{Access{fake(1), 0, 100, true, false}, Access{fake(1), 100, 200, false, true}});
    const auto conflicts = [&](Access a) { return tracker.conflicts(std::array{a}); };
    EXPECT_FALSE(conflicts({fake(1), 0, 100, true, false}));    // read after read
    EXPECT_TRUE(conflicts({fake(1), 50, 60, false, true}));     // write after read
    EXPECT_TRUE(conflicts({fake(1), 199, 300, true, false}));   // read after write
    EXPECT_TRUE(conflicts({fake(1), 100, 101, false, true}));   // write after write
    EXPECT_FALSE(conflicts({fake(1), 200, 300, true, true}));   // beside
    EXPECT_FALSE(conflicts({fake(2), 100, 200, true, true}));   // another buffer
    tracker.clear();
    EXPECT_FALSE(conflicts({fake(1), 100, 101, false, true}));
}

TEST(Reflection, KnowsBindingsAndParameters) {
    const auto lanes = reflect(kernelCode("scan_lanes_f32"));
    ASSERT_TRUE(lanes) << lanes.error().message;
    EXPECT_EQ(lanes->pushBytes, sizeof(kernels::ScanParams));
    ASSERT_EQ(lanes->bindings.size(), 13u);
    for (std::uint32_t slot = 0; slot < 13; ++slot) {
        const ReflectedBinding& b = lanes->bindings[slot];
        EXPECT_EQ(b.slot, slot);
        EXPECT_FALSE(b.texel);
        EXPECT_EQ(b.writes, slot >= 8) << slot;
        EXPECT_EQ(b.reads, slot <= 8) << slot;
    }
}

TEST(Reflection, RefusesWhatIsNotSpirv) {
    EXPECT_FALSE(reflect({}));
    const std::array<std::uint32_t, 6> cut{0x07230203, 0x00010300, 0, 10, 0, (9u << 16) | 71u};
    EXPECT_FALSE(reflect(cut));
    EXPECT_TRUE(kernelCode("no such kernel").empty());
}

}  // namespace
}  // namespace ms
