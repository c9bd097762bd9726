// The same test on the host, with the kernels of GPUs and with those of software devices.
#pragma once

#include <memory>
#include <string>

#include "engine/host/host_backend.h"
#include "tests/kernels/vulkan/vulkan_fixture.h"
#include "tests/support/reference_recurrent.h"

namespace ms::test {

enum class Where { Host, Gpu, Software };

class EveryBackend : public VulkanTest, public ::testing::WithParamInterface<Where> {
protected:
    void SetUp() override {
        if (GetParam() == Where::Host) {
            static const std::unique_ptr<Backend> host = std::move(*createHostBackend({2}));
            return use(*host);
        }
        VulkanTest::SetUp();
        if (!IsSkipped()) use(options());
    }
    using VulkanTest::use;
    [[nodiscard]] VulkanOptions options() const {
        return {.kernels = GetParam() == Where::Gpu ? KernelChoice::Gpu : KernelChoice::Software};
    }
    [[nodiscard]] bool onHost() const { return GetParam() == Where::Host; }

    /// Absent for an empty vector.
    Tensor vector(const Floats& values) {
        return values.empty() ? Tensor{} : upload(values, {static_cast<std::int64_t>(values.size())});
    }
};

inline std::string whereName(const ::testing::TestParamInfo<Where>& where) {
    return where.param == Where::Host ? "Host" : where.param == Where::Gpu ? "Gpu" : "Software";
}

#define MS_EVERY_BACKEND(suite)                                                                                \
    INSTANTIATE_TEST_SUITE_P(Ops, suite, ::testing::Values(Where::Host, Where::Gpu, Where::Software), whereName)

}  // namespace ms::test
