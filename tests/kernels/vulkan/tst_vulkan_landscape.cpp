// Landscapes on whatever device draws, with validation and synchronization validation; skipped without a device.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "engine/base/log.h"
#include "engine/vulkan/landscape.h"

namespace ms {
namespace {

constexpr std::uint32_t kBackground = 0xff102030u;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// A scene that owns its values.
struct Field {
    LandscapeScene scene;
    std::vector<float> heights;
    std::vector<std::uint32_t> colours;

    Field(std::int64_t rows, std::int64_t columns, float height, std::uint32_t colour)
        : heights(static_cast<std::size_t>(rows * columns), height), colours(heights.size(), colour) {
        scene.rows = rows;
        scene.columns = columns;
        scene.heights = heights;
        scene.colours = colours;
        scene.width = 160;
        scene.height = 120;
        scene.background = scene.grid = kBackground;  // lines are not in the way
    }
    void set(std::int64_t row, std::int64_t column, float height, std::uint32_t colour) {
        heights[static_cast<std::size_t>(row * scene.columns + column)] = height;
        colours[static_cast<std::size_t>(row * scene.columns + column)] = colour;
    }
    void lookDown() {
        scene.camera.yaw = 0;
        scene.camera.pitch = 1.5f;
    }
};

int channel(std::uint32_t argb, int shift) { return static_cast<int>(argb >> shift & 0xffu); }

::testing::AssertionResult isColour(std::uint32_t seen, std::uint32_t wanted) {
    for (const int shift : {0, 8, 16, 24})
        if (std::abs(channel(seen, shift) - channel(wanted, shift)) > 2)
            return ::testing::AssertionFailure() << std::hex << seen << " instead of " << wanted;
    return ::testing::AssertionSuccess();
}

class Landscape : public ::testing::Test {
protected:
    static inline std::unique_ptr<LandscapeRenderer> renderer;
    std::uint64_t m_messagesBefore = 0;

    static void SetUpTestSuite() {
        auto created = LandscapeRenderer::create({.validation = true});
        if (created) renderer = std::move(*created);
        // The loader unloads drivers and layers with their instance; a leak checker could then no longer name them.
        for (const char* library : {"libvulkan_lvp.so", "libVkLayer_khronos_validation.so"})
            if (renderer) dlopen(library, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
    static void TearDownTestSuite() { renderer.reset(); }
    void SetUp() override {
        setLogSink([](LogLevel, const std::string& message) { ADD_FAILURE() << message; });
        if (listVulkanDevices().empty()) GTEST_SKIP() << "no Vulkan device";
        ASSERT_TRUE(renderer);
        m_messagesBefore = validationMessageCount();
    }
    void TearDown() override {
        EXPECT_EQ(validationMessageCount(), m_messagesBefore);
        setLogSink({});
    }

    static std::vector<std::uint32_t> render(const Field& field) {
        auto pixels = renderer->render(field.scene);
        if (!pixels) throw std::runtime_error(pixels.error().message);
        EXPECT_EQ(pixels->size(), static_cast<std::size_t>(field.scene.width) * static_cast<std::size_t>(field.scene.height));
        return *pixels;
    }
    /// The pixel where a point of the field must appear.
    static std::uint32_t seenAt(const Field& field, const std::vector<std::uint32_t>& pixels, float row, float column, float height) {
        const auto at = projectLandscape(field.scene, row, column, height);
        if (!at || at->first < 0 || at->second < 0 || at->first >= static_cast<float>(field.scene.width) ||
            at->second >= static_cast<float>(field.scene.height))
            throw std::runtime_error("outside the picture");
        return pixels[static_cast<std::size_t>(at->second) * static_cast<std::size_t>(field.scene.width) + static_cast<std::size_t>(at->first)];
    }
};

TEST_F(Landscape, LevelGroundHasExactlyItsColour) {
    Field field(5, 3, 0.5f, 0xff3366ccu);
    for (const auto& [yaw, pitch] : {std::pair(0.0f, 1.5f), std::pair(0.7f, 0.6f), std::pair(3.0f, 0.3f)}) {
        field.scene.camera.yaw = yaw;
        field.scene.camera.pitch = pitch;
        const auto pixels = render(field);
        for (const float row : {0.2f, 1.5f, 2.5f, 4.8f})
            for (const float column : {0.2f, 1.5f, 2.8f}) EXPECT_TRUE(isColour(seenAt(field, pixels, row, column, 0.5f), 0xff3366ccu));
        for (const std::size_t corner : {std::size_t{0}, std::size_t{159}, pixels.size() - 160, pixels.size() - 1})
            EXPECT_TRUE(isColour(pixels[corner], kBackground));
    }
}

TEST_F(Landscape, APeakAppearsWhereTheCameraPutsIt) {
    Field field(21, 21, 0.0f, 0xff0000ffu);
    field.set(5, 14, 1.0f, 0xffff0000u);
    field.scene.width = 331;
    field.scene.height = 251;
    for (const float yaw : {0.0f, 0.8f, 2.5f, -1.2f}) {
        field.scene.camera.yaw = yaw;
        const auto pixels = render(field);
        const auto peak = projectLandscape(field.scene, 5.5f, 14.5f, 1.0f), foot = projectLandscape(field.scene, 5.5f, 14.5f, 0.0f);
        ASSERT_TRUE(peak && foot);
        EXPECT_LT(peak->second, foot->second);  // up is up
        // The topmost red pixel is the peak's.
        std::size_t top = 0;
        while (top < pixels.size() && channel(pixels[top], 16) < 60) ++top;
        ASSERT_LT(top, pixels.size());
        EXPECT_NEAR(static_cast<float>(top % 331) + 0.5f, peak->first, 2.5f);
        EXPECT_NEAR(static_cast<float>(top / 331) + 0.5f, peak->second, 2.5f);
        const std::uint32_t seen = seenAt(field, pixels, 15.5f, 5.5f, 0.0f);
        EXPECT_TRUE(isColour(seen, 0xff0000ffu));
    }
}

TEST_F(Landscape, NearGroundHidesFarGround) {
    Field field(8, 16, 0.0f, 0xff404040u);
    for (std::int64_t row = 0; row < 8; ++row) {
        field.set(row, 2, 0.6f, 0xffff0000u);
        field.set(row, 13, 0.9f, 0xff00ff00u);
    }
    field.scene.camera.pitch = 0.1f;
    const auto redness = [](std::uint32_t c) { return channel(c, 16) - channel(c, 8); };
    field.scene.camera.yaw = 0;  // from the side of the last column
    EXPECT_LT(redness(seenAt(field, render(field), 4.2f, 2.5f, 0.5f)), 0);
    field.scene.camera.yaw = std::numbers::pi_v<float>;
    EXPECT_GT(redness(seenAt(field, render(field), 4.2f, 2.5f, 0.55f)), 0);
}

TEST_F(Landscape, HolesShowWhatLiesBehind) {
    Field field(6, 6, 0.4f, 0xffaabb22u);
    field.set(2, 3, kNan, 0xffff0000u);
    field.lookDown();
    const auto pixels = render(field);
    EXPECT_TRUE(isColour(seenAt(field, pixels, 2.5f, 3.5f, 0.4f), kBackground));
    for (const auto& [row, column] : {std::pair(1.5f, 3.5f), std::pair(2.5f, 2.5f), std::pair(3.5f, 4.5f)})
        EXPECT_TRUE(isColour(seenAt(field, pixels, row, column, 0.4f), 0xffaabb22u));
    EXPECT_FALSE(pickLandscape(field.scene, projectLandscape(field.scene, 2.5f, 3.5f, 0.4f)->first,
                               projectLandscape(field.scene, 2.5f, 3.5f, 0.4f)->second));

    Field nothing(3, 3, kNan, 0xffffffffu);
    for (const std::uint32_t pixel : render(nothing)) ASSERT_TRUE(isColour(pixel, kBackground));
}

TEST_F(Landscape, AnySizeOfFieldAndPicture) {
    for (const auto& [rows, columns] : {std::pair(1, 1), std::pair(1, 7), std::pair(7, 1), std::pair(3, 50), std::pair(1537, 17)})
        for (const auto& [width, height] : {std::pair(64, 48), std::pair(33, 17), std::pair(301, 90)}) {
            Field field(rows, columns, 0.5f, 0xffcc8844u);
            field.lookDown();
            field.scene.width = width;
            field.scene.height = height;
            const auto pixels = render(field);
            EXPECT_TRUE(isColour(pixels[static_cast<std::size_t>(height / 2 * width + width / 2)], 0xffcc8844u)) << rows << " × " << columns;
        }
    Field tiny(2, 2, 0.5f, 0xffcc8844u);
    tiny.scene.width = tiny.scene.height = 1;
    tiny.scene.camera.distance = 0.5f;
    EXPECT_TRUE(isColour(render(tiny).front(), 0xffcc8844u));
}

TEST_F(Landscape, LargeFieldsAreDrawnCoarserButKeepTheirPeaks) {
    Field field(4096, 128, 0.5f, 0xff2222ffu);
    field.scene.zeroLevel = 0.5f;
    field.scene.maxCells = 4096;
    field.set(1000, 63, 0.0f, 0xffff0000u);  // the farthest from zero, though the lowest
    field.lookDown();
    field.scene.width = 640;
    field.scene.height = 480;
    int red = 0;
    for (const std::uint32_t pixel : render(field)) red += channel(pixel, 16) > channel(pixel, 0) ? 1 : 0;
    EXPECT_GT(red, 0);
    EXPECT_LT(red, 40);
}

/// Colours that name their cell, shaded or not: red and green are shares of blue.
TEST_F(Landscape, PickingFindsTheCellThatIsDrawn) {
    Field field(12, 9, 0.0f, 0);
    for (std::int64_t r = 0; r < 12; ++r)
        for (std::int64_t c = 0; c < 9; ++c)
            field.set(r, c, 0.5f + 0.5f * std::sin(static_cast<float>(r) * 0.9f) * std::cos(static_cast<float>(c) * 0.7f),
                      0xff0000ffu | static_cast<std::uint32_t>(r * 20) << 16 | static_cast<std::uint32_t>(c * 25) << 8);
    field.scene.width = 320;
    field.scene.height = 240;
    for (const auto& [yaw, pitch] : {std::pair(0.6f, 0.6f), std::pair(2.2f, 0.25f), std::pair(-2.0f, 1.2f)}) {
        field.scene.camera.yaw = yaw;
        field.scene.camera.pitch = pitch;
        const auto pixels = render(field);
        int same = 0, other = 0;
        for (int y = 3; y < 240; y += 5)
            for (int x = 3; x < 320; x += 5) {
                const auto cell = pickLandscape(field.scene, static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f);
                const std::uint32_t seen = pixels[static_cast<std::size_t>(y * 320 + x)];
                std::pair<std::int64_t, std::int64_t> drawn{-1, -1};
                if (!isColour(seen, kBackground)) {
                    const double blue = channel(seen, 0) / 255.0;
                    drawn = {std::lround(channel(seen, 16) / blue / 20), std::lround(channel(seen, 8) / blue / 25)};
                }
                ++(drawn == cell.value_or(std::pair<std::int64_t, std::int64_t>(-1, -1)) ? same : other);
            }
        EXPECT_GT(same, 1000);
        EXPECT_LT(other, same / 25) << "yaw " << yaw;  // edges, where four samples are mixed
    }
}

TEST_F(Landscape, TheMarkedRowIsTraced) {
    Field field(9, 5, 0.3f, 0xff888888u);
    field.lookDown();
    field.scene.markedRow = 6;
    field.scene.mark = 0xffff00ffu;
    field.scene.width = 640;
    field.scene.height = 480;
    int marked = 0;
    for (const std::uint32_t pixel : render(field)) {
        const bool pink = channel(pixel, 16) > channel(pixel, 8) + 40;
        marked += pink ? 1 : 0;
    }
    EXPECT_GT(marked, 150);
    EXPECT_GT(channel(seenAt(field, render(field), 6.5f, 2.5f, 0.304f), 16), 0x90);
    field.scene.markedRow = -1;
    for (const std::uint32_t pixel : render(field)) ASSERT_LE(channel(pixel, 16), channel(pixel, 8) + 40);
}

TEST_F(Landscape, RefusesWhatDoesNotFit) {
    Field field(3, 3, 0.5f, 0);
    field.scene.width = 0;
    EXPECT_EQ(renderer->render(field.scene).error().code, ErrorCode::InvalidArgument);
    field.scene.width = 5000;
    EXPECT_EQ(renderer->render(field.scene).error().code, ErrorCode::InvalidArgument);
    field.scene.width = 50;
    field.scene.rows = 4;
    EXPECT_EQ(renderer->render(field.scene).error().code, ErrorCode::InvalidArgument);
    field.scene.rows = field.scene.columns = 0;
    EXPECT_EQ(renderer->render(field.scene).error().code, ErrorCode::InvalidArgument);
    EXPECT_FALSE(pickLandscape(field.scene, 10, 10));
    EXPECT_FALSE(projectLandscape(field.scene, 0, 0, 0));
    const auto none = LandscapeRenderer::create({.deviceIndex = 1000, .validation = true});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace ms
