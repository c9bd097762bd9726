// What the Vulkan tests share: backends kept for a whole executable, tensors from and to plain vectors.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/vulkan/vulkan_backend.h"
#include "tests/support/reference_ops.h"

namespace ms::test {

using reference::Doubles;
using reference::Floats;

constexpr double kTolerance = 1e-5;  // ‖out − ref‖ / ‖ref‖ of fp32 arithmetic

/// A matrix inside a wider one: the columns around it hold NaN, so that a kernel that strays is found out.
struct Padded {
    Tensor whole;  // [L, before + d + after]
    Tensor view;   // [L, d]
};

/// Skips without a device; fails when the test made the validation layer speak.
class VulkanTest : public ::testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    /// One backend per set of options, validation on, kept until the process ends.
    Backend& backend(VulkanOptions options = {});
    /// Chooses the backend that the helpers below work on; the first is the one without options.
    void use(const VulkanOptions& options) { m_backend = &backend(options); }
    void use(Backend& other) { m_backend = &other; }

    Tensor upload(const Floats& values, Shape shape, DType type = DType::F32);
    Tensor weights(const Floats& values, Shape shape, DType type = DType::F32);
    Tensor integers(std::span<const std::int32_t> values, Shape shape);
    Tensor zeros(Shape shape, DType type = DType::F32);
    Padded padded(const Floats& values, std::int64_t L, std::int64_t d, std::int64_t before, std::int64_t after,
                  DType type = DType::F32);
    /// Like padded(), with zeros inside.
    Padded paddedZeros(std::int64_t L, std::int64_t d, std::int64_t before, std::int64_t after, DType type = DType::F32);

    Floats download(const Tensor& tensor);
    /// The view's elements; fails if the columns around them were written.
    Floats download(const Padded& padded);

    /// Records, runs; a failure of either is a failure of the test.
    void run(const std::function<void(Ops&)>& body);
    Backend& current() { return *m_backend; }

private:
    Backend* m_backend = nullptr;
    std::uint64_t m_messagesBefore = 0;
};

/// The same test with the kernels of GPUs and with those of software devices.
class EveryVariant : public VulkanTest, public ::testing::WithParamInterface<KernelChoice> {
protected:
    void SetUp() override;
    [[nodiscard]] VulkanOptions options() const { return {.kernels = GetParam()}; }
};

inline std::string variantName(const ::testing::TestParamInfo<KernelChoice>& variant) {
    return variant.param == KernelChoice::Gpu ? "Gpu" : "Software";
}

#define MS_EVERY_VARIANT(suite)                                                                               \
    INSTANTIATE_TEST_SUITE_P(Kernels, suite, ::testing::Values(KernelChoice::Gpu, KernelChoice::Software), \
                             variantName)

}  // namespace ms::test
