// S4 and S4D run step by step; their other view, one convolution by Fourier transforms, must give the same.
#include <gtest/gtest.h>

#include "engine/base/half.h"
#include "engine/formats/checkpoint.h"
#include "engine/runtime/session.h"
#include "engine/vulkan/vulkan_backend.h"
#include "tests/support/reference_ops.h"
#include "tests/support/shared_device.h"

namespace ms {
namespace {

class S4Modes : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        m_backend = sharedDevice(GetParam());
        if (!m_backend) GTEST_SKIP() << "no device " << GetParam();
    }
    void TearDown() override { EXPECT_EQ(validationMessageCount(), 0u); }

    Tensor upload(const std::vector<float>& values, Shape shape) {
        auto tensor = m_backend->allocate(DType::F32, shape, MemoryKind::Device, "test");
        EXPECT_TRUE(tensor && m_backend->write(*tensor, std::as_bytes(std::span(values))));
        return *tensor;
    }

    /// y of the layer over the golden input u [L, H], step by step and as a convolution.
    void expectTheSame(const std::string& layer) {
        const std::filesystem::path folder = std::filesystem::path(MS_TEST_DATA) / layer;
        const auto model = Model::load(folder, m_backend);
        ASSERT_TRUE(model) << model.error().message;
        const auto golden = Checkpoint::open(folder / "golden.safetensors");
        ASSERT_TRUE(golden);
        const TensorInfo* info = golden->find("u");
        const std::vector<float> u = widenToFloat(info->dtype, info->bytes);
        const std::int64_t L = info->shape[0], H = info->shape[1];

        std::vector<double> y;
        auto session = Session::create(*model);
        ASSERT_TRUE(session);
        const CaptureRequest request{ProbePoint::Y, {}, Reduction::None, 1, 0, 0, 1};
        auto plan = CapturePlan::create(std::span(&request, 1), (*model)->dims());
        ASSERT_TRUE(plan);
        ASSERT_TRUE((*session)->setCapture(std::move(*plan), [&](const CaptureFrame& frame) {
            for (const CaptureFrame::Block& b : frame.blocks) y.insert(y.end(), b.values.begin(), b.values.end());
        }));
        PrefillOptions options;
        options.chunk = 7;
        ASSERT_TRUE((*session)->prefillFrames(u, options));

        const std::vector<float> kernel = (*model)->family().convolutionKernel(LayerIndex(0), L);
        const std::span<const float> skip = (*model)->family().skipWeights(LayerIndex(0));
        const Tensor out = upload(std::vector<float>(u.size()), {L, H});
        const Tensor D = skip.empty() ? Tensor{} : upload({skip.begin(), skip.end()}, {H});
        const Tensor in = upload(u, {L, H}), k = upload(kernel, {H, L});
        const auto program = m_backend->record("convolution", [&](Ops& op) { op.fftConvolve({.u = in, .kernel = k, .D = D, .out = out}); });
        ASSERT_TRUE(program) << program.error().message;
        ASSERT_TRUE(m_backend->run(**program));
        std::vector<float> convolved(u.size());
        ASSERT_TRUE(m_backend->read(out, std::as_writable_bytes(std::span(convolved))));
        EXPECT_LT(reference::relativeError(convolved, y), 1e-5) << layer;
    }

    std::shared_ptr<Backend> m_backend;
};

TEST_P(S4Modes, ConvolutionIsRecurrence) {
    expectTheSame("s4d-layer");
    expectTheSame("s4-dplr-layer");
}

INSTANTIATE_TEST_SUITE_P(Devices, S4Modes, testing::Values("host", "llvmpipe", "gpuKernels"));

}  // namespace
}  // namespace ms
