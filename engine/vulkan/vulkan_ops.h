// The op interface on Vulkan: checks arguments, picks kernel variants, shards what one binding cannot span.
#pragma once

#include "engine/backend/ops.h"
#include "engine/vulkan/recorder.h"
#include "engine/vulkan/vulkan_backend.h"

namespace ms {

class VulkanOps : public Ops {
public:
    VulkanOps(Recorder& recorder, const VulkanOptions& options);

    /// The GPU's kernels run, not those for software devices.
    [[nodiscard]] bool gpu() const { return m_gpu; }

    void embedding(const Tensor& table, const Tensor& ids, const Tensor& out) override;
    void rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) override;
    void matmul(const MatmulArgs& args) override;
    void causalConv1d(const CausalConv1dArgs& args) override;
    void selectiveScan(const SelectiveScanArgs& args) override;
    void copy(const Tensor& src, const Tensor& dst) override;
    void reduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out) override;
    void windowVariation(const WindowVariationArgs& args) override;
    void retention(const RetentionArgs& args) override;
    void writeStrength(const WriteStrengthArgs& args) override;
    void scaleClamp(const ScaleClampArgs& args) override;
    void layerNorm(const LayerNormArgs& args) override;
    void gate(const GateArgs& args) override;
    void rotary(const RotaryArgs& args) override;
    void attention(const AttentionArgs& args) override;
    void topExperts(const TopExpertsArgs& args) override;
    void expertMatmul(const ExpertMatmulArgs& args) override;
    void mixExperts(const MixExpertsArgs& args) override;
    void gatedRmsNorm(const GatedRmsNormArgs& args) override;
    void ssdScan(const SsdScanArgs& args) override;
    void complexScan(const ComplexScanArgs& args) override;
    void trapezoidScan(const TrapezoidScanArgs& args) override;
    void trapezoidSteps(const TrapezoidStepsArgs& args) override;
    void rotateStates(const RotateStatesArgs& args) override;
    void recurrentCell(const RecurrentCellArgs& args) override;
    void s4Scan(const S4ScanArgs& args) override;
    void fftConvolve(const FftConvolveArgs& args) override;
    void glu(const GluArgs& args) override;

private:
    /// True unless `check` failed; its error is then the recording's.
    bool accept(Result<void> check);
    void matmulPart(const MatmulArgs& args);
    /// For software devices, where the arguments allow it; false, with nothing recorded, where not.
    bool convTexels(const CausalConv1dArgs& args);
    bool scanTexels(const SelectiveScanArgs& args, std::uint32_t flags);
    void scanPart(const SelectiveScanArgs& args);
    void scanLanes(const SelectiveScanArgs& args, std::uint32_t flags);
    void scanChunks(const SelectiveScanArgs& args, std::uint32_t flags);
    void appendToCache(const AttentionArgs& args, const Tensor& rows, const Tensor& cache);
    void attentionSplit(const AttentionArgs& args);
    void attentionTile(const AttentionArgs& args);
    void copyPart(const Tensor& src, const Tensor& dst);
    void cellPart(const RecurrentCellArgs& args);
    /// Channels whose transforms fit one binding; of `size` points.
    void convolvePart(const FftConvolveArgs& args, std::uint32_t size);
    /// Workgroup of kernels that give every row one: a whole one on a GPU, one subgroup on a software device.
    [[nodiscard]] std::uint32_t rowWorkgroup() const;
    /// Workgroup of kernels with one invocation an element or channel.
    [[nodiscard]] std::uint32_t flatWorkgroup() const;

    Recorder& m_recorder;
    const DeviceProfile& m_profile;
    const VulkanOptions& m_options;
    bool m_gpu;  // the GPU's variants, else those for software devices
};

/// Calls part(first, count) for consecutive ranges of at most `most` of `total` rows.
template <class Part>
void forEachRange(std::int64_t total, std::int64_t most, Part part) {
    for (std::int64_t first = 0; first < total; first += most) part(first, std::min(most, total - first));
}

constexpr std::uint64_t groupsFor(std::uint64_t elements, std::uint64_t perGroup) {
    return (elements + perGroup - 1) / perGroup;
}

constexpr std::uint32_t u32(std::int64_t value) { return static_cast<std::uint32_t>(value); }

/// Row range of an optional tensor.
inline Tensor rowsOf(const Tensor& tensor, std::int64_t first, std::int64_t count) {
    return tensor ? tensor.rowRange(first, count) : tensor;
}

}  // namespace ms
