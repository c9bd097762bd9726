// The fused kernels of decode_fusion.h: which shapes they take, and how they are laid out on the device.
#pragma once

#include <optional>

#include "engine/backend/ops.h"
#include "engine/vulkan/recorder.h"

namespace ms {

struct RmsNormArgs {
    Tensor x, weight;
    float eps = 0;
    Tensor out;
};

/// The ops of one Mamba-1 layer up to the scan.
struct DecodeChain {
    RmsNormArgs norm;
    MatmulArgs inProj;       // of norm.out
    CausalConv1dArgs conv;   // of the first columns of inProj.out
    MatmulArgs xProj;        // of conv.out
    MatmulArgs dtProj;       // of columns of xProj.out
    SelectiveScanArgs scan;  // of dtProj.out, conv.out and columns of xProj.out
};

/// The same elements of the same buffer, as one row.
[[nodiscard]] bool sameView(const Tensor& a, const Tensor& b);
/// `part` is some of the columns of the one row `whole`.
[[nodiscard]] bool columnsOf(const Tensor& part, const Tensor& whole);

class DecodeKernels {
public:
    explicit DecodeKernels(Recorder& recorder) : m_recorder(recorder), m_profile(recorder.profile()) {}

    /// One dispatch for both ops, or false with nothing recorded. Arguments have passed their checks.
    bool normMatmul(const RmsNormArgs& norm, const MatmulArgs& product);
    /// Two dispatches for the six ops, or false with nothing recorded.
    bool layer(const DecodeChain& chain);

private:
    /// How rows of a product are shared out among the lanes of a workgroup.
    struct RowShape {
        std::uint32_t workgroup, group, rows, passes;
        [[nodiscard]] std::uint32_t rowsPerWorkgroup() const { return workgroup / group * rows; }
    };
    struct StepShape {
        std::uint32_t workgroup, lanes, states, words, passes;
    };
    /// What in_proj's workgroups leave of x_proj: a row each, for every one of the scan's workgroups to add up.
    struct Partials {
        Bound bound;
        std::uint32_t rows, width, passes;
    };
    [[nodiscard]] std::optional<RowShape> rowShape(const MatmulArgs& product) const;
    [[nodiscard]] std::optional<StepShape> stepShape(const DecodeChain& chain, std::uint32_t parts) const;
    [[nodiscard]] bool takes(const RmsNormArgs& norm, const MatmulArgs& product);
    [[nodiscard]] bool takes(const DecodeChain& chain);
    void recordInput(const DecodeChain& chain, const RowShape& shape, const Partials& partials);
    void recordStep(const DecodeChain& chain, const StepShape& shape, const Partials& partials);
    /// One binding spans all of its rows.
    [[nodiscard]] bool whole(const Tensor& tensor) const;

    Recorder& m_recorder;
    const DeviceProfile& m_profile;
};

}  // namespace ms
