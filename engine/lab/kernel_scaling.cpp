// Kernels alone, on random numbers.
#include <optional>
#include <random>

#include "engine/lab/scaling.h"
#include "engine/lab/scaling_support.h"

namespace ms {

namespace {

constexpr std::int64_t kChannels = 256, kHeads = 4, kHeadDim = kChannels / kHeads, kStates = 16, kSsdStates = 64;

/// Makes tensors of random numbers; the first failure is kept and told by check().
class RandomTensors {
public:
    explicit RandomTensors(Backend& backend) : m_backend(backend) {}

    Tensor make(Shape shape, float low, float high) {
        if (m_failure) return {};
        auto tensor = m_backend.allocate(DType::F32, shape, MemoryKind::Device, "scaling input");
        if (!tensor) {
            m_failure = tensor.error();
            return {};
        }
        std::vector<float> values(static_cast<std::size_t>(shape.elements()));
        for (float& v : values) v = low + (high - low) * static_cast<float>(m_random() >> 40) * 0x1p-24f;
        if (const auto written = m_backend.write(*tensor, std::as_bytes(std::span(values))); !written) m_failure = written.error();
        return *tensor;
    }
    /// [1] I32, zero.
    Tensor position() {
        auto tensor = m_backend.allocate(DType::I32, {1}, MemoryKind::Upload, "scaling position");
        if (!tensor) m_failure = tensor.error();
        return tensor ? *tensor : Tensor{};
    }
    [[nodiscard]] Result<void> check() const { return m_failure ? Result<void>(*m_failure) : Result<void>(); }

private:
    Backend& m_backend;
    std::mt19937_64 m_random{1};
    std::optional<Error> m_failure;
};

std::function<void(Ops&)> kernelBody(RandomTensors& random, ScalingKernel kernel, std::int64_t L) {
    const Tensor u = random.make({L, kChannels}, -1, 1), out = random.make({L, kChannels}, 0, 0);
    switch (kernel) {
        case ScalingKernel::SelectiveScan: {
            const SelectiveScanArgs args{.u = u, .dt = random.make({L, kChannels}, 0.001f, 0.1f), .A = random.make({kChannels, kStates}, -16, -1),
                                         .B = random.make({L, kStates}, -1, 1), .C = random.make({L, kStates}, -1, 1),
                                         .D = random.make({kChannels}, -1, 1), .state = random.make({kChannels, kStates}, 0, 0), .out = out};
            return [args](Ops& op) { op.selectiveScan(args); };
        }
        case ScalingKernel::SsdScan: {
            const SsdScanArgs args{.u = u, .dt = random.make({L, kHeads}, 0.001f, 0.1f), .A = random.make({kHeads}, -16, -1),
                                   .B = random.make({L, kSsdStates}, -1, 1), .C = random.make({L, kSsdStates}, -1, 1),
                                   .D = random.make({kHeads}, -1, 1), .state = random.make({kChannels, kSsdStates}, 0, 0), .out = out};
            return [args](Ops& op) { op.ssdScan(args); };
        }
        case ScalingKernel::Attention: {
            const AttentionArgs args{.q = u, .k = random.make({L, kChannels}, -1, 1), .v = random.make({L, kChannels}, -1, 1),
                                     .keys = random.make({L, kChannels}, 0, 0), .values = random.make({L, kChannels}, 0, 0),
                                     .position = random.position(), .headDim = kHeadDim, .scale = 0.125f, .out = out};
            return [args](Ops& op) { op.attention(args); };
        }
        case ScalingKernel::FftConvolution: {
            const FftConvolveArgs args{.u = u, .kernel = random.make({kChannels, L}, -1, 1), .D = random.make({kChannels}, -1, 1), .out = out};
            return [args](Ops& op) { op.fftConvolve(args); };
        }
    }
    return {};
}

Result<KernelPoint> measure(Backend& backend, ScalingKernel kernel, std::int64_t length, const ScalingOptions& options) {
    RandomTensors random(backend);
    const auto body = kernelBody(random, kernel, length);
    MS_CHECK(random.check());
    MS_TRY(auto program, backend.record(kernelName(kernel), body));
    MS_CHECK(backend.run(*program));  // kernels are compiled and memory is touched when they come up first
    std::vector<double> seconds;
    for (int i = 0; i < options.repeats; ++i) {
        MS_CHECK(goOn(options.stop));
        MS_CHECK(backend.run(*program));
        seconds.push_back(backend.lastRunSeconds());
    }
    return KernelPoint{length, median(std::move(seconds))};
}

}  // namespace

std::string_view kernelName(ScalingKernel kernel) {
    switch (kernel) {
        case ScalingKernel::SelectiveScan: return "selective scan";
        case ScalingKernel::SsdScan: return "SSD scan";
        case ScalingKernel::Attention: return "attention";
        case ScalingKernel::FftConvolution: return "FFT convolution";
    }
    return {};
}

Result<std::vector<KernelPoint>> measureKernel(Backend& backend, ScalingKernel kernel, std::span<const std::int64_t> lengths,
                                               const ScalingOptions& options, const std::function<void(const KernelPoint&)>& told) {
    MS_CHECK(checkRising(lengths));
    std::vector<KernelPoint> points;
    for (const std::int64_t length : lengths) {
        MS_CHECK(goOn(options.stop));
        if (!points.empty() && tooLong(points.back().seconds, points.back().length, length, options.mostSeconds)) break;
        MS_TRY(const KernelPoint point, measure(backend, kernel, length, options));
        points.push_back(point);
        if (told) told(point);
    }
    return points;
}

}  // namespace ms
