#include "tests/kernels/vulkan/vulkan_fixture.h"

#include <dlfcn.h>

#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "engine/base/log.h"

namespace ms::test {

namespace {

using Key = std::tuple<KernelChoice, std::uint64_t, std::uint64_t, bool, bool, std::int64_t, std::uint32_t>;

Key keyOf(const VulkanOptions& o) {
    return {o.kernels, o.memoryLimitBytes, o.bindingLimitBytes, o.pushDescriptors, o.fuseDecode, o.scanChunkTokens, o.scanLanes};
}

/// Closed before the process ends: the validation layer's own globals go then.
class Backends final : public ::testing::Environment {
public:
    /// The loader unloads drivers and layers with their instance; a leak checker could then no longer name them.
    void SetUp() override {
        const auto loaded = createVulkanBackend({.validation = true});
        for (const char* library : {"libvulkan_lvp.so", "libVkLayer_khronos_validation.so"})
            if (loaded) dlopen(library, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
    void TearDown() override { map.clear(); }
    std::map<Key, std::unique_ptr<Backend>> map;
};
Backends* const backends = static_cast<Backends*>(::testing::AddGlobalTestEnvironment(new Backends));

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

void VulkanTest::SetUp() {
    setLogSink([](LogLevel, const std::string& message) { ADD_FAILURE() << message; });
    if (listVulkanDevices().empty()) GTEST_SKIP() << "no Vulkan device";
    m_messagesBefore = validationMessageCount();
    m_backend = &backend();
}

void VulkanTest::TearDown() {
    EXPECT_EQ(validationMessageCount(), m_messagesBefore);
    setLogSink({});
}

Backend& VulkanTest::backend(VulkanOptions options) {
    options.validation = true;
    auto& slot = backends->map[keyOf(options)];
    if (!slot) {
        auto created = createVulkanBackend(options);
        if (!created) throw std::runtime_error(created.error().message);
        slot = std::move(*created);
    }
    return *slot;
}

Tensor VulkanTest::upload(const Floats& values, Shape shape, DType type) {
    auto tensor = current().allocate(type, shape, MemoryKind::Device, "test");
    if (!tensor) throw std::runtime_error(tensor.error().message);
    const auto written = current().write(*tensor, reference::stored(type, values));
    EXPECT_TRUE(written) << written.error().message;
    return *tensor;
}

Tensor VulkanTest::weights(const Floats& values, Shape shape, DType type) {
    const auto bytes = std::make_shared<const std::vector<std::byte>>(reference::stored(type, values));
    auto tensor = current().adoptWeights(type, shape, *bytes, bytes, "test weights");
    if (!tensor) throw std::runtime_error(tensor.error().message);
    return *tensor;
}

Tensor VulkanTest::integers(std::span<const std::int32_t> values, Shape shape) {
    auto tensor = current().allocate(DType::I32, shape, MemoryKind::Upload, "test ids");
    if (!tensor) throw std::runtime_error(tensor.error().message);
    std::copy(values.begin(), values.end(), reinterpret_cast<std::int32_t*>(current().hostPointer(*tensor)));
    return *tensor;
}

Tensor VulkanTest::zeros(Shape shape, DType type) {
    auto tensor = current().allocate(type, shape, MemoryKind::Device, "test");
    if (!tensor) throw std::runtime_error(tensor.error().message);
    return *tensor;
}

Padded VulkanTest::padded(const Floats& values, std::int64_t L, std::int64_t d, std::int64_t before, std::int64_t after,
                          DType type) {
    const std::int64_t width = before + d + after;
    Floats all(at(L * width), std::numeric_limits<float>::quiet_NaN());
    for (std::int64_t t = 0; t < L; ++t)
        std::copy_n(values.begin() + t * d, d, all.begin() + t * width + before);
    Padded result;
    result.whole = upload(all, {L, width}, type);
    result.view = result.whole.colRange(before, d);
    return result;
}

Padded VulkanTest::paddedZeros(std::int64_t L, std::int64_t d, std::int64_t before, std::int64_t after, DType type) {
    return padded(Floats(at(L * d)), L, d, before, after, type);
}

Floats VulkanTest::download(const Tensor& tensor) {
    std::vector<std::byte> bytes(tensor.bytes());
    const auto result = current().read(tensor, bytes);
    EXPECT_TRUE(result) << result.error().message;
    return reference::widened(tensor.dtype, bytes);
}

Floats VulkanTest::download(const Padded& padded) {
    const Floats all = download(padded.whole);
    const std::int64_t width = padded.whole.cols(), d = padded.view.cols();
    const std::int64_t before = static_cast<std::int64_t>(padded.view.offset / byteSize(padded.view.dtype));
    Floats inside;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::int64_t column = static_cast<std::int64_t>(i) % width - before;
        if (column >= 0 && column < d) inside.push_back(all[i]);
        else EXPECT_TRUE(std::isnan(all[i])) << "wrote beside its view, element " << i;
    }
    return inside;
}

void VulkanTest::run(const std::function<void(Ops&)>& body) {
    const auto program = current().record("test", body);
    ASSERT_TRUE(program) << program.error().message;
    const auto result = current().run(**program);
    ASSERT_TRUE(result) << result.error().message;
}

void EveryVariant::SetUp() {
    VulkanTest::SetUp();
    if (!IsSkipped()) use(options());
}

}  // namespace ms::test
